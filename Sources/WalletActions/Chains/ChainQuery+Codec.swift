import Bitcoin
import Ethereum
package import Primitives

extension ChainQuery {
    /// The kind byte of each question; stored in journals and bundles, so never reused (docs/protocol/wire.md §9).
    private enum Kind: UInt8 {
        case block = 1
        // 2 to 6, 9 and 10 were the questions for one contract view each.
        case redemptionRequests = 7
        case announcedTransactions = 8
        case call = 11
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
        case .call(let contract, let data, let at):
            begin(.call)
            switch contract {
            case .bridge: bytes.append(0)
            case .validator: bytes.append(1)
            case .at(let address):
                bytes.append(2)
                bytes.append(address)
            }
            bytes.append(counted: data)
            bytes.append(at)
        case .redemptionRequests(let wallet, let upTo):
            begin(.redemptionRequests)
            bytes.append(wallet)
            bytes.append(bigEndian: upTo.rawValue)
        case .announcedTransactions(let wallet, let upTo):
            begin(.announcedTransactions)
            bytes.append(wallet)
            bytes.append(bigEndian: upTo.rawValue)
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
    ///
    /// - Throws: ``DecodingFailure`` where the bytes do not begin with the canonical encoding of a question.
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "query") }
        switch kind {
        case .block: self = .host(.block(try reader.blockNumber()))
        case .call:
            let contract: HostContract
            switch try reader.byte() {
            case 0: contract = .bridge
            case 1: contract = .validator
            case 2: contract = .at(try reader.fixed())
            default: throw .value(field: "contract")
            }
            self = .host(.call(contract, try reader.counted(), at: try reader.blockRead()))
        case .redemptionRequests:
            self = .host(.redemptionRequests(try reader.fixed(), upTo: try reader.blockNumber()))
        case .announcedTransactions:
            self = .host(.announcedTransactions(try reader.fixed(), upTo: try reader.blockNumber()))
        case .tip: self = .bitcoin(.tip)
        case .transaction: self = .bitcoin(.transaction(Txid(try reader.fixed())))
        case .unspentOutputs: self = .bitcoin(.unspentOutputs(Script(try reader.counted())))
        case .spender: self = .bitcoin(.spender(of: try reader.outPoint()))
        case .feeQuotes: self = .bitcoin(.feeQuotes(target: try reader.bigEndian()))
        }
    }
}
