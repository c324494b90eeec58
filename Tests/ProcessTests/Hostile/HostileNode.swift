import Foundation
import Node
import Primitives
import Testing

@testable import OperatorCLI

/// One operator's node over its restarts: its processes, its ledger, and the most that it took of the machine.
final class HostileNode {
    let member: DevNetOperator
    let port: Int
    let ledger: LedgerWatch
    private var processes: [CoordProcess] = []
    /// The largest resident memory of any of its processes, in KiB.
    private(set) var mostMemory = 0
    /// The most files and sockets that it held open.
    private(set) var mostFiles = 0

    init(member: DevNetOperator, port: Int) {
        self.member = member
        self.port = port
        ledger = LedgerWatch(path: member.ledgerFile.path)
    }

    var number: Int { member.number }
    var address: EthereumAddress { member.address }
    var directory: URL { member.directory }

    /// Starts `coord run`, the first time or again.
    func start() throws {
        processes.append(try CoordProcess(["run", "--config", member.configurationFile.path]))
    }

    /// The process that was started last.
    var process: CoordProcess {
        get throws { try #require(processes.last, "operator \(number) was never started") }
    }

    var isRunning: Bool { processes.last?.isRunning ?? false }

    /// How often it started, by its own ledger.
    var boots: Int {
        Set(ledger.events.compactMap { if case .booted(let nonce, _) = $0 { nonce } else { nil } }).count
    }

    /// Everything that its processes wrote to their logs.
    var log: String { processes.map(\.standardError).joined() }

    /// The lines of the log about an operator.
    func lines(about peer: EthereumAddress) -> [Substring] {
        log.split(separator: "\n").filter { $0.contains("\(peer)") }
    }

    /// How many lines of the log give a reason, about an operator or about anybody.
    func lines(of reason: String, about peer: EthereumAddress? = nil) -> Int {
        (peer.map(lines(about:)) ?? log.split(separator: "\n")).count { "\($0) ".contains("reason=\(reason) ") }
    }

    /// The bytes of its store on disk: the ledger, the outbox and the journal.
    var storeBytes: Int {
        ["coord.db", "coord.db-wal"].reduce(0) { sum, name in
            let file = directory.appending(component: name).path
            return sum + ((try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0)
        }
    }

    /// Sends a signal to the process.
    func signal(_ signal: Int32) { processes.last?.signal(signal) }

    /// Asks the process to drain and waits for its end, which must be a good one.
    func stop() async throws {
        signal(SIGTERM)
        let code = try await process.exitCode(within: 60)
        #expect(code == 0, "operator \(number) ended with \(code): \(log.suffix(1_000))")
    }

    /// Kills the process, and waits until it is gone.
    func kill() async throws {
        signal(SIGKILL)
        _ = try await process.exitCode(within: 10)
    }

    /// Looks at what the process takes of the machine now.
    func measure() {
        guard let process = processes.last, process.isRunning else { return }
        let folder = "/proc/\(process.processIdentifier)"
        let status = String(
            decoding: FileManager.default.contents(atPath: "\(folder)/status") ?? Data(), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let memory = line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd"))?.count ?? 0
        mostMemory = max(mostMemory, memory)
        mostFiles = max(mostFiles, files)
    }
}
