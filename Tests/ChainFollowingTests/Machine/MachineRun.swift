import ChainFollowing
import Ethereum
import Node
import Primitives
import TestKit
import WalletActions

/// A machine and its source: a chain in memory that answers what it is asked, with faults on demand.
final class MachineRun {
    var chain: TestChain
    var machine: HostChainMachine
    /// The chain as told; grows and is cut as a subscriber's is.
    private(set) var told: [HostBlock] = []
    private(set) var asked: [HostChainMachine.Question] = []
    private(set) var found: [HostChainMachine.Effect] = []
    private(set) var waits: [Duration] = []
    private(set) var otherChain: UInt64?
    var elapsed = Duration.zero
    var time: UInt64 = 0
    var chainID: UInt64 = 1
    var unknownContracts: [EthereumAddress] = []
    /// Whether a question has no answer.
    var fails: (HostChainMachine.Question) -> Bool = { _ in false }
    /// What the source gives in place of the logs of a block.
    var logs: (HostBlock, [PlacedLog]) -> [PlacedLog] = { $1 }
    /// What the Bridge shows under any key.
    var pending: Bridge.RedemptionRequest?

    init(_ chain: TestChain, startBlock: UInt64 = 0, logRange: UInt64 = 16, maximumHeadAge: UInt64? = nil) {
        self.chain = chain
        machine = HostChainMachine(
            HostChainConfiguration(
                chainID: 1, bridge: TestChain.bridge, validator: .zero, startBlock: BlockNumber(startBlock),
                poll: .seconds(2), logRange: logRange, maxRange: 64,
                following: HeadFollower.Limits(anchorDepth: 8, kept: 64, fetchSize: 8),
                maximumHeadAge: maximumHeadAge))
    }

    private var moment: HostChainMachine.Moment {
        HostChainMachine.Moment(elapsed: elapsed, time: time, jitter: 0.5)
    }

    /// Holds a conversation until it waits or is over.
    func hold(_ talk: HostChainMachine.Talk) {
        var effects = machine.due(talk, at: moment)
        while !effects.isEmpty {
            var next: [HostChainMachine.Effect] = []
            for effect in effects {
                switch effect {
                case .tell(.block(let block)): told.append(block)
                case .tell(.reorganised(let ancestor, _)): told.removeAll { $0.number > ancestor.number }
                case .found: found.append(effect)
                case .otherChain(let id): otherChain = id
                case .wait(let duration): waits.append(duration)
                case .ask(let question):
                    asked.append(question)
                    next =
                        fails(question)
                        ? machine.failed(talk, at: moment)
                        : answer(question).map {
                            machine.answered($0, in: talk, at: moment)
                        } ?? machine.failed(talk, at: moment)
                }
            }
            effects = next
        }
    }

    /// Everything that is due, once.
    func poll() {
        hold(.head)
        hold(.history)
        hold(.holes)
        elapsed += .seconds(2)
    }

    /// What was found of a subject last.
    func trouble(_ subject: HostChainMachine.Subject) -> HostChainMachine.Trouble? {
        for case .found(let trouble, subject) in found.reversed() { return trouble }
        return nil
    }

    private func answer(_ question: HostChainMachine.Question) -> HostChainMachine.Answer? {
        switch question {
        case .identity: .identity(chainID: chainID, unknownContracts: unknownContracts)
        case .head: .head(chain.head)
        case .blocks(let range):
            .blocks((range.lowerBound.rawValue...range.upperBound.rawValue).map { chain[BlockNumber($0)] })
        case .logsOf(let blocks):
            blocks.allSatisfy { chain[$0.number] == $0 }
                ? .logsOf(blocks.map { logs($0, chain.logs(of: $0)) }) : nil
        case .logsIn(let range):
            .logsIn(
                chain.blocks.filter { range.contains($0.number) }.flatMap { logs($0, chain.logs(of: $0)) })
        case .pendingRedemption: .pendingRedemption(pending)
        }
    }
}
