import Foundation
package import Logging
import NIOCore
import NIOPosix
import NIOSSL
package import Primitives
package import Secp256k1
import ServiceLifecycle

/// The links to the other operators: TLS 1.3 with the operators' own identities, every member dialled, for ever
/// (durability-and-events.md §7).
package actor PeerService: Service {
    private let configuration: PeersConfiguration
    private let me: EthereumAddress
    private let hello: @Sendable () -> Hello
    private let logger: Logger
    private let serverContext: NIOSSLContext
    private let clientContext: NIOSSLContext
    private let events: AsyncStream<PeerEvent>.Continuation
    /// Links coming up and going down, and the frames of members, in order.
    package nonisolated let incoming: AsyncStream<PeerEvent>

    private var links: [EthereumAddress: Link] = [:]
    private var outgoing = Backlog { $0.outLimit }
    private var received = Backlog { $0.inLimit }
    private var refusals: [LinkCode: UInt64] = [:]
    private var port: Int?
    private var portWaiters: [CheckedContinuation<Int, Never>] = []

    private struct Link {
        let id: UInt64
        let isOurs: Bool
        let queue: AsyncStream<Frame>.Continuation
        var messages: TokenBucket
        var bytes: TokenBucket
        var heard: Double
    }

    private var nextLink: UInt64 = 0

    /// Prepares the certificate; nothing listens before ``run()``.
    package init(
        configuration: PeersConfiguration, operatorKey: borrowing PrivateKey, logger: Logger,
        hello: @escaping @Sendable () -> Hello
    ) throws(PeersFailure) {
        self.configuration = configuration
        me = operatorKey.ethereumAddress
        self.hello = hello
        self.logger = logger
        do {
            let certificate = try PeerCertificate(operatorKey: operatorKey, now: Date())
            let chain = [
                NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: certificate.der, format: .der))
            ]
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: certificate.keyDER, format: .der))
            var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
            // Who the other side is, our own callback decides; this only makes the server ask for a certificate.
            server.certificateVerification = .noHostnameVerification
            var client = TLSConfiguration.makeClientConfiguration()
            client.certificateChain = chain
            client.privateKey = key
            client.certificateVerification = .noHostnameVerification
            for index in 0..<2 {
                var each = index == 0 ? server : client
                each.minimumTLSVersion = .tlsv13
                // No authority vouches for an operator; without this every start reads the machine's store.
                each.trustRoots = .certificates([])
                each.applicationProtocols = ["coord/1"]
                if index == 0 { server = each } else { client = each }
            }
            serverContext = try NIOSSLContext(configuration: server)
            clientContext = try NIOSSLContext(configuration: client)
        } catch {
            throw .certificate("\(error)")
        }
        (incoming, events) = AsyncStream.makeStream(of: PeerEvent.self)
    }

    /// The port on which the service listens, once it does.
    package func listeningPort() async -> Int {
        if let port { return port }
        return await withCheckedContinuation { portWaiters.append($0) }
    }

    /// The operators to whom a link stands.
    package var connected: Set<EthereumAddress> { Set(links.keys) }

    /// What was dropped, by peer, class and reason, and how many links were refused, by code.
    package var counters: (dropped: [DropKey: UInt64], refused: [LinkCode: UInt64]) {
        (outgoing.dropped.merging(received.dropped) { $0 + $1 }, refusals)
    }

    /// Puts a frame into a peer's queue; false where no link stands or the queue is full, and the frame is not sent.
    package func send(_ payload: Bytes, _ frameClass: FrameClass, to peer: EthereumAddress) -> Bool {
        guard payload.count <= frameClass.largestPayload else {
            outgoing.count(peer, frameClass, "too_large")
            return false
        }
        guard let link = links[peer] else {
            outgoing.count(peer, frameClass, "no_link")
            return false
        }
        guard outgoing.enter(peer, frameClass) else { return false }
        link.queue.yield(Frame(frameClass, payload))
        return true
    }

    /// The consumer took a frame of ``incoming``: its sender may have another one waiting.
    package func taken(_ frameClass: FrameClass, from peer: EthereumAddress) { received.leave(peer, frameClass) }

    /// Listens and dials until the service is to stop; throws ``PeersFailure`` where it cannot begin.
    package func run() async throws {
        defer { events.finish() }
        let server = try await bind()
        port = server.channel.localAddress?.port
        for waiter in portWaiters { waiter.resume(returning: port ?? 0) }
        portWaiters = []
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.accept(server) }
                for (peer, endpoint) in self.configuration.members {
                    guard let endpoint else { continue }
                    group.addTask { await self.dial(peer, endpoint) }
                }
            }
        }
    }

    private func bind() async throws -> NIOAsyncChannel<any Channel, Never> {
        let listen = configuration.listen
        do {
            return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                // A channel is made a link by its own task: a link that nobody takes, when we stop, would be a crash.
                .childChannelOption(.autoRead, value: false)
                .bind(host: listen.host, port: listen.port) { $0.eventLoop.makeSucceededFuture($0) }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PeersFailure.portTaken(listen.port)
        } catch {
            throw PeersFailure.listen("\(listen.host):\(listen.port): \(error)")
        }
    }

    private func accept(_ server: NIOAsyncChannel<any Channel, Never>) async {
        do {
            try await server.executeThenClose { inbound in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await channel in inbound { group.addTask { await self.serve(channel) } }
                }
            }
        } catch {
            if !Task.isCancelled { logger.error("listening ended", metadata: ["error": "\(error)"]) }
        }
    }

    /// A link that came in: who has no wallet with us is told so, and nothing of it is read.
    private func serve(_ channel: any Channel) async {
        let context = serverContext
        do {
            let link = try await channel.eventLoop.flatSubmit {
                LinkChannel.make(channel, context: context, isServer: true, expected: nil)
            }.get()
            try await channel.setOption(.autoRead, value: true).get()
            try await link.frames.executeThenClose { inbound, outbound in
                let peer = try await link.proven()
                if let code = refusal(of: peer) {
                    note(code, peer)
                    return try await outbound.write(Frame(.control, ControlMessage.refusal(code).encoded))
                }
                try await outbound.write(Frame(.control, ControlMessage.hello(hello()).encoded))
                try await exchange(peer, isOurs: false, inbound, outbound)
            }
        } catch {
            logger.debug("a link ended", metadata: ["error": "\(error)"])
        }
    }

    /// Why an operator that dialled us is refused before it is heard.
    private func refusal(of peer: EthereumAddress) -> LinkCode? {
        guard configuration.members.keys.contains(peer) else { return .notAMember }
        return winsOver(peer, newIsOurs: false) ? nil : .duplicate
    }

    private func note(_ code: LinkCode, _ peer: EthereumAddress) {
        refusals[code, default: 0] += 1
        logger.info("link refused", metadata: ["peer": "\(peer)", "code": "\(code.name)"])
    }

    /// Dials a member whenever no link to it stands.
    private func dial(_ peer: EthereumAddress, _ endpoint: PeersConfiguration.Endpoint) async {
        var wait = configuration.redial
        while !Task.isCancelled {
            if links[peer] == nil {
                do {
                    try await connect(peer, endpoint)
                    wait = configuration.redial
                } catch {
                    logger.debug("dialling failed", metadata: ["peer": "\(peer)", "error": "\(error)"])
                    wait = min(wait * 2, .seconds(60))
                }
            }
            // A fifth more or less, so that two nodes do not dial each other in step for ever.
            let jittered = wait * Double.random(in: 0.8...1.2)
            do { try await Task.sleep(for: jittered) } catch { return }
        }
    }

    private func connect(_ peer: EthereumAddress, _ endpoint: PeersConfiguration.Endpoint) async throws {
        let context = clientContext
        let link = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                LinkChannel.make(channel, context: context, isServer: false, expected: peer)
            }
        try await link.frames.executeThenClose { inbound, outbound in
            _ = try await link.proven()
            // Under TLS 1.3 we are connected before we are judged: the first word is the other side's.
            try await exchange(peer, isOurs: true, inbound, outbound)
        }
    }

    /// Why the other side's first frame ends the link; nil for a hello that we can work with.
    private func judge(_ frame: Frame) -> LinkCode? {
        guard frame.frameClass == .control, let message = try? ControlMessage(decoding: frame.payload) else {
            return .protocolError
        }
        switch message {
        case .hello(let other): return hello().refusal(of: other)
        case .refusal(let code): return code
        case .goodbye, .ping, .pong: return .protocolError
        }
    }

    /// Where both sides dialled, the link that the lower address dialled stays; a new link of the same side replaces.
    private func winsOver(_ peer: EthereumAddress, newIsOurs: Bool) -> Bool {
        guard let standing = links[peer], standing.isOurs != newIsOurs else { return true }
        return (me < peer) == newIsOurs
    }

    /// Speaks with a peer until either side ends the link: the first frame is judged, the others are taken.
    private func exchange(
        _ peer: EthereumAddress, isOurs: Bool, _ inbound: NIOAsyncChannelInboundStream<Frame>,
        _ outbound: NIOAsyncChannelOutboundWriter<Frame>
    ) async throws {
        let (queue, continuation) = AsyncStream.makeStream(of: Frame.self)
        nextLink += 1
        let id = nextLink
        let silence = configuration.silence
        defer { ended(peer, id) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await frame in queue {
                    try await outbound.write(frame)
                    await self.sent(frame.frameClass, to: peer)
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: silence / 3)
                    try await self.ping(peer, id)
                }
            }
            group.addTask {
                var isOpen = false
                for try await frame in inbound {
                    if isOpen {
                        if await self.take(frame, peer, id) { return }
                    } else {
                        try await self.open(peer, id, isOurs: isOurs, first: frame, queue: continuation)
                        isOpen = true
                    }
                }
            }
            defer { group.cancelAll() }
            // Whichever ends first ends the link.
            try await group.next()
        }
    }

    /// Judges the other side's first frame; on success the link stands, and ours follows.
    private func open(
        _ peer: EthereumAddress, _ id: UInt64, isOurs: Bool, first: Frame, queue: AsyncStream<Frame>.Continuation
    ) throws(LinkCode) {
        if let code = judge(first) {
            note(code, peer)
            throw code
        }
        guard winsOver(peer, newIsOurs: isOurs) else { throw .duplicate }
        if isOurs { queue.yield(Frame(.control, ControlMessage.hello(hello()).encoded)) }
        let now = Self.seconds
        links[peer]?.queue.finish()
        if links[peer] == nil { events.yield(.up(peer)) }
        outgoing.clear(peer)
        links[peer] = Link(
            id: id, isOurs: isOurs, queue: queue,
            messages: TokenBucket(
                perSecond: configuration.messagesPerSecond, burst: configuration.messagesPerSecond * 4, now: now),
            bytes: TokenBucket(
                perSecond: configuration.bytesPerSecond, burst: configuration.bytesPerSecond * 8, now: now),
            heard: now)
    }

    /// Pings a peer, and ends a link on which nothing was heard for too long.
    private func ping(_ peer: EthereumAddress, _ id: UInt64) throws(LinkCode) {
        guard let link = links[peer], link.id == id else { return }
        guard Self.seconds - link.heard < configuration.silence / .seconds(1) else { throw .silent }
        link.queue.yield(Frame(.control, ControlMessage.ping(0).encoded))
    }

    /// Takes a frame of a member; true where it says goodbye.
    private func take(_ frame: Frame, _ peer: EthereumAddress, _ id: UInt64) -> Bool {
        guard links[peer]?.id == id else { return true }
        let now = Self.seconds
        links[peer]?.heard = now
        guard links[peer]?.messages.take(1, now: now) == true,
            links[peer]?.bytes.take(Double(frame.payload.count), now: now) == true
        else {
            received.count(peer, frame.frameClass, "rate")
            return false
        }
        guard frame.frameClass == .control else {
            if received.enter(peer, frame.frameClass) {
                events.yield(.frame(frame.frameClass, frame.payload, from: peer))
            }
            return false
        }
        switch try? ControlMessage(decoding: frame.payload) {
        case .ping(let stamp): links[peer]?.queue.yield(Frame(.control, ControlMessage.pong(stamp).encoded))
        case .pong, .hello, .refusal: break
        case .goodbye: return true
        case nil: received.count(peer, .control, "malformed")
        }
        return false
    }

    private func sent(_ frameClass: FrameClass, to peer: EthereumAddress) {
        if frameClass != .control { outgoing.leave(peer, frameClass) }
    }

    private func ended(_ peer: EthereumAddress, _ id: UInt64) {
        guard links[peer]?.id == id else { return }
        links[peer]?.queue.finish()
        links[peer] = nil
        outgoing.clear(peer)
        events.yield(.down(peer))
    }

    private static var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
}
