package import Primitives
package import Secp256k1

/// The data that unlocks an input: its script and its witness (wallet-actions.md §5.1, §16).
package struct Unlocking: Hashable, Sendable {
    /// The unlocking script; empty for witness inputs.
    package let scriptSig: Script
    /// The witness elements; empty for inputs unlocked by script.
    package let witness: [Bytes]

    /// P2WPKH: witness [signature, key].
    package static func p2wpkh(_ signature: ECDSASignature, key: CurvePoint) -> Unlocking {
        Unlocking(witness: [withType(signature), key.compressed])
    }

    /// P2WSH of a deposit script: witness [signature, key, redeem script].
    package static func p2wsh(_ signature: ECDSASignature, key: CurvePoint, redeemScript: Script) -> Unlocking {
        Unlocking(witness: [withType(signature), key.compressed, redeemScript.bytes])
    }

    /// P2PKH: the script pushes signature and key.
    package static func p2pkh(_ signature: ECDSASignature, key: CurvePoint) -> Unlocking {
        Unlocking(scriptSig: .pushing([withType(signature), key.compressed]))
    }

    /// P2SH of a deposit script: the script pushes signature, key and redeem script.
    package static func p2sh(_ signature: ECDSASignature, key: CurvePoint, redeemScript: Script) -> Unlocking {
        Unlocking(scriptSig: .pushing([withType(signature), key.compressed, redeemScript.bytes]))
    }

    /// P2TR by key path, sighash type `default`: the 64 bytes of the signature alone.
    package static func taprootKeyPath(_ signature: SchnorrSignature) -> Unlocking {
        Unlocking(witness: [signature.bytes])
    }

    private init(scriptSig: Script = [], witness: [Bytes] = []) {
        self.scriptSig = scriptSig
        self.witness = witness
    }

    private static func withType(_ signature: ECDSASignature) -> Bytes {
        signature.der + [Sighash.ecdsaAll]
    }
}
