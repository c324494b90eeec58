import JSONRPC
import Primitives
import WalletActions

/// The reason for which a node's answer cannot be used.
enum BitcoinClientFailure: Error, Hashable, Sendable {
    /// The call has no result.
    case rpc(JSONRPCFailure)
    /// The node is on another chain.
    case wrongChain(String)
    /// The tip is this many seconds old by its block time.
    case old(seconds: UInt64)
    /// The node's tip moved between calls, or another client's scan runs.
    case stale
    /// An answer fails its check.
    case contradiction
    /// The node knows of the transaction or block and cannot return it.
    case missing

    /// The failure as the rules see it.
    var unavailable: ChainAnswer.Unavailable {
        switch self {
        case .rpc(.transport), .rpc(.status): .silent
        case .rpc(.malformed): .contradiction
        case .rpc(.error(let error)):
            switch error.code {
            case CoreError.pruned, CoreError.notFound: .missing
            case CoreError.invalidParameter, CoreError.initialDownload, CoreError.warmingUp: .stale
            default: .silent
            }
        case .wrongChain, .old, .stale: .stale
        case .contradiction: .contradiction
        case .missing: .missing
        }
    }

    /// The operator's condition. Nil if the next question may well be answered: the tip moved, or the node does not
    /// have the data.
    var condition: Condition? {
        switch self {
        case .rpc(.error(let error)) where error.code == CoreError.notFound || error.code == CoreError.invalidParameter:
            nil
        case .rpc(let failure): failure.condition
        case .wrongChain(let name):
            Condition(
                reason: .wrongBitcoin, found: "the node is on chain \(name.prefix(40)), or on another genesis")
        case .old(let seconds):
            Condition(
                reason: .oldTip, found: "the tip is \(seconds) s old by its block time")
        case .contradiction:
            Condition(
                reason: .bitcoinContradiction, found: "an answer fails its check")
        case .stale, .missing: nil
        }
    }
}

/// The error codes of Bitcoin Core that the client handles (its src/rpc/protocol.h).
enum CoreError {
    /// RPC_MISC_ERROR. It is also the code for a block that was pruned.
    static let pruned = -1
    /// RPC_INVALID_ADDRESS_OR_KEY: no such transaction or block.
    static let notFound = -5
    /// RPC_INVALID_PARAMETER: a height that the chain no longer reaches, or a scan while another runs.
    static let invalidParameter = -8
    /// RPC_CLIENT_IN_INITIAL_DOWNLOAD.
    static let initialDownload = -10
    /// RPC_VERIFY_ALREADY_IN_UTXO_SET: the transaction is confirmed.
    static let alreadyInChain = -27
    /// RPC_IN_WARMUP: the node is starting and answers nothing else.
    static let warmingUp = -28
}
