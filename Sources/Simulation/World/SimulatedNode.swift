import ChainFollowing
import ChainModels
import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// One operator of the world: its process, its disk, its view of the chains, and what ails it.
final class SimulatedNode {
    let index: Int
    /// By which events know the process.
    let number: Int
    let address: EthereumAddress
    let signatures: any OperatorSignatures
    /// How the process is configured at its next start.
    var configuration: NodeConfiguration
    private var driver: NodeDriver?
    var disk = SimulatedDisk()
    /// Counts the process's starts: what was under way before a crash reaches nobody.
    private(set) var epoch = 0
    /// The daemon's own follower and index of the host chain, which this node's source answers.
    var following = HostChainMachine(World.following)
    /// The newest blocks that the machine was told, oldest first.
    private(set) var heard: [HostBlock] = []
    var random: SeededRandom
    /// What is wrong with it now.
    var ailment = Ailment()
    /// The links of which the process was told that they stand: to which process of the other operator.
    var links: [Int: Int] = [:]

    /// What can be wrong with a node besides its network.
    struct Ailment {
        /// The process dies around one input.
        var crash: CrashPlan?
        /// Its source of heads says nothing until then.
        var headsSilentUntil: UInt64 = 0
        /// Its source answers, and tells of no further block until then.
        var headsFrozenUntil: UInt64 = 0
        /// Its source is so many blocks behind, until then.
        var headsBehind: UInt64 = 0
        var headsBehindUntil: UInt64 = 0
        /// Its source stays with a chain of which the newest blocks were replaced, until then.
        var orphaned: (chain: HostChainModel, until: UInt64)?
        /// It hears only every so-many-th block, and each so many times.
        var headStride: UInt64 = 1
        var headRepeats = 1
        /// Its source shows other hashes than the chain has from the first block to the last.
        var fork: ClosedRange<BlockNumber>?
        /// Its source refuses all questions for logs until then.
        var logsSilentUntil: UInt64 = 0
        /// Its source says that nothing was requested in these blocks, until then.
        var indexHole: (blocks: ClosedRange<BlockNumber>, until: UInt64)?
        /// Its Bitcoin source cannot be asked, until then.
        var bitcoinSilentUntil: UInt64 = 0
        /// Its Bitcoin source is another chain's, until then.
        var bitcoinForeignUntil: UInt64 = 0
        /// Its Bitcoin source shows the past, until then.
        var bitcoinLagUntil: UInt64 = 0
        /// Every message costs it so many milliseconds, until then.
        var slowness: UInt64 = 150
        var slowUntil: UInt64 = 0
        /// It stands still, and what is for it waits, until then.
        var pausedUntil: UInt64 = 0
        var diskFullUntil: UInt64 = 0
        /// Milliseconds by which its clock is off.
        var clockSkew: Int64 = 0
        /// What it sends has a version that nobody knows, until then.
        var otherVersionUntil: UInt64 = 0
        /// Its signing messages have a wrong byte, until then.
        var garblesUntil: UInt64 = 0
        /// It washes its bad shares off, or answers no request at all, until then, and is faster than the honest.
        var washing: (until: UInt64, isSilent: Bool) = (0, false)
        /// It asks again under the number of its last request, until then.
        var repeatsSessionsUntil: UInt64 = 0
        var requests: [Envelope] = []
    }

    /// When a slow node is free for its next message.
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

    /// The process starts from its disk.
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

    /// The process is gone, at once.
    func kill() {
        epoch += 1
        freeAt = 0
        driver = nil
        ailment.crash = nil
    }

    /// The node is told of its chain.
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

    /// Gives an input to the process; gives what its machine wants, and nothing where no process runs.
    func take(_ input: NodeInput, at time: UInt64) -> [NodeEffect] {
        driver?.take(input, now: now(time), random: &random) ?? []
    }

    /// What the process wants to commit.
    func transaction() -> LedgerTransaction? { driver?.transaction() }

    /// The process hears that its commit returned; gives what it wants done.
    func committed(_ result: CommitResult) -> [NodeAction] { driver?.committed(result) ?? [] }

    /// The process hears that a message arrived.
    func delivered(_ row: UInt64, to peer: EthereumAddress) { driver?.delivered([row], to: peer) }

    /// The next message for a peer's link; the process counts it as sent.
    func next(for peer: EthereumAddress) -> OutboxRow? {
        guard let row = driver?.next(for: peer) else { return nil }
        driver?.wasSent(to: peer)
        return row
    }

    /// Whether the machine waits for nothing but time.
    func isRenewalDue(at time: UInt64) -> Bool { driver?.machine.isRenewalDue(at: now(time)) ?? false }

    /// The election of a window; nil until its seed is read.
    func election(_ key: WindowKey) -> Election? {
        driver?.machine.election(of: key.wallet, start: key.coordinationBlock)
    }
}

extension NodeInput {
    /// The byte by which the log of events knows it.
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

/// When a process dies.
struct CrashPlan {
    /// The input around which it dies.
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

    /// How far it still comes.
    enum Point {
        /// Nothing of the input is on disk (also: a torn write, which the store drops at the next start).
        case beforeCommit
        /// The input is on disk, and that many of its messages have left.
        case afterCommit(sent: Int)
    }

    var trigger: Trigger
    let point: Point
    /// How long it stays down.
    let milliseconds: UInt64
}
