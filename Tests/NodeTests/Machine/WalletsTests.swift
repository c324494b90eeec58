import Coordination
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import Node

/// Wallets that come and go while nodes run.
@Suite struct WalletsTests {
    @Test("A wallet is added, and another archived, while windows are open: no process and no other wallet notices")
    func comeAndGo() throws {
        let fleet = try NodeFleet(wallets: 3, known: 2)
        let wallets = fleet.held[0].map(\.group.wallet)
        let calls = [UInt64(5), 29, 53].reduce(into: [:]) { calls, block in
            calls[block] = wallets.enumerated().map { fleet.request(UInt8(block) + UInt8($0), of: $1) }
        }
        fleet.run(to: 27, calls: calls)
        for (index, node) in fleet.nodes.enumerated() { node.hold(fleet.held[index][2], in: fleet) }
        fleet.run(to: 51, calls: calls)
        for node in fleet.nodes { node.take(.walletArchived(wallets[0]), in: fleet) }
        fleet.run(to: 99, calls: calls)
        for node in fleet.nodes {
            #expect(node.outcomes(24, of: wallets[0]) == [.executed])
            #expect(node.outcomes(48, of: wallets[0]) == [.error("wallet_archived")])
            #expect(node.outcomes(72, of: wallets[0]) == [])
            for window in [UInt64(24), 48, 72] { #expect(node.outcomes(window, of: wallets[1]) == [.executed]) }
            for window in [UInt64(48), 72] { #expect(node.outcomes(window, of: wallets[2]) == [.executed]) }
            #expect(node.faults.isEmpty && node.conflicts.isEmpty)
            let starts = node.journal.count { entry in
                if case .started? = try? JournalStep(decoding: entry.body) { true } else { false }
            }
            let falls = node.journal.count { entry in
                if case .told(.linkChanged(_, isUp: false))? = try? JournalStep(decoding: entry.body) {
                    true
                } else {
                    false
                }
            }
            #expect(starts == 1 && falls == 0)
        }
        #expect(fleet.published.count > 3)
    }

    @Test("A wallet that was archived and comes back in the same window does not vote a second time")
    func back() throws {
        let fleet = try NodeFleet()
        fleet.run(to: 27, calls: [5: [fleet.request(1)]])
        let node = fleet.nodes[0]
        #expect(node.hasVoted(24))
        node.take(.walletArchived(fleet.group.wallet), in: fleet)
        fleet.run(to: 28)
        node.hold(fleet.held[0][0], in: fleet)
        fleet.run(to: 66)
        let votes = node.events.count { event in
            if case .voted(let key, _, _) = event { key.coordinationBlock.rawValue == 24 } else { false }
        }
        #expect(votes == 1)
        #expect(node.outcomes(24) == [.error("wallet_archived")])
        #expect(node.outcomes(48) == [.executed])
        #expect(node.conflicts.isEmpty)
    }

    @Test("A wallet that nobody handed over, one that is held already, and one that is not held change nothing")
    func nothing() throws {
        let fleet = try NodeFleet(known: 0)
        let node = fleet.nodes[0]
        fleet.run(to: 5)
        let before = node.events.count
        node.take(.walletAdded(fleet.group.wallet), in: fleet)
        node.take(.walletArchived(fleet.group.wallet), in: fleet)
        for (index, node) in fleet.nodes.enumerated() { node.hold(fleet.held[index][0], in: fleet) }
        node.hold(fleet.held[0][0], in: fleet)
        #expect(node.events.count == before)
        fleet.run(to: 51)
        #expect(node.outcomes(24) == [.executed])
    }
}
