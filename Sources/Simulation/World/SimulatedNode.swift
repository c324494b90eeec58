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
    private(set) var machine: NodeMachine?
    var disk = SimulatedDisk()
    /// Counts the process's starts: what was under way before a crash reaches nobody.
    private(set) var epoch = 0
    /// The blocks that the machine was told, the newest last: enough to find a common ancestor.
    var heard: [HostBlock] = []
    var random: SeededRandom
    /// What is wrong with it now.
    var ailment = Ailment()
    /// Who writes its journal, if anybody does.
    var tap: (any NodeTap)?

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
        /// Its source gave no logs for these blocks, and its index has the hole until then.
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

    var isUp: Bool { machine != nil }

    /// The process starts from its disk.
    func start() {
        epoch += 1
        heard = []
        configuration.bootNonce = Bytes(sha256(Bytes("boot \(number) \(epoch)".utf8)).bytes.prefix(16))
        machine = NodeMachine(
            configuration: configuration, signatures: signatures, ledger: disk.ledger, cursor: disk.cursor)
        tap?.started(configuration)
    }

    /// The process is gone, at once.
    func kill() {
        epoch += 1
        freeAt = 0
        machine = nil
        ailment.crash = nil
        tap?.killed()
    }

    /// The node's own clock.
    func now(_ time: UInt64) -> SigningInstant {
        let skewed = Int64(time) + ailment.clockSkew
        return SigningInstant(milliseconds: UInt64(max(0, skewed)))
    }

    /// Gives an input to the machine; nothing where there is none.
    func take(_ input: NodeInput, at time: UInt64) -> [NodeEffect] {
        if let tap, machine != nil { tap.told(input, machine?.memory(before: input), at: now(time)) }
        return machine?.take(input, now: now(time), random: &random) ?? []
    }

    /// Whether the machine waits for nothing but time.
    func isRenewalDue(at time: UInt64) -> Bool { machine?.isRenewalDue(at: now(time)) ?? false }

    /// A link came up or went down; gives what is to be said again over it.
    func link(_ peer: EthereumAddress, isUp: Bool, at time: UInt64) -> [NodeEffect] {
        take(.linkChanged(peer, isUp: isUp), at: time)
    }
}

/// Hears what a process is told and what of it is committed, as the journal of a real node does.
protocol NodeTap: AnyObject {
    /// It starts from its disk.
    func started(_ configuration: NodeConfiguration)
    /// It is told something, before which it keeps that in memory.
    func told(_ input: NodeInput, _ memory: NodeMemory?, at now: SigningInstant)
    /// What follows from the last input is on disk, where anything is.
    func committed(_ effects: [NodeEffect], at block: BlockNumber)
    /// What is not committed is lost.
    func killed()
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
