package import Primitives

/// A public or aggregate nonce in its wire form: 66 bytes that may or may not be two points.
///
/// Messages carry it undecoded. So invalid nonce bytes blame their signer and do not spoil a message.
package struct EncodedNonce: Hashable, Sendable {
    /// The size of two compressed points.
    package static let byteCount = 66

    /// The 66 bytes.
    package let bytes: Bytes

    /// Takes exactly 66 bytes; nil for any other number.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Bytes(bytes)
    }

    /// Joins two halves of 33 bytes.
    init(first: Bytes, second: Bytes) {
        precondition(first.count == 33 && second.count == 33, "a half of a nonce is a compressed point")
        bytes = first + second
    }

    /// The 33 bytes of the first half.
    package var firstHalf: Bytes { Bytes(bytes[..<33]) }

    /// The 33 bytes of the second half.
    package var secondHalf: Bytes { Bytes(bytes[33...]) }
}
