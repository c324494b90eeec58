import Logging
import NIOCore
import NIOPosix
import Primitives

extension PeerService {
    // MARK: - Accepting

    func bind(_ endpoint: PeersConfiguration.Endpoint) async throws -> NIOAsyncChannel<any Channel, Never> {
        do {
            // The server's accept waits a second where the system has no file descriptor left, and then continues.
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                // Each channel's own task makes it a link. A link that no task takes when the service stops would be a
                // crash.
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

    /// Accepts for as long as the service runs; a listener that fails is made anew.
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
                tell { $0.bad(.listener, LinkTrouble.listenerEnded(error), at: $1) }
            }
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: .milliseconds(500))
                    server = try await bind(endpoint)
                    break
                } catch {
                    if Task.isCancelled { return }
                    tell { $0.bad(.listener, LinkTrouble.cannotListen(error), at: $1) }
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
                    guard let place = ask({ $0.knocked(from: address, at: $1) }) else {
                        channel.close(promise: nil)
                        continue
                    }
                    entering[place] = channel
                    group.addTask { await self.serve(channel, place) }
                }
            }
        }
    }

    private func leave(_ place: UInt64) {
        machine.left(place)
        entering[place] = nil
    }

    /// Serves an incoming link. An operator that shares no wallet with us is told so, and nothing of its link is read.
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
                if let code = ask({ $0.proved(place, by: peer, at: $1) }) {
                    try await outbound.write(ControlMessage.refusal(code).frame)
                    throw code
                }
                try await outbound.write(ControlMessage.hello(hello()).frame)
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
        machine.dialEnded(dial, at: moment)
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
            // Under TLS 1.3 we are connected before the other side has checked us, so the other side sends the first
            // frame.
            try await exchange(peer, isOurs: true, place: nil, inbound, outbound)
        }
    }

    /// Takes note that a link to a proven or dialled operator ended by an error.
    private func ended(_ peer: EthereumAddress, with error: any Error) {
        guard !Task.isCancelled else { return }
        let failure = LinkFailure(error)
        logger.debug("a link ended", metadata: ["peer": "\(peer)", "error": "\(failure.words)"])
        tell { $0.failed(peer, failure, at: $1) }
    }

    // MARK: - Speaking

    /// Exchanges frames with a peer until either side ends the link: the first frame is checked, the others are taken.
    private func exchange(
        _ peer: EthereumAddress, isOurs: Bool, place: UInt64?, _ inbound: NIOAsyncChannelInboundStream<Frame>,
        _ outbound: NIOAsyncChannelOutboundWriter<Frame>
    ) async throws {
        let (queue, frames) = AsyncStream.makeStream(
            of: Frame.self, bufferingPolicy: .bufferingOldest(LinksMachine.mostWaiting))
        let (standing, end) = AsyncStream.makeStream(of: Never.self)
        let id = machine.began()
        links[id] = Link(queue: frames, standing: end)
        let silence = configuration.silence
        defer {
            tell { $0.ended(peer, id, at: $1) }
            links[id] = nil
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await frame in queue { try await outbound.write(frame) } }
            // A link that must end does so even if the other side reads nothing.
            group.addTask {
                for await _ in standing {}
                try await Task.sleep(for: Door.patience)
            }
            group.addTask {
                try await Task.sleep(for: Door.patience)
                while true {
                    try await self.look(at: peer, id)
                    try await Task.sleep(for: silence / 3)
                }
            }
            group.addTask {
                var isOpen = false
                for try await frame in inbound {
                    if isOpen {
                        if try await self.take(frame, peer, id) { return }
                    } else {
                        try await self.open(peer, id, isOurs: isOurs, place: place, first: frame)
                        isOpen = true
                    }
                }
            }
            defer { group.cancelAll() }
            // The first task to end ends the link.
            try await group.next()
        }
    }

    private func open(
        _ peer: EthereumAddress, _ id: UInt64, isOurs: Bool, place: UInt64?, first: Frame
    ) throws(LinkCode) {
        let hello = hello()
        perform(
            try machine.opened(
                peer, id, isOurs: isOurs, place: place, first: first, hello: hello, at: moment))
        if let place { entering[place] = nil }
    }

    private func look(at peer: EthereumAddress, _ id: UInt64) throws {
        perform(try machine.looked(at: peer, id, at: moment))
    }

    /// Gives the machine a frame of a member until its turn has come; true where nothing more is read.
    private func take(_ frame: Frame, _ peer: EthereumAddress, _ id: UInt64) async throws -> Bool {
        while true {
            switch machine.heard(frame, from: peer, on: id, at: moment) {
            case .taken(let effects):
                perform(effects)
                return false
            case .wait(let seconds, let effects):
                perform(effects)
                try await Task.sleep(for: .seconds(seconds))
            case .goodbye: return true
            case .over:
                // Frames already put on the link may leave.
                try await Task.sleep(for: Door.patience)
                return true
            }
        }
    }
}
