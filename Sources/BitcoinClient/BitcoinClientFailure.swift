import JSONRPC
import Primitives
import WalletActions

/// Why a node's word cannot be used.
enum BitcoinClientFailure: Error, Hashable, Sendable {
    /// The call has no result.
    case rpc(JSONRPCFailure)
    /// The node is on another chain.
    case wrongChain(String)
    /// The tip is this many seconds old by its block time.
    case old(seconds: UInt64)
    /// The node's view moved while it was asked, or it is busy with another's scan.
    case stale
    /// An answer fails its check.
    case contradiction
    /// The node knows of it and cannot show it.
    case missing

    /// The failure as rules see it.
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

    /// What the operator is told; nil where the next question may well be answered: the view moved, or the node does not
    /// have what was asked for.
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

/// Error codes of Bitcoin Core that mean something here (its src/rpc/protocol.h).
enum CoreError {
    /// RPC_MISC_ERROR, among others for a block that was pruned.
    static let pruned = -1
    /// RPC_INVALID_ADDRESS_OR_KEY: no such transaction or block.
    static let notFound = -5
    /// RPC_INVALID_PARAMETER: a height that the chain no longer reaches, or a scan while another runs.
    static let invalidParameter = -8
    /// RPC_CLIENT_IN_INITIAL_DOWNLOAD.
    static let initialDownload = -10
    /// RPC_VERIFY_ALREADY_IN_UTXO_SET: the transaction is confirmed.
    static let alreadyInChain = -27
    /// RPC_IN_WARMUP: the node starts and answers nothing else.
    static let warmingUp = -28
}
