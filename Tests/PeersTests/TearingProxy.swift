import NIOCore
import NIOPosix

/// Passes bytes on between a port of its own and another one, and tears every connection when told to.
actor TearingProxy {
    private var channels: [any Channel] = []
    private var target = 0
    private var portWaiters: [CheckedContinuation<Int, Never>] = []
    private var port: Int?

    /// How often connections were torn that had carried bytes.
    private(set) var torn = 0

    func lead(to port: Int) { target = port }

    func listeningPort() async -> Int {
        if let port { return port }
        return await withCheckedContinuation { portWaiters.append($0) }
    }

    /// Closes every connection at once, with what is under way.
    func tear() {
        torn += channels.isEmpty ? 0 : 1
        for channel in channels { channel.close(promise: nil) }
        channels = []
    }

    func run() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        port = server.channel.localAddress?.port
        for waiter in portWaiters { waiter.resume(returning: port ?? 0) }
        try await server.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await near in inbound { group.addTask { await self.pass(near) } }
            }
        }
    }

    private func pass(_ near: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await near.executeThenClose { fromNear, toNear in
                let far = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: target) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                        }
                    }
                channels += [near.channel, far.channel]
                try await far.executeThenClose { fromFar, toFar in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { for try await bytes in fromNear { try await toFar.write(bytes) } }
                        group.addTask { for try await bytes in fromFar { try await toNear.write(bytes) } }
                        try await group.next()
                        group.cancelAll()
                    }
                }
            }
        } catch {}
    }
}
