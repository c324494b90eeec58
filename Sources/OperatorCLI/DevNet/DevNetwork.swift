import ChainModels
import Coordination
import Daemon
import DevNet
import Foundation
import Ledger
import Logging
import Node
import Primitives
import Program
import ServiceLifecycle
import ThresholdSigning
import WalletActions

/// A development network: the chains run in this process, each operator in a process of its own, exactly as
/// `coord run`.
struct DevNetwork: Service {
    private let operators: [DevNetOperator]
    private let wallets: [DevNetWallet]
    private let chains: DevNetChains
    private let blockMilliseconds: Int
    private let windows: Int?
    private let json: Bool
    private let directory: URL
    private let isTemporary: Bool
    private let logger: Logger

    private static let drainSeconds = 5.0
    private static let startLimit = Duration.seconds(30)
    /// How often ports are picked before giving up: another program may take a port between picking and using it.
    private static let portPicks = 3

    /// Deals `wallets` wallets, each of `seats` seats assigned to the operators in turn. `windows` is the number of
    /// windows of each wallet.
    init(
        operators count: Int, wallets: Int, seats: Int, threshold: Int, blockMilliseconds: Int, windows: Int?,
        json: Bool, directory path: String?, logger: Logger
    ) throws {
        isTemporary = path == nil
        directory =
            path.map { URL(filePath: $0).absoluteURL }
            ?? FileManager.default.temporaryDirectory.appending(component: "coord-devnet-\(UUID().uuidString)")
        let directory = directory
        operators = (1...count).map {
            DevNetOperator(number: $0, directory: directory.appending(component: "operator-\($0)"))
        }
        let members = operators.map(\.address)
        let dealt = try (0..<wallets).map { _ in
            try DevNetWallet(operators: members, seats: seats, threshold: threshold)
        }
        self.wallets = dealt
        chains = DevNetChains(
            wallets: dealt.map(\.identity), time: UInt64(Date().timeIntervalSince1970) - 1_000)
        self.blockMilliseconds = blockMilliseconds
        self.windows = windows
        self.json = json
        self.logger = logger
    }

    func run() async throws {
        if FileManager.default.fileExists(atPath: directory.appending(component: "operator-1").path) {
            throw CommandFailure(
                .devnetDirectory, cause: "\(directory.path) holds a network already",
                fix: "give an empty --dir")
        }
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .devnetDirectory, cause: "\(directory.path) cannot be made: \(error.systemWords)",
                fix: "give another --dir")
        }
        defer { if isTemporary { try? FileManager.default.removeItem(at: directory) } }
        let (hostPorts, hostPort) = AsyncStream.makeStream(of: Int.self)
        let (corePorts, corePort) = AsyncStream.makeStream(of: Int.self)
        let chains = chains
        let hostServer = RPCServer(logger: logger, bound: { hostPort.yield($0) }) {
            method, parameters throws(RPCError) in
            try await chains.ethereum(method, parameters)
        }
        let coreServer = RPCServer(logger: logger, bound: { corePort.yield($0) }) {
            method, parameters throws(RPCError) in
            try await chains.core(method, parameters)
        }
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await hostServer.run() }
                group.addTask { try await coreServer.run() }
                var hosts = hostPorts.makeAsyncIterator()
                var cores = corePorts.makeAsyncIterator()
                guard let host = await hosts.next(), let core = await cores.next() else { return }
                try await operate(host: host, core: core)
            }
        }
    }

    /// Starts the operators, lets time pass, prints windows, and always stops the operators at the end.
    private func operate(host: Int, core: Int) async throws {
        for member in operators {
            try member.begin()
            try member.hold(wallets)
        }
        var processes: [ChildProcess] = []
        do {
            var observer = DevNetObserver(operators: operators, groups: wallets.map(\.group))
            for picks in 1... {
                processes = try start(ports: FreePorts.pick(operators.count), host: host, core: core)
                if try await haveStarted(processes, observer, isLastPick: picks == Self.portPicks) { break }
                stop(processes)
                observer = DevNetObserver(operators: operators, groups: wallets.map(\.group))
            }
            try await live(processes, observer)
        } catch is CancellationError {
            // An interrupt is the ordinary end of a network without a number of windows.
        } catch {
            stop(processes)
            throw error
        }
        stop(processes)
    }

    /// Tells every operator to drain, waits for each in order, and leaves no process behind.
    private func stop(_ processes: [ChildProcess]) {
        for process in processes { process.stop() }
        for process in processes { process.wait(atMost: Self.drainSeconds) }
    }

    private func start(ports: [Int], host: Int, core: Int) throws -> [ChildProcess] {
        let configuration = DevNetConfiguration(
            chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, validator: DevNetChains.validator,
            hostURL: "http://127.0.0.1:\(host)", coreURL: "http://127.0.0.1:\(core)",
            pollMilliseconds: max(10, blockMilliseconds / 5),
            blockSeconds: (blockMilliseconds + 999) / 1_000, members: Array(zip(operators.map(\.address), ports)))
        var processes: [ChildProcess] = []
        do {
            for (member, port) in zip(operators, ports) {
                try member.write(configuration: configuration.file(port: port))
                processes.append(try member.start())
            }
        } catch {
            stop(processes)
            throw error
        }
        return processes
    }

    /// Waits until every operator's ledger has begun. False if an operator's port was taken and ports may be picked
    /// again.
    private func haveStarted(
        _ processes: [ChildProcess], _ observer: DevNetObserver, isLastPick: Bool
    ) async throws -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.startLimit
        var isBooted = false
        while !isBooted {
            isBooted = try await observer.allBooted()
            if let (process, ended) = zip(processes, operators).first(where: { !$0.0.isRunning }) {
                guard !isLastPick, ended.lastTrouble?.contains(CommandReason.portTaken.rawValue) == true else {
                    throw hasEnded(ended, process)
                }
                return false
            }
            guard clock.now < deadline else {
                throw CommandFailure(
                    .devnetStart, cause: "an operator did not start within \(Self.startLimit)",
                    fix: "read coord.log in the operators' folders; keep them with --dir")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    private func hasEnded(_ member: DevNetOperator, _ process: ChildProcess) -> CommandFailure {
        // A process that was asked to end has had whatever trouble it had before that.
        let trouble = process.exitCode == 0 ? nil : member.lastTrouble
        let log = isTemporary ? "coord.log in its folder; keep it with --dir" : member.logFile.path
        return CommandFailure(
            .devnetOperator,
            cause: "operator \(member.number) \(process.ending ?? "runs")"
                + (trouble.map { "; its last trouble: \($0)" } ?? ""),
            fix: "read \(log). One operator that ends ends the network")
    }

    /// Makes blocks on both chains, and prints each window when every operator has its final outcome.
    private func live(_ processes: [ChildProcess], _ observer: DevNetObserver) async throws {
        let (chains, milliseconds) = (chains, blockMilliseconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(milliseconds))
                    await chains.tickHost()
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(2 * milliseconds))
                    await chains.tickBitcoin()
                }
            }
            var printed: [String: Int] = [:]
            func isWanted(after count: Int) -> Bool { windows.map { count < $0 } ?? true }
            while printed.count < wallets.count || printed.values.contains(where: isWanted) {
                try await Task.sleep(for: .milliseconds(100))
                if let (process, ended) = zip(processes, operators).first(where: { !$0.0.isRunning }) {
                    throw hasEnded(ended, process)
                }
                let host = await chains.host
                let reports = try await observer.finished(at: host.headNumber) { host.block($0)?.hash }
                for report in reports {
                    // A wallet that is ahead of the others when the last window is printed shows no more windows.
                    guard isWanted(after: printed[report.wallet, default: 0]) else { continue }
                    if json {
                        try Output.json(report)
                    } else {
                        try Output.line(report.line(amongSeveral: wallets.count > 1))
                    }
                    printed[report.wallet, default: 0] += 1
                }
            }
        }
    }
}
