import Coordination
import DevNet
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Peers
import Primitives
import Secp256k1
import TestKit

@testable import OperatorCLI

/// An operator that sends whatever it wants: it has its key and makes its own certificate, but no node.
struct HostileMember: Sendable {
    private let context: NIOSSLContext

    init(_ member: DevNetOperator) throws {
        let certificate = try PeerCertificate(operatorKey: member.key, now: Date())
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = [
            .certificate(try NIOSSLCertificate(bytes: certificate.der, format: .der))
        ]
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: certificate.keyDER, format: .der))
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["coord/1"]
        // A node that slows us down does not read our goodbye for a while; the next link does not wait for that.
        configuration.shutdownTimeout = .milliseconds(100)
        context = try NIOSSLContext(configuration: configuration)
    }

    /// What goes to one node in a second at most: four times what a node takes. More would only take the processor of the
    /// machine that the nodes and their chains run on too.
    private static let bytesPerSecond = 4.0 * 1_048_576

    /// Links to a node, says hello and sends, round after round, until the time is over or the node hangs up.
    func flood(_ port: Int, with supply: HostileSupply, for limit: Duration) async throws -> Flood {
        let context = context
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let end = ContinuousClock.now + limit
        let hello = Frame(.control, ControlMessage.hello(hello).encoded).encoded
        return try await channel.executeThenClose { inbound, outbound in
            let (firsts, first) = AsyncStream.makeStream(of: Bool.self)
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask {
                    defer { first.finish() }
                    for try await bytes in inbound { first.yield(Self.isHello(Bytes(bytes.readableBytesView))) }
                }
                // The accepting side speaks first: it says hello, or why not.
                var flood = Flood()
                for await isHello in firsts {
                    flood.isAdmitted = isHello
                    break
                }
                guard flood.isAdmitted else { return flood }
                try await outbound.write(ByteBuffer(bytes: hello))
                while ContinuousClock.now < end {
                    let frames = supply.frames
                    // Each link begins somewhere else.
                    let start = Int.random(in: 0..<frames.count)
                    var piece = ByteBuffer()
                    for index in frames.indices {
                        piece.writeBytes(frames[(start + index) % frames.count])
                        guard piece.readableBytes >= 65_536 || index == frames.count - 1 else { continue }
                        // A node that hangs up on such a member does right.
                        guard (try? await outbound.write(piece)) != nil else { return flood }
                        flood.sent += piece.readableBytes
                        piece.clear()
                        let due = end - limit + .seconds(Double(flood.sent) / Self.bytesPerSecond)
                        try await Task.sleep(until: min(due, end), clock: .continuous)
                        if ContinuousClock.now >= end { break }
                    }
                }
                flood.isOpen = true
                return flood
            }
        }
    }

    /// What came of a flood over one link.
    struct Flood: Sendable {
        /// Whether the node let the member in.
        var isAdmitted = false
        var sent = 0
        /// Whether the node still held the link at the end.
        var isOpen = false
    }

    private static func isHello(_ bytes: Bytes) -> Bool {
        guard case .frame(let frame, _)? = try? Frame.parse(bytes), frame.frameClass == .control,
            case .hello? = try? ControlMessage(decoding: frame.payload)
        else { return false }
        return true
    }

    private var hello: Hello {
        Hello(
            chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, profile: DevNetChains.profile.digest,
            bootNonce: Bytes(repeating: 7, count: 16), clock: 0, build: "hostile")
    }

    /// Frames of the link itself, and bytes in frames of every class that are no message.
    func nonsense(random: inout SeededGenerator) -> [Bytes] {
        let pong = ControlMessage.pong(2, sent: 1, heard: 2, answered: 3)
        var frames = [.ping(1, sent: 1), pong, .hello(hello), .refusal(.draining)].map {
            Frame(.control, $0.encoded).encoded
        }
        for frameClass in FrameClass.allCases {
            for size in [0, 1, 64, frameClass.largestPayload] {
                let payload = Bytes((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
                frames.append(Frame(frameClass, payload).encoded)
            }
        }
        return frames.shuffled(using: &random)
    }

    /// Bytes that are no frame: a length beyond its class, none, and a class that there is not.
    static let noFrames: [Bytes] = [
        [0xff, 0xff, 0xff, 0xff, 1], [0, 0, 0, 0, 2], [0, 0, 0, 1, 9], Bytes(repeating: 0, count: 70_000),
    ]
}
