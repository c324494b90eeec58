import Coordination
import Node
import Primitives
import Secp256k1
import TestKit
import Testing

/// What a link brings and the filters up to the signature stop: it is no line of the journal, so it may change nothing.
@Suite struct UnheardTests {
    /// Four windows in which every node is also handed what a hostile member can make, or nothing of it.
    private static func play(hostile: Bool) throws -> NodeFleet {
        let fleet = try NodeFleet()
        let stranger = TestKey()
        for number in UInt64(1)...110 {
            fleet.step(number == 5 ? [fleet.request(1)] : [])
            guard hostile else { continue }
            for node in fleet.nodes {
                let liar = fleet.nodes.first { $0.me != node.me } ?? node
                for bytes in try rubbish(fleet, to: node, by: stranger, window: (number / 24 + 1) * 24) {
                    node.receive(bytes, from: liar.me, in: fleet)
                }
            }
        }
        return fleet
    }

    private static func rubbish(
        _ fleet: NodeFleet, to node: BenchNode, by stranger: TestKey, window: UInt64
    ) throws -> [Bytes] {
        let payload: Bytes = [1]
        let kinds: [MessageKind] = [.proposal, .verdict, .signReady, .frostNonces, .frostRequest, .frostShares]
        func envelope(_ kind: MessageKind, profile: ProtocolProfile, _ wallet: WalletPublicKeyHash, _ block: UInt64)
            -> Bytes
        {
            let content = Envelope.Content(
                domain: Domain(chainID: NodeFleet.chainID, profile: profile), wallet: wallet,
                coordinationBlock: BlockNumber(block), seat: fleet.group.lowestSeat(of: node.me) ?? .none, kind: kind,
                payload: payload)
            return Envelope(content, sign: { stranger.value.signRecoverable($0.signingHash) }).encoded
        }
        var all: [Bytes] = [[], [1, 2, 3], Bytes(repeating: 0xFF, count: 133)]
        for kind in kinds {
            all.append(envelope(kind, profile: NodeFleet.profile, fleet.group.wallet, window))
            all.append(envelope(kind, profile: NodeFleet.profile, fleet.group.wallet, window + 1))
            all.append(envelope(kind, profile: .mainnet, fleet.group.wallet, window))
            all.append(envelope(kind, profile: NodeFleet.profile, WalletPublicKeyHash(hash160([9])), window))
        }
        all.append(envelope(.status, profile: NodeFleet.profile, .none, 0))
        // What the node said itself, and the last proposal that it heard.
        all += fleet.wire.filter { $0.from == node.me && EnvelopeHeader($0.envelope)?.kind == .verdict }
            .suffix(1).map(\.envelope)
        all += fleet.wire.filter { $0.to == node.me && EnvelopeHeader($0.envelope)?.kind == .proposal }
            .suffix(1).map(\.envelope)
        return all
    }

    @Test("Messages that fail the filters up to the signature change nothing a node writes or says")
    func nothing() throws {
        let (quiet, noisy) = (try Self.play(hostile: false), try Self.play(hostile: true))
        for (left, right) in zip(quiet.nodes, noisy.nodes) {
            #expect(left.events == right.events)
            #expect(!left.events.isEmpty)
            let reasons = Set(right.drops.map(\.reason))
            #expect(
                reasons.isSuperset(of: ["malformed", "not_a_member", "stale", "other_profile", "own", "duplicate"]),
                "\(reasons.sorted())")
        }
        let said = quiet.wire.map(\.envelope)
        #expect(!said.isEmpty && said == noisy.wire.map(\.envelope))
    }
}
