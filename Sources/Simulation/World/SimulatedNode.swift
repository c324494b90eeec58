import ChainFollowing
import ChainModels
import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// One operator of the world: its process, its disk, its view of the chains, and its ailments.
final class SimulatedNode {
    let index: Int
    /// The number by which events name the process.
    let number: Int
    let address: EthereumAddress
    let signatures: any OperatorSignatures
    /// The configuration of the process at its next start.
    var configuration: NodeConfiguration
    private var driver: NodeDriver?
    var disk = SimulatedDisk()
    /// The number of the process's starts: events in flight before a crash are dropped.
    private(set) var epoch = 0
    /// The daemon's own follower and index of the host chain; this node's source answers it.
    var following = HostChainMachine(World.following)
    /// The newest blocks that the machine was told, oldest first.
    private(set) var heard: [HostBlock] = []
    var random: SeededRandom
    /// The present ailments.
    var ailment = Ailment()
    /// The links that the process was told of: the number of the other operator's process, by operator.
    var links: [Int: Int] = [:]

    /// The ailments of a node, besides those of its network.
    struct Ailment {
        /// The process dies around one input.
        var crash: CrashPlan?
        /// Its source of heads is silent until this time.
        var headsSilentUntil: UInt64 = 0
        /// Its source answers, but reports no further block until this time.
        var headsFrozenUntil: UInt64 = 0
        /// Its source is this many blocks behind, until a time.
        var headsBehind: UInt64 = 0
        var headsBehindUntil: UInt64 = 0
        /// Its source stays on a chain with the newest blocks since replaced, until this time.
        var orphaned: (chain: HostChainModel, until: UInt64)?
        /// It hears only one block in `headStride`, and hears each `headRepeats` times.
        var headStride: UInt64 = 1
        var headRepeats = 1
        /// Its source shows other hashes than the chain's from the first block to the last.
        var fork: ClosedRange<BlockNumber>?
        /// Its source refuses all questions for logs until this time.
        var logsSilentUntil: UInt64 = 0
        /// Its source wrongly reports no requests in these blocks, until this time.
        var indexHole: (blocks: ClosedRange<BlockNumber>, until: UInt64)?
        /// Its Bitcoin source cannot be asked, until this time.
        var bitcoinSilentUntil: UInt64 = 0
        /// Its Bitcoin source follows another chain, until this time.
        var bitcoinForeignUntil: UInt64 = 0
        /// Its Bitcoin source lags, until this time.
        var bitcoinLagUntil: UInt64 = 0
        /// Every message costs it this many milliseconds, until a time.
        var slowness: UInt64 = 150
        var slowUntil: UInt64 = 0
        /// It stands still until this time; events for it wait.
        var pausedUntil: UInt64 = 0
        var diskFullUntil: UInt64 = 0
        /// The error of its clock in milliseconds.
        var clockSkew: Int64 = 0
        /// Its messages have an unknown version, until this time.
        var otherVersionUntil: UInt64 = 0
        /// Its signing messages have a wrong byte, until this time.
        var garblesUntil: UInt64 = 0
        /// It hides its bad shares behind fresh nonces, or answers no request at all, until this time. It is faster
        /// than the honest.
        var washing: (until: UInt64, isSilent: Bool) = (0, false)
        /// It asks again under the number of its last request, until this time.
        var repeatsSessionsUntil: UInt64 = 0
        var requests: [Envelope] = []
    }

    /// The time at which a slow node is free for its next message.
    var freeAt: UInt64 = 0

    init(
        index: Int, configuration: NodeConfiguration, signatures: any OperatorSignatures, random: SeededRandom,
        number: Int? = nil
    ) {
        self.index = index
        self.number = number ?? index
        address = configuration.me
        self.configuration = configuration
        self.signatures = signatures
        self.random = random
    }

    var isUp: Bool { driver != nil }

    /// Starts the process from its disk.
    func start(at time: UInt64) {
        epoch += 1
        heard = []
        links = [:]
        following = HostChainMachine(World.following)
        configuration.bootNonce = Bytes(sha256(Bytes("boot \(number) \(epoch)".utf8)).bytes.prefix(16))
        var driver = NodeDriver(
            configuration: configuration, signatures: signatures, start: disk.start(),
            isJournalled: disk.record != nil)
        driver.started(now: now(time))
        if let transaction = driver.transaction() { _ = disk.commit(transaction) }
        _ = driver.committed()
        self.driver = consume driver
    }

    /// Ends the process at once.
    func kill() {
        epoch += 1
        freeAt = 0
        driver = nil
        ailment.crash = nil
    }

    /// Tells the node of its chain.
    func hears(_ event: HeadEvent) {
        switch event {
        case .block(let block):
            heard.append(block)
            if heard.count > 320 { heard.removeFirst(160) }
        case .reorganised(let ancestor, _):
            while let last = heard.last, last.number > ancestor.number { heard.removeLast() }
            if heard.last != ancestor { heard = [ancestor] }
        }
    }

    /// The node's own clock.
    func now(_ time: UInt64) -> SigningInstant {
        let skewed = Int64(time) + ailment.clockSkew
        return SigningInstant(milliseconds: UInt64(max(0, skewed)))
    }

    /// Gives an input to the process; gives its machine's effects, or an empty list where no process runs.
    func take(_ input: NodeInput, at time: UInt64) -> [NodeEffect] {
        driver?.take(input, now: now(time), random: &random) ?? []
    }

    /// The transaction that the process wants to commit.
    func transaction() -> LedgerTransaction? { driver?.transaction() }

    /// Tells the process that its commit returned; gives its actions.
    func committed(_ result: CommitResult) -> [NodeAction] { driver?.committed(result) ?? [] }

    /// Tells the process that a message arrived.
    func delivered(_ row: UInt64, to peer: EthereumAddress) { driver?.delivered([row], to: peer) }

    /// Takes the next message for a peer's link; the process counts it as sent.
    func next(for peer: EthereumAddress) -> OutboxRow? {
        guard let row = driver?.next(for: peer) else { return nil }
        driver?.wasSent(to: peer)
        return row
    }

    /// Whether the machine has work that only waits for time.
    func isRenewalDue(at time: UInt64) -> Bool { driver?.machine.isRenewalDue(at: now(time)) ?? false }

    /// The election of a window; nil until its seed is read.
    func election(_ key: WindowKey) -> Election? {
        driver?.machine.election(of: key.wallet, start: key.coordinationBlock)
    }
}

extension NodeInput {
    /// The byte by which the log of events knows the input.
    var code: UInt8 {
        switch self {
        case .head: 1
        case .reorganised: 2
        case .answered: 3
        case .committed: 4
        case .received: 5
        case .timePassed: 6
        case .statusDue: 7
        case .linkChanged: 8
        case .draining: 9
        case .resumed: 10
        case .intentRefused: 11
        case .walletAdded: 12
        case .walletArchived: 13
        }
    }
}

/// The plan of a process's crash.
struct CrashPlan {
    /// The input around which the process dies.
    enum Trigger {
        /// The first whose effects vote by a proposal.
        case proposal
        /// The first whose effects vote by a verdict.
        case accept
        /// The first whose effects release a share.
        case release
        /// After that many further inputs.
        case input(Int)
    }

    /// The point in the input's handling at which the process dies.
    enum Point {
        /// Nothing of the input is on disk (also: a torn write, which the store drops at the next start).
        case beforeCommit
        /// The input is on disk, and this many of its messages have left.
        case afterCommit(sent: Int)
    }

    var trigger: Trigger
    let point: Point
    /// The milliseconds for which it stays down.
    let milliseconds: UInt64
}
