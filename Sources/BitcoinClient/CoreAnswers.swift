import Foundation

/// The answers of Bitcoin Core, as far as they are read; names are the node's.
struct ChainInfo: Decodable, Sendable {
    let chain: String
    let blocks: UInt32
    let headers: UInt32
    let bestblockhash: String
    let initialblockdownload: Bool
    let time: UInt64?
}

struct UnspentInfo: Decodable, Sendable {
    let confirmations: UInt64
}

struct SpendingInfo: Decodable, Sendable {
    let spendingtxid: String?
}

struct FeeInfo: Decodable, Sendable {
    /// BTC per 1,000 vB; absent where the node has no estimate.
    let feerate: Decimal?
}

struct MempoolInfo: Decodable, Sendable {
    let mempoolminfee: Decimal?
    let minrelaytxfee: Decimal?
}

struct ScanResult: Decodable, Sendable {
    let success: Bool
    let unspents: [Unspent]

    struct Unspent: Decodable, Sendable {
        let txid: String
        let vout: UInt32
        let scriptPubKey: String
        let amount: Decimal
        let height: UInt32
    }
}
