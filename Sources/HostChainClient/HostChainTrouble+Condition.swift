import ChainFollowing
import Ethereum
import JSONRPC
import Primitives
import WalletActions

extension RPCFailure {
    /// The condition reported to the operator; nil if there is no failure.
    var condition: Condition? {
        switch self {
        case .cancelled: nil
        case .call(let method, let failure):
            failure.condition.map {
                Condition(reason: $0.reason, found: "\(method): \($0.found)", remedy: $0.remedy)
            }
        case .contradiction(let method, let text):
            Condition(
                reason: .hostContradiction, found: "\(method): \(text)")
        case .otherBlock(let method):
            Condition(
                reason: .otherBlock, found: "\(method): the source has another block at that number")
        }
    }
}

extension HostChainTrouble {
    /// The condition reported to the operator; nil if there is no failure.
    var condition: Condition? {
        switch self {
        case .source(let failure): failure.condition
        case .noContract(let contract):
            Condition(
                reason: .noContract, found: "no code at \(contract)")
        case .old(let seconds):
            Condition(
                reason: .oldHead, found: "the source's head is \(seconds) s old by its block time")
        case .unconfirmed(let block, let failure):
            failure.condition.map {
                Condition(
                    reason: .unconfirmed,
                    found:
                        "no head is taken before the source gives the logs of block \(block.number) or a later one by "
                        + "its hash: \($0.found)")
            }
        case .unlinked(let block):
            Condition(
                reason: .unlinked, found: "block \(block.number) shares none of the chain that is followed")
        case .logs(let failure):
            Condition(
                reason: .hostLogs, found: "logs break a rule: \(failure)")
        case .hole(let time):
            Condition(
                reason: .indexHole,
                found: "the Bridge shows a redemption requested at \(time.seconds), and the source "
                    + "gave no event of it; no redemption is proposed or judged meanwhile")
        case .clockBehind(let seconds):
            Condition(
                reason: .clockBehind, found: "the host chain's head is \(seconds) s in this machine's future")
        }
    }
}
