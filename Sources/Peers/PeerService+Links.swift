import Coordination
import Logging
import NIOCore
import NIOPosix
import Primitives

extension PeerService {
    // MARK: - Accepting

    func bind(_ endpoint: PeersConfiguration.Endpoint) async throws -> NIOAsyncChannel<any Channel, Never> {
        do {
            // Its accept waits a second where the system has no file descriptor left, and goes on.
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                // A channel is made a link by its own task: a link that nobody takes, when we stop, would be a crash.
                .childChannelOption(.autoRead, value: false)
                .bind(host: endpoint.host, port: endpoint.port) { $0.eventLoop.makeSucceededFuture($0) }
            listener = server.channel
            return server
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PeersFailure.portTaken(endpoint.port)
        } catch let error as IOError {
            throw PeersFailure.listen(endpoint, String(cString: strerror(error.errnoCode)))
        } catch is SocketAddressError {
            throw PeersFailure.listen(endpoint, "no address is known for the name \(endpoint.host)")
        } catch {
            throw PeersFailure.listen(endpoint, String(describing: error))
        }
    }

    /// Accepts for as long as the service runs: a listener that fails is made anew.
    func listen(_ first: NIOAsyncChannel<any Channel, Never>) async {
        // The port that the first listener got, where the configuration leaves it open.
        let endpoint = PeersConfiguration.Endpoint(
            host: configuration.listen.host, port: port ?? configuration.listen.port)
        var server = first
        while !Task.isCancelled {
            do {
                try await accept(server)
            } catch {
                if Task.isCancelled { return }
                noteBad(.listener, LinkTrouble.listenerEnded(error))
            }
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: .milliseconds(500))
                    server = try await bind(endpoint)
                    break
                } catch {
                    if !Task.isCancelled { noteBad(.listener, LinkTrouble.cannotListen(error)) }
                }
            }
        }
    }

    private func accept(_ server: NIOAsyncChannel<any Channel, Never>) async throws {
        try await server.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await channel in inbound {
                    guard let address = channel.remoteAddress.flatMap({ Door.Address($0) }) else {
                        channel.close(promise: nil)
                        continue
                    }
                    switch door.knock(from: address, standing: links.count, now: Self.seconds) {
                    case .success(let entry):
                        giveWay(entry.gaveWay, to: nil)
                        entering[entry.place] = channel
                        group.addTask { await self.serve(channel, entry.place) }
                    case .failure(let reason):
                        count(Drop(nil, reason: "strangers.\(reason.rawValue)"))
                        noteBad(.strangers, LinkTrouble.turnedAway(reason))
                        channel.close(promise: nil)
                    }
                }
            }
        }
    }

    /// Closes the connection whose place was taken by a newer one of its address, or of a member.
    private func giveWay(_ place: UInt64?, to member: EthereumAddress?) {
        guard let place else { return }
        count(Drop(member, reason: "strangers.\(TurnedAway.gaveWay.rawValue)"))
        entering[place]?.close(promise: nil)
    }

    private func leave(_ place: UInt64) {
        door.leave(place)
        entering[place] = nil
    }

    /// A link that came in: who has no wallet with us is told so, and nothing of it is read.
    private func serve(_ channel: any Channel, _ place: UInt64) async {
        defer { leave(place) }
        let (context, clock) = (credentials.server, clock)
        var proven: EthereumAddress?
        do {
            let link = try await channel.eventLoop.flatSubmit {
                LinkChannel.make(channel, context: context, isServer: true, expected: nil, clock: clock)
            }.get()
            try await link.frames.executeThenClose { inbound, outbound in
                try await channel.setOption(.autoRead, value: true).get()
                let peer = try await link.proven()
                proven = peer
                if let code = book.refusal(of: peer, isOurs: false, now: Self.seconds) {
                    if code == .notAMember { noteBad(.strangers, LinkTrouble.notAMember(peer)) }
                    try await outbound.write(Frame(.control, ControlMessage.refusal(code).encoded))
                    throw code
                }
                giveWay(door.proved(place, by: peer), to: peer)
                try await outbound.write(Frame(.control, ControlMessage.hello(hello()).encoded))
                try await exchange(peer, isOurs: false, place: place, inbound, outbound)
            }
        } catch {
            if let proven {
                ended(proven, with: error)
            } else {
                logger.debug("a connection proved nobody", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: - Dialling

    func make(_ dial: PeerBook.Dial, _ endpoint: PeersConfiguration.Endpoint) async {
        do {
            try await connect(dial.peer, endpoint)
        } catch {
            ended(dial.peer, with: error)
        }
        book.dialEnded(dial, now: Self.seconds, jitter: Self.jitter)
    }

    private func connect(_ peer: EthereumAddress, _ endpoint: PeersConfiguration.Endpoint) async throws {
        let (context, clock) = (credentials.client, clock)
        let link = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(TimeAmount(Door.patience))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                LinkChannel.make(channel, context: context, isServer: false, expected: peer, clock: clock)
            }
        try await link.frames.executeThenClose { inbound, outbound in
            _ = try await link.proven()
            // Under TLS 1.3 we are connected before we are judged: the first word is the other side's.
            try await exchange(peer, isOurs: true, place: nil, inbound, outbound)
        }
    }

    /// A link to a proven or dialled operator ended by an error.
    private func ended(_ peer: EthereumAddress, with error: any Error) {
        if let code = error as? LinkCode { count(code, of: peer) }
        if let failure = error as? FrameFailure {
            count(Drop(peer, frameClass: failure.known, reason: "malformed"))
            malformed(from: peer)
        }
        if !Task.isCancelled { noteTrouble(peer, error) }
    }

    // MARK: - Speaking

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

    /// Speaks with a peer until either side ends the link: the first frame is judged, the others are taken.
    private func exchange(
        _ peer: EthereumAddress, isOurs: Bool, place: UInt64?, _ inbound: NIOAsyncChannelInboundStream<Frame>,
        _ outbound: NIOAsyncChannelOutboundWriter<Frame>
    ) async throws {
        let (queue, frames) = AsyncStream.makeStream(
            of: Frame.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let (standing, end) = AsyncStream.makeStream(of: Never.self)
        nextLink += 1
        let link = Link(id: nextLink, queue: frames, standing: end)
        let id = link.id
        let silence = configuration.silence
        defer { down(peer, id) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await frame in queue { try await outbound.write(frame) } }
            // A link that is to end does so although the other side reads nothing.
            group.addTask {
                for await _ in standing {}
                try await Task.sleep(for: Door.patience)
            }
            group.addTask {
                try await Task.sleep(for: Door.patience)
                while true {
                    try await self.expectAlive(peer, id)
                    try await Task.sleep(for: silence / 3)
                }
            }
            group.addTask {
                var isOpen = false
                for try await frame in inbound {
                    if isOpen {
                        if try await self.take(frame, peer, id) { return }
                    } else {
                        try await self.open(peer, link, isOurs: isOurs, place: place, first: frame)
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
        _ peer: EthereumAddress, _ link: Link, isOurs: Bool, place: UInt64?, first: Frame
    ) throws(LinkCode) {
        if let code = judge(first) { throw code }
        try book.open(peer, link.id, isOurs: isOurs, now: Self.seconds)
        if let place { leave(place) }
        if let replaced = links[peer] {
            replaced.end()
            // What was under way on it may be lost.
            events.yield(.down(peer))
        }
        outgoing.clear(peer)
        links[peer] = link
        if isOurs { put(.hello(hello()), to: peer) }
        events.yield(.up(peer))
    }

    /// Ends a link that said no hello in time, was replaced, or on which nothing was heard for too long; pings it otherwise.
    private func expectAlive(_ peer: EthereumAddress, _ id: UInt64) throws(LinkCode) {
        guard book.stands(peer, id), let link = links[peer], !book.isSilent(peer, now: Self.seconds) else {
            throw .silent
        }
        put(.ping(link.receipts.stamp), to: peer)
    }

    /// Why a member's next frame is not taken now, and how many seconds later to look again; nil where it is.
    private func hold(_ frame: Frame, of peer: EthereumAddress) -> (reason: String, seconds: Double)? {
        if received.isFull(peer, frame.frameClass) {
            book.waits(peer, now: Self.seconds)
            return ("queue_full", 0.02)
        }
        let seconds = book.hold(peer, bytes: frame.payload.count, now: Self.seconds)
        return seconds > 0 ? ("rate", seconds) : nil
    }

    /// Takes a frame of a member; true where it says goodbye. Until the frame's turn comes the link is not read, so a member
    /// slows itself alone, and no answer to a ping speaks of a frame that was not taken.
    private func take(_ frame: Frame, _ peer: EthereumAddress, _ id: UInt64) async throws -> Bool {
        var reasons: Set<String> = []
        while book.stands(peer, id), let hold = hold(frame, of: peer) {
            if reasons.insert(hold.reason).inserted {
                count(
                    Drop(
                        peer, frameClass: frame.frameClass, kind: EnvelopeHeader(frame.payload)?.kind,
                        reason: "held.\(hold.reason)"))
                if hold.reason == "rate" { noteBad(.member(peer), LinkTrouble.rate) }
            }
            try await Task.sleep(for: .seconds(hold.seconds))
        }
        guard book.stands(peer, id) else {
            count(
                Drop(
                    peer, frameClass: frame.frameClass, kind: EnvelopeHeader(frame.payload)?.kind,
                    reason: "link_ended"))
            // Nothing is read any more; what was put on the link may leave.
            try await Task.sleep(for: Door.patience)
            return true
        }
        guard frame.frameClass == .control else {
            if let kind = EnvelopeHeader(frame.payload)?.kind, kind.frameClass != frame.frameClass {
                count(Drop(peer, frameClass: frame.frameClass, kind: kind, reason: "frame_class"))
                malformed(from: peer)
                return false
            }
            _ = received.enter(peer, frame.frameClass)
            events.yield(.frame(frame.frameClass, frame.payload, from: peer))
            return false
        }
        switch try? ControlMessage(decoding: frame.payload) {
        case .ping(let stamp): put(.pong(stamp), to: peer)
        case .pong(let stamp):
            let arrived = links[peer]?.receipts.answered(stamp) ?? []
            for frame in arrived { outgoing.leave(peer, frame.frameClass) }
            // Also without receipts: the places that became free are news to whoever found none.
            if !arrived.isEmpty { events.yield(.delivered(arrived.compactMap(\.receipt), to: peer)) }
        case .hello, .refusal: break
        case .goodbye: return true
        case nil:
            count(Drop(peer, frameClass: .control, reason: "malformed"))
            malformed(from: peer)
        }
        return false
    }

    /// Puts a frame on a member's link; one that leaves no room, for the member does not read, ends it.
    @discardableResult
    func put(_ frame: Frame, to peer: EthereumAddress) -> Bool {
        guard let link = links[peer] else { return false }
        if case .dropped = link.queue.yield(frame) {
            end(peer, .notRead)
            return false
        }
        return true
    }

    func put(_ message: ControlMessage, to peer: EthereumAddress) { put(Frame(.control, message.encoded), to: peer) }

    /// Ends the link to a member, for a reason that is counted.
    func end(_ peer: EthereumAddress, _ code: LinkCode) {
        count(code, of: peer)
        noteTrouble(peer, code)
        if let link = links[peer] { down(peer, link.id) }
    }

    private func down(_ peer: EthereumAddress, _ id: UInt64) {
        guard book.ended(peer, id, now: Self.seconds, jitter: Self.jitter) else { return }
        if book.isUnstable(peer, now: Self.seconds) { noteBad(.member(peer), LinkTrouble.unstable) }
        links[peer]?.end()
        links[peer] = nil
        outgoing.clear(peer)
        events.yield(.down(peer))
    }

    /// A fifth more or less, so that two nodes do not dial each other in step for ever.
    private static var jitter: Double { Double.random(in: 0.8...1.2) }
}
