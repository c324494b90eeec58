package import Primitives

/// The hashed keys of the Bridge's storage (contracts.md §1.2). Transaction hashes are in internal order.
package enum ContractKeys {
    /// The key of a redemption request: Keccak-256 of the prefixed script's Keccak-256 and the wallet's public key
    /// hash.
    package static func redemption(script: Bytes, wallet: Hash20) -> UInt256 {
        UInt256(keccak256(keccak256(PrefixedScript(script).bytes).bytes + wallet.bytes))
    }

    /// The key of a deposit, of a moved-funds sweep request and of a spent main UTXO.
    package static func output(transaction: Hash32, index: UInt32) -> UInt256 {
        UInt256(keccak256(outpoint(transaction, index)))
    }

    /// The hash of a wallet's main UTXO in the wallet's record; the record holds zero if there is no main UTXO.
    package static func mainUtxoHash(transaction: Hash32, index: UInt32, value: UInt64) -> Hash32 {
        var bytes = outpoint(transaction, index)
        bytes.append(bigEndian: value)
        return keccak256(bytes)
    }

    private static func outpoint(_ transaction: Hash32, _ index: UInt32) -> Bytes {
        var bytes = transaction.bytes
        bytes.append(bigEndian: index)
        return bytes
    }
}
