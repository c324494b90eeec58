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

/// A development network: the chains in this process, each operator in one of its own, exactly as `coord run`.
struct DevNetwork: Service {
    private let operators: [DevNetOperator]
    private let group: SigningGroup
    private let chains: DevNetChains
    private let blockMilliseconds: Int
    private let windows: Int?
    private let json: Bool
    private let directory: URL
    private let isTemporary: Bool
    private let logger: Logger
    private let dealt: Dealt

    /// The dealt wallet, kept until the operators' folders are written.
    private final class Dealt: Sendable {
        let group: DealtGroup
        init(_ group: consuming DealtGroup) { self.group = group }
    }

    private static let drainSeconds = 5.0
    private static let startLimit = Duration.seconds(30)

    init(
        operators count: Int, threshold: Int, blockMilliseconds: Int, windows: Int?, json: Bool,
        directory path: String?,
        logger: Logger
    ) throws {
        isTemporary = path == nil
        directory =
            path.map { URL(filePath: $0).absoluteURL }
            ?? FileManager.default.temporaryDirectory.appending(component: "coord-devnet-\(UUID().uuidString)")
        let directory = directory
        operators = (1...count).map {
            DevNetOperator(number: $0, directory: directory.appending(component: "operator-\($0)"))
        }
        var random = SystemRandom()
        let group = try DealtGroup(threshold: threshold, seats: count, random: &random)
        let identity = WalletIdentity(scheme: .taproot, publicKey: group.key.groupKey)
        self.group = try SigningGroup(wallet: identity.hash, seats: operators.map(\.address), threshold: threshold)
        dealt = Dealt(group)
        chains = DevNetChains(wallet: identity, time: UInt64(Date().timeIntervalSince1970) - 1_000)
        self.blockMilliseconds = blockMilliseconds
        self.windows = windows
        self.json = json
        self.logger = logger
    }

    func run() async throws {
        if FileManager.default.fileExists(atPath: directory.appending(component: "operator-1").path) {
            throw CommandFailure(
                reason: "devnet.directory", cause: "\(directory.path) holds a network already",
                fix: "give an empty --dir")
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

    /// Starts the operators, lets time pass, prints windows, and stops the operators whatever happens.
    private func operate(host: Int, core: Int) async throws {
        var processes: [DevNetProcess] = []
        do {
            processes = try await start(host: host, core: core)
            try await live()
        } catch is CancellationError {
            // Interrupted: the ordinary end of a network without a number of windows.
        } catch {
            stop(processes)
            throw error
        }
        stop(processes)
    }

    /// Tells every operator to drain, waits for each in order, and leaves none behind.
    private func stop(_ processes: [DevNetProcess]) {
        for process in processes { process.stop() }
        for process in processes { process.wait(atMost: Self.drainSeconds) }
    }

    private func start(host: Int, core: Int) async throws -> [DevNetProcess] {
        let ports = try FreePorts.pick(operators.count)
        let configuration = DevNetConfiguration(
            chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, validator: DevNetChains.validator,
            hostURL: "http://127.0.0.1:\(host)", coreURL: "http://127.0.0.1:\(core)",
            pollMilliseconds: max(10, blockMilliseconds / 5), members: Array(zip(operators.map(\.address), ports)))
        let wallet = WalletFile(dealt: dealt.group.key, seats: operators.map(\.address.description))
        var processes: [DevNetProcess] = []
        for (member, port) in zip(operators, ports) {
            let share = try dealt.group.share(of: SeatNumber(UInt16(member.number)))
            try member.write(
                share: share, wallet: wallet, name: group.wallet.hex,
                configuration: configuration.file(port: port))
            processes.append(
                try DevNetProcess(
                    arguments: ["run", "--config", member.configurationFile.path], log: member.logFile))
        }
        return processes
    }

    /// Blocks pass on both chains, and each window is printed when every operator has its final outcome.
    private func live() async throws {
        let observer = DevNetObserver(operators: operators, group: group)
        let clock = ContinuousClock()
        let deadline = clock.now + Self.startLimit
        while try await !observer.allBooted() {
            guard clock.now < deadline else {
                throw CommandFailure(
                    reason: "devnet.start", cause: "an operator did not start within \(Self.startLimit)",
                    fix: "read coord.log in the operators' folders; keep them with --dir")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
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
            var printed = 0
            while windows.map({ printed < $0 }) ?? true {
                try await Task.sleep(for: .milliseconds(100))
                for report in try await observer.finished() {
                    if json { try Output.json(report) } else { Output.line(report.line) }
                    printed += 1
                    if printed == windows { return }
                }
            }
        }
    }
}
