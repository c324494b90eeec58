import Coordination
import Foundation
import Ledger
import Node
import Primitives
import Testing

@testable import OperatorCLI

/// Wallets that come to running nodes, and go.
@Suite(.serialized) struct WalletsProcessTests {
    @Test("A wallet is added and another archived in open windows: nobody starts anew, no link of the others falls")
    func comeAndGo() async throws {
        // The fifth operator holds nothing at first, and has a link to nobody.
        try await HostileNetwork.run(wallets: [[1, 2, 3, 4], [1, 2, 3, 4, 5]]) { network in
            let (nodes, wallets) = (network.nodes, network.wallets)
            let first = await network.nextWindows(1)
            try await network.expect(first, executedBy: Array(nodes.prefix(4)))

            try await network.open()
            for node in nodes { try node.member.hold([wallets[1]]) }
            // The window after the next: the fifth has links to make before it.
            let added = Array(await network.nextWindows(2).suffix(1))
            try await network.expect(added, of: wallets[1].group.wallet, executedBy: nodes)
            try await network.expect(added, executedBy: Array(nodes.prefix(4)))

            try await network.open()
            for node in nodes.prefix(4) {
                let archive = node.member.wallets.appending(component: "archived")
                try FileManager.default.createDirectory(at: archive, withIntermediateDirectories: true)
                let name = "\(wallets[0].group.wallet.hex).json"
                try FileManager.default.moveItem(
                    at: node.member.wallets.appending(component: name), to: archive.appending(component: name))
            }
            let last = await network.nextWindows(2)
            try await network.expect(last, of: wallets[1].group.wallet, executedBy: nodes)
            for node in nodes.prefix(4) {
                let outcomes = network.outcomes(at: node)
                #expect(last.allSatisfy { outcomes[$0] == nil }, "operator \(node.number) holds it still")
            }
            try await network.expectSound(below: 256)
            let four = nodes.prefix(4)
            for node in four {
                let reader = try LedgerReader(path: node.member.ledgerFile.path)
                let anchor = node.directory.appending(components: "run", "anchor").path
                let lines = try await reader.everything(anchor: anchor).journal.filter { $0.block >= first[0] }
                #expect(lines.count > 100)
                let fallen = try lines.compactMap { line -> EthereumAddress? in
                    guard case .told(.linkChanged(let peer, isUp: false)) = try JournalStep(decoding: line.body) else {
                        return nil
                    }
                    return peer
                }
                #expect(Set(fallen).isDisjoint(with: four.map(\.address)), "operator \(node.number): a link fell")
            }
            for node in nodes {
                #expect(node.boots == 1)
                try await node.stop()
            }
        }
    }
}

extension HostileNetwork {
    /// Waits until the next window is open.
    fileprivate func open() async throws {
        let window = await nextWindows(1)[0]
        while await head < window.adding(2) { try await Task.sleep(for: .milliseconds(50)) }
    }
}
