import Bitcoin
import Coordination
import Ethereum
package import Primitives

extension ChainAnswer {
    /// The kind byte of each answer; stored in journals and bundles, so never reused (docs/protocol/wire.md §9).
    private enum Kind: UInt8 {
        case unavailable = 0
        case block = 1
        // 2 to 6, 9 and 10 were the answers to one contract view each.
        case redemptionRequests = 7
        case announcedTransactions = 8
        case returned = 11
        case reverted = 12
        case tip = 32
        case transaction = 33
        case unspentOutputs = 34
        case spender = 35
        case feeQuotes = 36
    }

    /// Appends the answer: its kind byte and its fields, integers big-endian.
    package func append(to bytes: inout Bytes) {
        switch self {
        case .host(let answer): Self.append(answer, to: &bytes)
        case .bitcoin(let answer): Self.append(answer, to: &bytes)
        case .unavailable(let reason):
            bytes.append(Kind.unavailable.rawValue)
            bytes.append(reason.byte)
        }
    }

    private static func append(_ answer: HostAnswer, to bytes: inout Bytes) {
        func begin(_ kind: Kind) { bytes.append(kind.rawValue) }
        switch answer {
        case .block(let block):
            begin(.block)
            bytes.append(block)
        case .returned(let data):
            begin(.returned)
            bytes.append(counted: data)
        case .reverted(let reason):
            begin(.reverted)
            bytes.append(counted: reason.encoded)
        case .redemptionRequests(let events):
            begin(.redemptionRequests)
            bytes.append(list: events) { $1.append(to: &$0) }
        case .announcedTransactions(let hashes):
            begin(.announcedTransactions)
            bytes.append(list: hashes) { $0.append($1) }
        }
    }

    private static func append(_ answer: BitcoinAnswer, to bytes: inout Bytes) {
        func begin(_ kind: Kind) { bytes.append(kind.rawValue) }
        switch answer {
        case .tip(let tip):
            begin(.tip)
            bytes.append(bigEndian: tip.height)
            bytes.append(tip.hash.hash)
        case .transaction(let found):
            begin(.transaction)
            bytes.append(list: found.map { [$0] } ?? []) { $1.append(to: &$0) }
        case .unspentOutputs(let outputs):
            begin(.unspentOutputs)
            bytes.append(list: outputs) { bytes, unspent in
                bytes.append(unspent.outPoint)
                bytes.append(unspent.output)
                bytes.append(bigEndian: unspent.height)
            }
        case .spender(let spender):
            begin(.spender)
            switch spender {
            case .unspent: bytes.append(0)
            case .spent(let transaction):
                bytes.append(1)
                transaction.append(to: &bytes)
            case .noSuchOutput: bytes.append(2)
            }
        case .feeQuotes(let quotes):
            begin(.feeQuotes)
            bytes.append(list: quotes) { bytes, quote in
                bytes.append(quote.estimate == nil ? 0 : 1)
                if let estimate = quote.estimate { bytes.append(bigEndian: estimate) }
                bytes.append(bigEndian: quote.mempoolMinimum)
            }
        }
    }

    /// Reads an answer.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes do not begin with the canonical encoding of an answer.
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "answer") }
        switch kind {
        case .unavailable:
            guard let reason = Unavailable(byte: try reader.byte()) else { throw .value(field: "unavailable") }
            self = .unavailable(reason)
        case .block: self = .host(.block(try reader.hostBlock()))
        case .returned: self = .host(.returned(try reader.counted()))
        case .reverted: self = .host(.reverted(RevertReason(try reader.counted())))
        case .redemptionRequests:
            self = .host(
                .redemptionRequests(
                    try reader.counted { reader throws(DecodingFailure) in
                        try RedemptionRequestedEvent(from: &reader)
                    }))
        case .announcedTransactions:
            self = .host(
                .announcedTransactions(try reader.counted { reader throws(DecodingFailure) in try reader.fixed() }))
        case .tip:
            self = .bitcoin(
                .tip(BitcoinTip(height: try reader.bitcoinHeight(), hash: BlockHash(try reader.fixed()))))
        case .transaction:
            let found = try reader.counted { reader throws(DecodingFailure) in try LocatedTransaction(from: &reader) }
            guard found.count <= 1 else { throw .length(field: "transaction", value: UInt64(found.count)) }
            self = .bitcoin(.transaction(found.first))
        case .unspentOutputs:
            self = .bitcoin(
                .unspentOutputs(
                    try reader.counted { reader throws(DecodingFailure) in
                        UnspentOutput(
                            outPoint: try reader.outPoint(), output: try reader.output(),
                            height: try reader.bitcoinHeight())
                    }))
        case .spender:
            switch try reader.byte() {
            case 0: self = .bitcoin(.spender(.unspent))
            case 1: self = .bitcoin(.spender(.spent(by: try LocatedTransaction(from: &reader))))
            case 2: self = .bitcoin(.spender(.noSuchOutput))
            default: throw .value(field: "spender")
            }
        case .feeQuotes:
            self = .bitcoin(
                .feeQuotes(
                    try reader.counted { reader throws(DecodingFailure) in
                        let hasEstimate = try reader.byte()
                        guard hasEstimate <= 1 else { throw .value(field: "estimate") }
                        return FeeQuote(
                            estimate: hasEstimate == 1 ? try reader.bigEndian() : nil,
                            mempoolMinimum: try reader.bigEndian())
                    }))
        }
    }
}

extension ChainAnswer.Unavailable {
    fileprivate var byte: UInt8 {
        switch self {
        case .silent: 1
        case .stale: 2
        case .contradiction: 3
        case .missing: 4
        }
    }

    fileprivate init?(byte: UInt8) {
        switch byte {
        case 1: self = .silent
        case 2: self = .stale
        case 3: self = .contradiction
        case 4: self = .missing
        default: return nil
        }
    }
}

extension RedemptionRequestedEvent {
    fileprivate func append(to bytes: inout Bytes) {
        bytes.append(bigEndian: block.rawValue)
        bytes.append(bigEndian: logIndex)
        bytes.append(key)
        bytes.append(counted: script)
        bytes.append(redeemer)
        for value in [requestedAmount, treasuryFee, txMaxFee] { bytes.append(bigEndian: value) }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        self.init(
            block: try reader.blockNumber(), logIndex: try reader.bigEndian(), key: try reader.fixed(),
            script: try reader.counted(), redeemer: try reader.fixed(), requestedAmount: try reader.bigEndian(),
            treasuryFee: try reader.bigEndian(), txMaxFee: try reader.bigEndian())
    }
}

extension LocatedTransaction {
    fileprivate func append(to bytes: inout Bytes) {
        bytes.append(counted: transaction.encoded)
        switch place {
        case .mempool: bytes.append(0)
        case .block(let height, let hash, let confirmations):
            bytes.append(1)
            bytes.append(bigEndian: height)
            bytes.append(hash.hash)
            bytes.append(bigEndian: confirmations)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        let transaction = try Transaction(decoding: try reader.counted())
        switch try reader.byte() {
        case 0: self.init(transaction: transaction, place: .mempool)
        case 1:
            self.init(
                transaction: transaction,
                place: .block(
                    height: try reader.bitcoinHeight(), hash: BlockHash(try reader.fixed()),
                    confirmations: try reader.bigEndian()))
        default: throw .value(field: "place")
        }
    }
}
