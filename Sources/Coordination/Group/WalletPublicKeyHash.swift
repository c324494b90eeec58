package import Primitives

/// The name of a wallet: HASH160 of its compressed 33-byte public key (coordination.md §1).
package struct WalletPublicKeyHash: FixedBytes {
    package static let byteCount = 20
    /// The zero hash, which stands in envelopes for "no wallet" (coordination.md §6).
    package static let none = WalletPublicKeyHash(.zero)

    /// The hash without its meaning.
    package let hash: Hash20

    /// Takes a hash as a wallet's name.
    package init(_ hash: Hash20) { self.hash = hash }

    /// Takes exactly 20 bytes; nil for any other number.
    package init?(_ bytes: some Collection<UInt8>) {
        guard let hash = Hash20(bytes) else { return nil }
        self.hash = hash
    }

    package var bytes: Bytes { hash.bytes }

    package static func < (left: WalletPublicKeyHash, right: WalletPublicKeyHash) -> Bool { left.hash < right.hash }
}
