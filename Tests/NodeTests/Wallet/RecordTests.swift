import Coordination
import Node
import Primitives
import Testing
import ThresholdSigning
import WalletActions

/// Records of one transaction over several windows (wallet-actions.md §12).
@Suite struct RecordTests {
    @Test(
        "A redemption that nobody signed in its window is agreed again in the next, and its record goes on",
        arguments: [false, true])
    func unsignedThenSigned(restarts: Bool) throws {
        let fleet = try NodeFleet()
        fleet.run(to: 23, calls: [5: [fleet.request(1)]])
        fleet.loses = { _, _, kind in kind == .frostNonces }
        fleet.run(to: 52)
        for node in fleet.nodes { #expect(node.outcomes(24) == [.actionExpired]) }
        fleet.loses = { _, _, _ in false }
        if restarts {
            for node in fleet.nodes { node.kill() }
            for node in fleet.nodes { node.start(in: fleet) }
        }
        fleet.run(to: 71)
        for node in fleet.nodes {
            #expect(node.conflicts.isEmpty)
            #expect(node.outcomes(48) == [.executed])
        }
        #expect(fleet.published.count == 1)
    }
}
