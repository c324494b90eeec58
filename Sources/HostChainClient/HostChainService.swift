package import ChainFollowing
import Ethereum
import Foundation
import JSONRPC
package import Logging
package import Node
import Primitives
import ServiceLifecycle
import WalletActions

/// Follows the host chain at one source and answers questions about it. It feeds a ``HostChainMachine`` with the
/// source's answers and carries out the machine's effects.
package actor HostChainService: HostChain, Service {
    let configuration: HostChainConfiguration
    let rpc: EthereumRPC
    let underWay = SharedQuestions<HostQuery, ChainAnswer>()
    var known = KnownCalls()
    let logger: Logger
    let reports: SourceReports
    private let broadcast = HeadBroadcast()
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    /// Unix seconds by this machine's clock.
    private let now: @Sendable () -> UInt64

    var machine: HostChainMachine
    private var headChanged: ContinuousClock.Instant?
    /// The present troubles, by subject.
    private(set) var troubles: [HostChainMachine.Subject: HostChainTrouble] = [:]

    /// Makes a client, which follows nothing before ``run()``.
    package init(
        configuration: HostChainConfiguration, rpc: EthereumRPC, logger: Logger,
        now: @escaping @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970)) }
    ) {
        self.configuration = configuration
        self.rpc = rpc
        self.logger = logger
        self.now = now
        reports = SourceReports(logger: logger)
        machine = HostChainMachine(configuration)
        start = clock.now
    }

    /// Follows the chain until the service is told to stop.
    ///
    /// - Throws: ``HostChainFailure`` if the source can never be used.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for talk in HostChainMachine.Talk.allCases { group.addTask { try await self.hold(talk) } }
                    // `waitForAll` would wait for the other tasks after a failure.
                    for try await _ in group {}
                }
            }
        } catch is CancellationError {}
        // The broadcast is not finished after a failure. Otherwise its readers would fail before the cause is reported.
        broadcast.finish()
    }

    package nonisolated func heads() -> AsyncStream<HeadEvent> { broadcast.subscribe() }

    /// The client's status.
    package func status() async -> HostChainStatus {
        HostChainStatus(
            head: machine.head, headChanged: headChanged, trouble: troubles[.head],
            indexTrouble: troubles[.oldLogs] ?? troubles[.newLogs], indexIsComplete: machine.isComplete,
            refusals: await rpc.refusals)
    }

    /// The time since the client was made, by the monotonic clock.
    var elapsed: Duration { clock.now - start }

    private var moment: HostChainMachine.Moment {
        HostChainMachine.Moment(elapsed: elapsed, time: now(), jitter: .random(in: 0...1))
    }

    /// Runs a conversation with the source until it is over.
    private func hold(_ talk: HostChainMachine.Talk) async throws {
        var effects = machine.due(talk, at: moment)
        var failure: RPCFailure?
        while !effects.isEmpty {
            var next: [HostChainMachine.Effect] = []
            for effect in effects {
                switch effect {
                case .tell(let event):
                    broadcast.send(event)
                    headChanged = clock.now
                case .found(let trouble, let subject):
                    note(trouble.map { HostChainTrouble($0, failure) }, of: subject)
                case .otherChain(let actual):
                    throw HostChainFailure.wrongChain(expected: configuration.chainID, actual: actual)
                case .wait(let duration):
                    try await clock.sleep(for: duration)
                    next = machine.due(talk, at: moment)
                case .ask(let question):
                    do throws(RPCFailure) {
                        let answer = try await ask(question)
                        next = machine.answered(answer, in: talk, at: moment)
                    } catch {
                        try Task.checkCancellation()
                        logger.debug("host chain: \(talk): \(error)")
                        failure = error
                        next = machine.failed(talk, at: moment)
                    }
                }
            }
            effects = next
        }
    }

    /// Reports a change to the operator. A lasting trouble is reported once.
    private func note(_ trouble: HostChainTrouble?, of subject: HostChainMachine.Subject) {
        guard !Task.isCancelled else { return }
        troubles[subject] = trouble
        if let trouble {
            if let condition = trouble.condition { reports.bad(subject.name, condition) }
        } else {
            reports.well(subject.name)
        }
    }

    private func ask(_ question: HostChainMachine.Question) async throws(RPCFailure) -> HostChainMachine.Answer {
        switch question {
        case .identity:
            let contracts = [configuration.bridge, configuration.validator]
            let identity = try await rpc.identity(contracts: contracts)
            if identity.saysSyncing {
                logger.info("host chain: the source says that it is syncing; it is judged by the age of its head")
            }
            return .identity(
                chainID: identity.chainID,
                unknownContracts: zip(contracts, identity.haveCode).filter { !$1 }.map(\.0))
        case .head: return .head(try await rpc.head())
        case .blocks(let range): return .blocks(try await rpc.blocks(range))
        case .logsOf(let blocks):
            return .logsOf(try await rpc.logs(of: blocks, from: configuration.bridge, topics: IndexedEvent.topics))
        case .logsIn(let range):
            return .logsIn(try await rpc.logs(in: range, from: configuration.bridge, topics: IndexedEvent.topics))
        case .pendingRedemption(let key, let block):
            let call = Bridge.PendingRedemptions(key)
            let result = try await rpc.call([(to: configuration.bridge, data: call.encoded)], at: block)[0].get()
            guard case .returned(let data) = result else { return .pendingRedemption(nil) }
            do {
                return .pendingRedemption(try Bridge.PendingRedemptions.decode(answer: data))
            } catch {
                throw RPCFailure.contradiction(method: "eth_call", "no redemption request")
            }
        }
    }
}

extension HostChainMachine.Subject {
    /// The name in the operator's log lines.
    fileprivate var name: String {
        switch self {
        case .head: "host chain"
        case .newLogs: "host chain logs of new blocks"
        case .oldLogs: "host chain logs of old blocks"
        case .hole: "host chain's index"
        case .clock: "clock"
        }
    }
}
