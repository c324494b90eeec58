import Foundation

/// The answers of Bitcoin Core, as far as they are read; names are the node's. A field that Core always sends is not
/// optional.
///
/// A `Decimal` holds 38 digits and drops the digits after them. In a possible amount or rate the loss is less than
/// 10^-30 bitcoin.
struct ChainInfo: Decodable, Sendable {
    let chain: String
    let blocks: UInt32
    let headers: UInt32
    let bestblockhash: String
    let initialblockdownload: Bool
    let time: UInt64
}

struct BlockInfo: Decodable, Sendable {
    /// The ids of the block's transactions, the coinbase's first.
    let tx: [String]
}

struct TransactionInfo: Decodable, Sendable {
    let hex: String
    /// The block that a transaction index names; absent in the mempool.
    let blockhash: String?
}

struct UnspentInfo: Decodable, Sendable {
    let bestblock: String
    let confirmations: UInt64
}

struct SpendingInfo: Decodable, Sendable {
    let txid: String
    let vout: UInt32
    let spendingtxid: String?
}

struct FeeInfo: Decodable, Sendable {
    /// BTC per 1,000 vB; absent where the node has no estimate.
    let feerate: Decimal?
}

struct MempoolInfo: Decodable, Sendable {
    let mempoolminfee: Decimal
    let minrelaytxfee: Decimal
}

struct ScanResult: Decodable, Sendable {
    let success: Bool
    let height: UInt32
    let bestblock: String
    let unspents: [Unspent]

    struct Unspent: Decodable, Sendable {
        let txid: String
        let vout: UInt32
        let scriptPubKey: String
        let amount: Decimal
        let height: UInt32
    }
}

/// The progress of a scan; null if no scan runs.
struct ScanStatus: Decodable, Sendable {
    /// Percent.
    let progress: Decimal
}
