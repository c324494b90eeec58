import JSONRPC
import WalletActions

/// Why a node's word cannot be used.
enum BitcoinClientFailure: Error, Hashable, Sendable {
    case rpc(JSONRPCFailure)
    /// The node is on another chain.
    case wrongChain(String)
    /// The node is behind, or busy with another scan.
    case stale
    /// An answer fails its check.
    case contradiction

    /// The failure as rules see it.
    var unavailable: ChainAnswer.Unavailable {
        switch self {
        case .rpc(.transport), .rpc(.status): .silent
        case .rpc(.malformed): .contradiction
        case .rpc(.error(let error)): error.code == CoreError.pruned ? .missing : .silent
        case .wrongChain, .stale: .stale
        case .contradiction: .contradiction
        }
    }
}

/// Error codes of Bitcoin Core that mean something here.
enum CoreError {
    /// RPC_INVALID_ADDRESS_OR_KEY: no such transaction or block.
    static let notFound = -5
    /// RPC_MISC_ERROR, among others for a block that was pruned.
    static let pruned = -1
    /// RPC_VERIFY_ALREADY_IN_UTXO_SET: the transaction is confirmed.
    static let alreadyInChain = -27
}
