import Bitcoin
import Primitives
import Secp256k1
import TestKit
import Testing

/// The Bitcoin figures of wallet-actions.md, as far as this target is asked: forms, sizes, fees, proofs, transactions.
@Suite struct BitcoinVectors {
    @Test("Scripts, sizes, fees, headers, branches and transactions are the published ones")
    func figures() throws {
        let file = try VectorFile("bitcoin")
        var report = CaseReport("BitcoinVectors")
        try scripts(file, &report)
        try encoding(file, &report)
        try proofs(file, &report)
        try fees(file, &report)
        try transactions(file, &report)
        #expect(report.total() > 0, "no figures were found")
        report.notRun("scripts.deposit")
        report.notRun("relay_window")
        report.notRun("moving_funds_safety_margin")
        report.notRun("spv_unproven")
    }

    private struct KeyFigure: Decodable {
        let secret: String
        let publicKey: String
        let publicKeyUncompressed: String
        let publicKeyHash: String
    }

    private struct PubkeyScripts: Decodable {
        let uncompressed: String
        let publicKeyHash: String
        let p2pkh: String
        let p2wpkh: String
    }

    private struct RedeemScript: Decodable {
        let script: String
        let sha256: String
        let hash160: String
        let p2wsh: String
        let p2sh: String
    }

    private struct LengthPrefixed: Decodable {
        let script: String
        let prefixed: String
    }

    private struct Kind: Decodable {
        let script: String
        let kind: String
    }

    private struct ExtractedHash: Decodable {
        let script: String
        let publicKeyHash: String?
    }

    private func scripts(_ file: VectorFile, _ report: inout CaseReport) throws {
        let testKey = try file.object("testKey", as: KeyFigure.self)
        if let figure = testKey {
            let key = try TestKey(hex: figure.secret).publicKey
            #expect(key.compressed.hex == figure.publicKey)
            #expect(key.uncompressed.hex == figure.publicKeyUncompressed)
            #expect(hash160(key.compressed).hex == figure.publicKeyHash)
        }
        report.ran("testKey", testKey == nil ? 0 : 1)

        let pubkey = try file.object("scripts", "pubkey", as: PubkeyScripts.self)
        if let figure = pubkey {
            let key = try #require(CurvePoint(uncompressed: try Bytes(hex: figure.uncompressed)))
            let hash = hash160(key.compressed)
            #expect(hash.hex == figure.publicKeyHash)
            #expect(Script.p2pkh(hash).hex == figure.p2pkh)
            #expect(Script.p2wpkh(hash).hex == figure.p2wpkh)
        }
        report.ran("scripts.pubkey", pubkey == nil ? 0 : 1)

        let redeem = try file.object("scripts", "redeem", as: RedeemScript.self)
        if let figure = redeem {
            let script = Script(try Bytes(hex: figure.script))
            #expect(sha256(script.bytes).hex == figure.sha256)
            #expect(hash160(script.bytes).hex == figure.hash160)
            #expect(script.asP2WSH.hex == figure.p2wsh)
            #expect(script.asP2SH.hex == figure.p2sh)
        }
        report.ran("scripts.redeem", redeem == nil ? 0 : 1)

        try report.check("scripts", "length_prefixed", of: file, as: LengthPrefixed.self) { figure in
            let script = Script(try Bytes(hex: figure.script))
            #expect(script.lengthPrefixed.hex == figure.prefixed)
            #expect(try Script(lengthPrefixed: Bytes(hex: figure.prefixed)) == script)
        }

        try report.check("scripts", "length_prefixed_bad", of: file, as: String.self) { figure in
            let bytes = try Bytes(hex: figure)
            #expect(throws: DecodingFailure.self, "\(figure)") { try Script(lengthPrefixed: bytes) }
        }

        try report.check("scripts", "kinds", of: file, as: Kind.self) { (figure) throws in
            #expect(Script(try Bytes(hex: figure.script)).kind.rawValue == figure.kind)
        }

        try report.check("scripts", "extract_pkh", of: file, as: ExtractedHash.self) { (figure) throws in
            #expect(Script(try Bytes(hex: figure.script)).publicKeyHash?.hex == figure.publicKeyHash)
        }
    }

    private struct CompactSize: Decodable {
        let bytes: String
        let value: UInt64?
        let length: Int?
    }

    private struct DoubleHash: Decodable {
        let data: String
        let digest: String
    }

    private struct HashOrders: Decodable {
        let `internal`: String
        let display: String
        let bad: String
    }

    private func encoding(_ file: VectorFile, _ report: inout CaseReport) throws {
        let sizes = try file.group("encoding", "compact_size", as: CompactSize.self)
        for figure in sizes {
            var reader = ByteReader(try Bytes(hex: figure.bytes))
            guard let value = figure.value else {
                #expect(throws: DecodingFailure.self) { try reader.compactSize("size") }
                continue
            }
            #expect(try reader.compactSize("size") == value)
            #expect(reader.offset == figure.length)
            var bytes = Bytes()
            bytes.append(compactSize: Int(value))
            #expect(bytes.hex == figure.bytes)
        }
        report.ran("encoding.compact_size", sizes.count)

        try report.check("encoding", "double_sha256", of: file, as: DoubleHash.self) { (figure) throws in
            #expect(hash256(try Bytes(hex: figure.data)).hex == figure.digest)
        }

        let orders = try file.object("encoding", "hash_orders", as: HashOrders.self)
        if let figure = orders {
            let txid = Txid(try Hash32(hex: figure.internal))
            #expect(txid.display == figure.display)
            #expect(try Txid(display: figure.display) == txid)
            #expect(throws: HexFailure.self) { try Txid(display: figure.bad) }
        }
        report.ran("encoding.hash_orders", orders == nil ? 0 : 1)
    }

    private struct Header: Decodable {
        let version: UInt32?
        let prev: String?
        let merkleRoot: String?
        let time: UInt32?
        let bits: UInt32
        let nonce: UInt32?
        let raw: String?
        let hash: String?
        let targetDec: String?
        let difficulty: UInt64?
        let difficultyFloor: UInt64?
    }

    private struct Branch: Decodable {
        let nodes: [String]
        let position: UInt32
        let txid: String?
        let merkleRoot: String?

        func branch() throws -> MerkleBranch {
            let siblings = try nodes.map { try Hash32(hex: $0).reversed }
            return try #require(MerkleBranch(position: position, siblings: siblings))
        }
    }

    private struct Proof: Decodable {
        struct Parts: Decodable {
            let version: String
            let inputVector: String
            let outputVector: String
            let locktime: String
        }

        struct Expected: Decodable {
            let merkleProof: String
            let txIndex: UInt32
            let headers: String
            let coinbasePreimage: String
            let coinbaseProof: String
        }

        let tx: String
        let txid: String
        let txParts: Parts
        let headers: [Header]
        let txBranch: Branch
        let coinbaseTx: String
        let coinbaseBranch: Branch
        let expected: Expected
    }

    private func check(_ figure: Header) throws {
        let target = try #require(Target(bits: figure.bits))
        #expect(target.difficulty.uint64 == figure.difficulty ?? figure.difficultyFloor)
        if let decimal = figure.targetDec { #expect(target.value == (try number(decimal))) }
        guard let raw = figure.raw else { return }
        let header = try BlockHeader(decoding: Bytes(hex: raw))
        #expect(header.encoded.hex == raw)
        #expect(header.version == figure.version)
        #expect(header.previous.display == figure.prev)
        #expect(header.merkleRoot.reversed.hex == figure.merkleRoot)
        #expect(header.time == figure.time)
        #expect(header.bits == figure.bits)
        #expect(header.nonce == figure.nonce)
        #expect(header.hash.display == figure.hash)
        #expect(header.meetsTarget)
    }

    /// A decimal text of any length as a number of 256 bits.
    private func number(_ decimal: String) throws -> UInt256 {
        var bytes = Bytes(repeating: 0, count: 32)
        for digit in decimal.utf8 {
            var carry = Int(digit - UInt8(ascii: "0"))
            for index in bytes.indices.reversed() {
                carry += Int(bytes[index]) * 10
                bytes[index] = UInt8(carry & 0xff)
                carry >>= 8
            }
            #expect(carry == 0)
        }
        return try #require(UInt256(bytes))
    }

    private func proofs(_ file: VectorFile, _ report: inout CaseReport) throws {
        try report.check("headers", of: file, as: Header.self) { figure in try check(figure) }

        try report.check("merkle_branches", of: file, as: Branch.self) { figure in
            let txid = try Txid(display: try #require(figure.txid))
            #expect(try figure.branch().root(from: txid.hash).reversed.hex == figure.merkleRoot)
        }

        try report.check("spv_proofs", of: file, as: Proof.self) { figure in
            let transaction = try Transaction(decoding: Bytes(hex: figure.tx))
            #expect(transaction.encoded.hex == figure.tx)
            #expect(transaction.txid.display == figure.txid)
            #expect(transaction.inputVector.hex == figure.txParts.inputVector)
            #expect(transaction.outputVector.hex == figure.txParts.outputVector)
            let joined = figure.txParts.version + figure.txParts.inputVector + figure.txParts.outputVector
            #expect(hash256(try Bytes(hex: joined + figure.txParts.locktime)) == transaction.txid.hash)

            for header in figure.headers { try check(header) }
            let chain = try figure.headers.map { try BlockHeader(decoding: Bytes(hex: try #require($0.raw))) }
            for (parent, child) in zip(chain, chain.dropFirst()) { #expect(child.previous == parent.hash) }
            let encoded = chain.flatMap(\.encoded).hex
            #expect(encoded.hasPrefix(figure.expected.headers))

            let coinbase = try Transaction(decoding: Bytes(hex: figure.coinbaseTx))
            #expect(coinbase.isCoinbase)
            #expect(sha256(coinbase.strippedBytes).hex == figure.expected.coinbasePreimage)
            let branch = try figure.txBranch.branch()
            let coinbaseBranch = try figure.coinbaseBranch.branch()
            #expect(
                branch.shows(transaction.txid, in: chain[0], coinbase: coinbase.txid, coinbaseBranch: coinbaseBranch))
            #expect(branch.position == figure.expected.txIndex)
            #expect(branch.encoded.hex == figure.expected.merkleProof)
            #expect(coinbaseBranch.encoded.hex == figure.expected.coinbaseProof)
        }
    }

    private struct Size: Decodable {
        struct Input: Decodable {
            let kind: String
            let redeemLength: Int?
        }

        let inputs: [Input]
        let outputs: [String]
        let vsize: UInt64
    }

    /// A figure of a group that also holds a note.
    private enum Derived: Decodable {
        case vsize(UInt64)
        case note

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let vsize = try? container.decode(UInt64.self) {
                self = .vsize(vsize)
            } else {
                _ = try container.decode(String.self)
                self = .note
            }
        }
    }

    private struct RateTimesSize: Decodable {
        let rate: UInt64
        let vsize: UInt64
        let fee: UInt64
    }

    private struct EqualSplit: Decodable {
        let total: UInt64
        let n: Int
        let shares: [UInt64]
    }

    private struct RateText: Decodable {
        let btcPerKvb: String
        let satPerVb: UInt64?
    }

    /// Inputs and number of P2WPKH outputs of a shape that the figures name.
    private func shape(_ name: String) throws -> (inputs: [InputKind], outputs: Int) {
        let parts = name.split(separator: "_").map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("deposit", _):
            let count = try #require(Int(parts[2]))
            return ([.p2wpkh] + Array(repeating: .p2wsh(redeemLength: 126), count: count), 1)
        // The change, and the requests.
        case ("redemption", let count?): return ([.p2wpkh], 1 + (try #require(Int(count))))
        case ("moving", _): return ([.p2wpkh], try #require(Int(parts[2])))
        case ("moved", _):
            return (Array(repeating: .p2wpkh, count: try #require(Int(parts[3].prefix(1)))), 1)
        default:
            Issue.record("no such shape: \(name)")
            return ([], 0)
        }
    }

    private func fees(_ file: VectorFile, _ report: inout CaseReport) throws {
        let outputs: [String: Script] = [
            "p2pkh": .p2pkh(.zero), "p2wpkh": .p2wpkh(.zero), "p2sh": .p2sh(.zero), "p2wsh": .p2wsh(.zero),
            "p2tr": .p2tr(.zero),
        ]
        try report.check("vsize", of: file, as: Size.self) { figure in
            let inputs = try figure.inputs.map { try InputKind(named: $0.kind, redeemLength: $0.redeemLength) }
            let scripts = try figure.outputs.map { try #require(outputs[$0]) }
            #expect(TransactionSize(inputs: inputs, outputs: scripts).vsize == figure.vsize)
        }

        let derived = try file.object("proposal_vsize_derived", as: [String: Derived].self) ?? [:]
        var derivedCount = 0
        for (name, figure) in derived {
            guard case .vsize(let vsize) = figure else { continue }
            let shape = try shape(name)
            let scripts = Array(repeating: Script.p2wpkh(.zero), count: shape.outputs)
            #expect(TransactionSize(inputs: shape.inputs, outputs: scripts).vsize == vsize, "\(name)")
            derivedCount += 1
        }
        report.ran("proposal_vsize_derived", derivedCount)

        try report.check("fees", "rate_times_vsize", of: file, as: RateTimesSize.self) { figure in
            let rate = FeeRate(satoshisPerVirtualByte: figure.rate)
            #expect(rate.fee(vsize: figure.vsize)?.rawValue == figure.fee)
        }

        try report.check("fees", "equal_split", of: file, as: EqualSplit.self) { figure in
            let total = try #require(Satoshis(figure.total))
            #expect(FeeSplit(total: total, count: figure.n)?.shares.map(\.rawValue) == figure.shares)
        }

        let rates = try file.group("fees", "rate_from_btc_per_kvb", as: RateText.self)
        for figure in rates {
            guard let rate = figure.satPerVb else {
                #expect(throws: DecimalFailure.self) { try FeeRate(bitcoinPerKilobyte: figure.btcPerKvb) }
                continue
            }
            #expect(try FeeRate(bitcoinPerKilobyte: figure.btcPerKvb).satoshisPerVirtualByte == rate)
        }
        report.ran("fees.rate_from_btc_per_kvb", rates.count)
    }
}

extension InputKind {
    /// The kind that the figures name so.
    init(named name: String, redeemLength: Int?) throws {
        switch name {
        case "p2pkh": self = .p2pkh
        case "p2wpkh": self = .p2wpkh
        case "p2tr": self = .p2tr
        case "p2sh": self = .p2sh(redeemLength: try #require(redeemLength))
        case "p2wsh": self = .p2wsh(redeemLength: try #require(redeemLength))
        default: throw DecodingFailure.value(field: name)
        }
    }
}
