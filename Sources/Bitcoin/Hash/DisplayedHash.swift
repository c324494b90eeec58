package import Primitives

/// A double SHA-256 that Bitcoin displays in reversed byte order.
///
/// It is held, hashed and compared in internal order: the raw digest, as transactions, headers and contracts carry it.
/// Its text is in display order, as explorers and RPC show it.
package protocol DisplayedHash: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The raw digest, in internal order.
    var hash: Hash32 { get }
    /// Takes a raw digest in internal order.
    init(_ hash: Hash32)
}

extension DisplayedHash {
    /// Reads exactly 64 hexadecimal digits in display order, without `0x`.
    ///
    /// - Throws: ``HexFailure`` for every other text.
    package init(display text: some StringProtocol) throws(HexFailure) {
        let hash = try Hash32(hex: text)
        guard text.utf8.count == 2 * Hash32.byteCount else { throw .notADigit(offset: 1) }
        self.init(hash.reversed)
    }

    /// 64 lower-case hexadecimal digits in display order.
    package var display: String { hash.reversed.hex }

    /// The 32 bytes in internal order.
    package var bytes: Bytes { hash.bytes }

    package var description: String { display }

    package static func < (left: Self, right: Self) -> Bool { left.hash < right.hash }
}

/// The identity of a transaction: `hash256` of its serialisation without witness.
package struct Txid: DisplayedHash {
    package let hash: Hash32

    package init(_ hash: Hash32) { self.hash = hash }
}

/// The identity of a transaction together with its witness: `hash256` of its whole serialisation (BIP-0141).
package struct Wtxid: DisplayedHash {
    package let hash: Hash32

    package init(_ hash: Hash32) { self.hash = hash }
}

/// The identity of a block: `hash256` of its 80-byte header.
package struct BlockHash: DisplayedHash {
    /// The parent hash in the first block of a chain.
    package static let zero = BlockHash(.zero)

    package let hash: Hash32

    package init(_ hash: Hash32) { self.hash = hash }
}
