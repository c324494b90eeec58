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
    private let member: DevNetOperator
    private let group: SigningGroup
    private let context: NIOSSLContext
    private static let domain = Domain(chainID: DevNetChains.chainID, profile: DevNetChains.profile)

    init(_ member: DevNetOperator, in group: SigningGroup) throws {
        self.member = member
        self.group = group
        let certificate = try PeerCertificate(operatorKey: member.key, now: Date())
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = [
            .certificate(try NIOSSLCertificate(bytes: certificate.der, format: .der))
        ]
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: certificate.keyDER, format: .der))
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["coord/1"]
        context = try NIOSSLContext(configuration: configuration)
    }

    /// What goes to one node in a second at most: eight times what a node takes. More would only take the processor of the
    /// machine that the nodes run on too.
    private static let bytesPerSecond = 8.0 * 1_048_576

    /// Links to a node, says hello and sends, round after round, until the time is over or the node hangs up. Gives how
    /// many bytes went out.
    func flood(_ port: Int, with frames: [Bytes], for limit: Duration) async throws -> Int {
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
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { for try await _ in inbound {} }
                var sent = 0
                try await outbound.write(ByteBuffer(bytes: hello))
                while ContinuousClock.now < end {
                    for frame in frames where ContinuousClock.now < end {
                        // A node that hangs up on such a member does right.
                        guard (try? await outbound.write(ByteBuffer(bytes: frame))) != nil else { return sent }
                        sent += frame.count
                        let due = end - limit + .seconds(Double(sent) / Self.bytesPerSecond)
                        try await Task.sleep(until: due, clock: .continuous)
                    }
                }
                return sent
            }
        }
    }

    private var hello: Hello {
        Hello(
            chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, profile: DevNetChains.profile.digest,
            bootNonce: Bytes(repeating: 7, count: 16), clock: 0, build: "hostile")
    }

    /// Messages of every kind about these windows, signed by the member: nearly right ones and the largest there are.
    func messages(_ windows: [BlockNumber], random: inout SeededGenerator) -> [Bytes] {
        var frames: [Bytes] = []
        for window in windows {
            for kind in MessageKind.allCases {
                let largest = kind.largestEnvelope - Envelope.overhead
                for size in [0, 33, 200, 4_000, largest] {
                    let payload = Bytes((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
                    frames.append(frame(kind, payload, window))
                }
            }
            let digest = ProposalDigest(
                payload: [], domain: Self.domain, wallet: group.wallet, coordinationBlock: window)
            for number in 0..<8 {
                let block = Verdict.BlockRead(number: BlockNumber(UInt64(number)), hash: .zero)
                frames.append(frame(.verdict, Verdict(digest: digest, answer: .accept, block: block).encoded, window))
            }
        }
        return frames.shuffled(using: &random)
    }

    private func frame(_ kind: MessageKind, _ payload: Bytes, _ window: BlockNumber) -> Bytes {
        let envelope = Envelope(
            Envelope.Content(
                domain: Self.domain, wallet: group.wallet, coordinationBlock: window,
                seat: group.lowestSeat(of: member.address) ?? .none, kind: kind, payload: payload),
            sign: { member.key.signRecoverable($0.signingHash) })
        return Frame(FrameClass(kind), envelope.encoded).encoded
    }

    /// Frames of the link itself, and bytes in frames of every class that are no message.
    func nonsense(random: inout SeededGenerator) -> [Bytes] {
        var frames = [ControlMessage.ping(1), .pong(2), .hello(hello), .refusal(.draining)].map {
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
