import Bitcoin
package import Primitives

extension ChainQuery {
    /// The kind byte of each question; stored in journals and bundles, so never reused (docs/protocol/wire.md §9).
    private enum Kind: UInt8 {
        case block = 1
        case wallet = 2
        case redemptionParameters = 3
        case redemptionConstants = 4
        case pendingRedemption = 5
        case redemptionDelay = 6
        case redemptionRequests = 7
        case announcedTransactions = 8
        case validateRedemption = 9
        case validateHeartbeat = 10
        case tip = 32
        case transaction = 33
        case unspentOutputs = 34
        case spender = 35
        case feeQuotes = 36
    }

    /// Appends the question: its kind byte and its fields, integers big-endian.
    package func append(to bytes: inout Bytes) {
        switch self {
        case .host(let query): Self.append(query, to: &bytes)
        case .bitcoin(let query): Self.append(query, to: &bytes)
        }
    }

    private static func append(_ query: HostQuery, to bytes: inout Bytes) {
        func begin(_ kind: Kind) { bytes.append(kind.rawValue) }
        switch query {
        case .block(let number):
            begin(.block)
            bytes.append(bigEndian: number.rawValue)
        case .wallet(let wallet, let at):
            begin(.wallet)
            bytes.append(wallet)
            bytes.append(at)
        case .redemptionParameters(let at):
            begin(.redemptionParameters)
            bytes.append(at)
        case .redemptionConstants(let at):
            begin(.redemptionConstants)
            bytes.append(at)
        case .pendingRedemption(let key, let at):
            begin(.pendingRedemption)
            bytes.append(key)
            bytes.append(at)
        case .redemptionDelay(let key, let at):
            begin(.redemptionDelay)
            bytes.append(key)
            bytes.append(at)
        case .redemptionRequests(let wallet, let upTo):
            begin(.redemptionRequests)
            bytes.append(wallet)
            bytes.append(bigEndian: upTo.rawValue)
        case .announcedTransactions(let wallet, let upTo):
            begin(.announcedTransactions)
            bytes.append(wallet)
            bytes.append(bigEndian: upTo.rawValue)
        case .validateRedemption(let wallet, let scripts, let fee, let at):
            begin(.validateRedemption)
            bytes.append(wallet)
            bytes.append(list: scripts) { $0.append(counted: $1) }
            bytes.append(bigEndian: fee)
            bytes.append(at)
        case .validateHeartbeat(let wallet, let message, let at):
            begin(.validateHeartbeat)
            bytes.append(wallet)
            bytes.append(counted: message)
            bytes.append(at)
        }
    }

    private static func append(_ query: BitcoinQuery, to bytes: inout Bytes) {
        func begin(_ kind: Kind) { bytes.append(kind.rawValue) }
        switch query {
        case .tip: begin(.tip)
        case .transaction(let txid):
            begin(.transaction)
            bytes.append(txid.hash)
        case .unspentOutputs(let script):
            begin(.unspentOutputs)
            bytes.append(counted: script.bytes)
        case .spender(let outPoint):
            begin(.spender)
            bytes.append(outPoint)
        case .feeQuotes(let target):
            begin(.feeQuotes)
            bytes.append(bigEndian: target)
        }
    }

    /// Reads a question.
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "query") }
        switch kind {
        case .block: self = .host(.block(try reader.blockNumber()))
        case .wallet: self = .host(.wallet(try reader.fixed(), at: try reader.blockRead()))
        case .redemptionParameters: self = .host(.redemptionParameters(at: try reader.blockRead()))
        case .redemptionConstants: self = .host(.redemptionConstants(at: try reader.blockRead()))
        case .pendingRedemption: self = .host(.pendingRedemption(key: try reader.fixed(), at: try reader.blockRead()))
        case .redemptionDelay: self = .host(.redemptionDelay(key: try reader.fixed(), at: try reader.blockRead()))
        case .redemptionRequests:
            self = .host(.redemptionRequests(try reader.fixed(), upTo: try reader.blockNumber()))
        case .announcedTransactions:
            self = .host(.announcedTransactions(try reader.fixed(), upTo: try reader.blockNumber()))
        case .validateRedemption:
            self = .host(
                .validateRedemption(
                    try reader.fixed(),
                    scripts: try reader.counted { reader throws(DecodingFailure) in try reader.counted() },
                    fee: try reader.bigEndian(), at: try reader.blockRead()))
        case .validateHeartbeat:
            self = .host(
                .validateHeartbeat(try reader.fixed(), message: try reader.counted(), at: try reader.blockRead()))
        case .tip: self = .bitcoin(.tip)
        case .transaction: self = .bitcoin(.transaction(Txid(try reader.fixed())))
        case .unspentOutputs: self = .bitcoin(.unspentOutputs(Script(try reader.counted())))
        case .spender: self = .bitcoin(.spender(of: try reader.outPoint()))
        case .feeQuotes: self = .bitcoin(.feeQuotes(target: try reader.bigEndian()))
        }
    }
}
