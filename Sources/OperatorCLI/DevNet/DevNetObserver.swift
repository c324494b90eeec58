import Coordination
import DevNet
import Foundation
import Ledger
import Node
import Primitives

/// Reads the operators' ledgers beside them and puts each window together.
final class DevNetObserver {
    private let operators: [DevNetOperator]
    private let group: SigningGroup
    private var readers: [EthereumAddress: (reader: LedgerReader, next: UInt64)] = [:]
    private var windows: [BlockNumber: [EthereumAddress: WindowLedger]] = [:]
    private var reported = BlockNumber(0)

    init(operators: [DevNetOperator], group: SigningGroup) {
        self.operators = operators
        self.group = group
    }

    /// Whether every operator's ledger has begun.
    func allBooted() async throws -> Bool {
        try await read()
        return readers.count == operators.count && readers.values.allSatisfy { $0.next > 1 }
    }

    /// The windows, in order, for which every operator has a final outcome by now.
    func finished() async throws -> [WindowReport] {
        try await read()
        var reports: [WindowReport] = []
        for start in windows.keys.sorted() where start > reported {
            guard let ledgers = windows[start], ledgers.count == operators.count,
                ledgers.values.allSatisfy({ $0.outcome != nil }),
                let window = CoordinationWindow(openedBy: start, profile: DevNetChains.profile)
            else { break }
            guard let seedHash = ledgers.values.compactMap(\.seedHash).first else { break }
            reports.append(
                WindowReport(
                    window: window, profile: DevNetChains.profile, group: group, seedHash: seedHash, ledgers: ledgers))
            reported = start
            windows[start] = nil
        }
        return reports
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
                let event = try LedgerEvent(decoding: entry.body)
                if let start = event.window?.coordinationBlock, start > reported {
                    windows[start, default: [:]][member.address, default: WindowLedger()].apply(event)
                }
                readers[member.address]?.next = entry.sequence + 1
            }
        }
    }
}
