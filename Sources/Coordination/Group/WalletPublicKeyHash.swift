package import Primitives

/// The name of a wallet: HASH160 of its compressed 33-byte public key (coordination.md §1).
package struct WalletPublicKeyHash: FixedBytes {
    package static let byteCount = 20
    /// The zero hash, which means "no wallet" in envelopes (coordination.md §6).
    package static let none = WalletPublicKeyHash(.zero)

    /// The hash as plain bytes.
    package let hash: Hash20

    /// Takes a hash as a wallet's name.
    package init(_ hash: Hash20) { self.hash = hash }

    package init(loading buffer: UnsafeRawBufferPointer) { hash = Hash20(loading: buffer) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) { hash.store(to: buffer, at: offset) }

    package static func < (left: WalletPublicKeyHash, right: WalletPublicKeyHash) -> Bool { left.hash < right.hash }
}
