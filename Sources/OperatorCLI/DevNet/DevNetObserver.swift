import Coordination
import DevNet
import Foundation
import Ledger
import Node
import Primitives

/// Reads the operators' ledgers while they run and joins the parts of each window.
final class DevNetObserver {
    private let operators: [DevNetOperator]
    private let groups: [SigningGroup]
    private var readers: [EthereumAddress: (reader: LedgerReader, next: UInt64)] = [:]
    private var stories: [EthereumAddress: NodeStory] = [:]
    /// The newest reported window, by wallet.
    private var reported: [WalletPublicKeyHash: BlockNumber] = [:]

    init(operators: [DevNetOperator], groups: [SigningGroup]) {
        self.operators = operators
        self.groups = groups
    }

    /// Whether every operator's ledger has begun.
    func allBooted() async throws -> Bool {
        try await read()
        return readers.count == operators.count && readers.values.allSatisfy { $0.next > 1 }
    }

    /// The windows that are over at a head, in order for each wallet. A window is over when every operator has a final
    /// outcome, or when two more have opened, even if operators missed it. `seed` gives the hash of a block.
    func finished(
        at head: BlockNumber, seed: (BlockNumber) -> Hash32?
    ) async throws -> [WindowReport] {
        try await read()
        var reports: [WindowReport] = []
        let keys = Set(stories.values.flatMap(\.windows.keys)).sorted()
        for group in groups {
            for key in keys where key.wallet == group.wallet {
                guard key.coordinationBlock > reported[key.wallet] ?? BlockNumber(0) else {
                    for member in operators { stories[member.address]?.forget(key) }
                    continue
                }
                let windows = stories.compactMapValues { $0.windows[key] }
                let isOver =
                    windows.count == operators.count && windows.values.allSatisfy { $0.outcome != nil }
                    || head >= key.coordinationBlock.adding(2 * DevNetChains.profile.frequency)
                guard isOver,
                    let window = CoordinationWindow(openedBy: key.coordinationBlock, profile: DevNetChains.profile),
                    let seedHash = seed(window.seedBlock(DevNetChains.profile))
                else { break }
                reports.append(
                    WindowReport(
                        window: window, profile: DevNetChains.profile, group: group, seedHash: seedHash,
                        stories: windows))
                reported[group.wallet] = key.coordinationBlock
            }
        }
        return reports.sorted { $0.coordinationBlock < $1.coordinationBlock }
    }

    private func read() async throws {
        for member in operators {
            if readers[member.address] == nil {
                guard FileManager.default.fileExists(atPath: member.ledgerFile.path),
                    let reader = try? LedgerReader(path: member.ledgerFile.path)
                else { continue }
                readers[member.address] = (reader, 1)
            }
            guard let (reader, next) = readers[member.address] else { continue }
            // A store that is just being made has no table yet; the next look finds it.
            guard let entries = try? await reader.entries(from: next) else { continue }
            for entry in entries {
                stories[member.address, default: NodeStory()].apply(try LedgerEvent(decoding: entry.body))
                readers[member.address]?.next = entry.sequence + 1
            }
        }
    }
}
