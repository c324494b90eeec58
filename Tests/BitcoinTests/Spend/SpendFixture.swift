import Bitcoin
import Primitives
import Secp256k1
import TestKit
import Testing

/// A key and signed transactions that spend outputs paid to it.
struct SpendFixture {
    /// Which output of the key is spent.
    enum Kind: CaseIterable {
        case p2tr, p2wpkh, p2pkh
    }

    let key: TestKey

    init() throws { key = try TestKey(hex: "7c246a5d2fcf476fd6f805cb8174b1cf441b13ea414e5560ca2bdc963aeb7d0c") }

    var keyHash: Hash20 { hash160(key.publicKey.compressed) }

    func script(_ kind: Kind) -> Script {
        switch kind {
        case .p2tr: .p2tr(XOnlyPublicKey(key.publicKey).x)
        case .p2wpkh: .p2wpkh(keyHash)
        case .p2pkh: .p2pkh(keyHash)
        }
    }

    /// A transaction with one input a kind and two outputs, unsigned, and the outputs it spends; another `salt`, other
    /// outputs spent.
    func template(_ kinds: [Kind], salt: UInt8 = 0) throws -> (transaction: Transaction, spent: [TxOutput]) {
        let inputs = kinds.indices.map { index in
            TxInput(
                outPoint: OutPoint(txid: Txid(sha256([salt, UInt8(index)])), index: UInt32(index)),
                sequence: 0xffff_fffd)
        }
        let outputs = [
            TxOutput(value: try #require(Satoshis(40_000)), script: script(.p2tr)),
            TxOutput(value: try #require(Satoshis(9_000)), script: .p2wsh(sha256([]))),
        ]
        let value = try #require(Satoshis(50_000))
        return (
            Transaction(version: 1, inputs: inputs, outputs: outputs, lockTime: 0),
            kinds.map { TxOutput(value: value, script: script($0)) }
        )
    }

    /// The same, signed.
    func signed(_ kinds: [Kind], salt: UInt8 = 0) throws -> (transaction: Transaction, spent: [TxOutput]) {
        let (template, spent) = try template(kinds, salt: salt)
        let sighash = try Sighash(template, spent: spent)
        let unlockings = try kinds.indices.map { index in
            let digest = try sighash.digest(input: index)
            switch kinds[index] {
            case .p2tr:
                return Unlocking.taprootKeyPath(key.value.signSchnorr(message: digest.bytes, auxiliary: .zero))
            case .p2wpkh: return Unlocking.p2wpkh(key.value.signECDSA(digest), key: key.publicKey)
            case .p2pkh: return Unlocking.p2pkh(key.value.signECDSA(digest), key: key.publicKey)
            }
        }
        return (template.unlocked(by: unlockings), spent)
    }
}

extension SeededGenerator {
    /// One to four changes: a byte replaced, put in or taken out, or the end cut off.
    mutating func mutated(_ bytes: Bytes) -> Bytes {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<8, using: &self) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes[place] = [0, 1, 0xfc, 0xfd, 0xfe, 0xff].randomElement(using: &self) ?? 0
            default: bytes[place] = UInt8.random(in: 0...255, using: &self)
            }
        }
        return bytes
    }
}
