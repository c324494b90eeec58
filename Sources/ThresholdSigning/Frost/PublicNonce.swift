package import Secp256k1

/// A signer's two nonce points for one signature (BIP-0445).
package struct PublicNonce: Hashable, Sendable {
    package let first: CurvePoint
    package let second: CurvePoint

    /// Joins two points.
    package init(first: CurvePoint, second: CurvePoint) {
        self.first = first
        self.second = second
    }

    /// Decodes two compressed points; nil if a half is not a point. The zero encoding of infinity is not accepted.
    package init?(decoding encoded: EncodedNonce) {
        guard let first = CurvePoint(compressed: encoded.firstHalf),
            let second = CurvePoint(compressed: encoded.secondHalf)
        else { return nil }
        self.init(first: first, second: second)
    }

    /// The 66 bytes on the wire.
    package var encoded: EncodedNonce { EncodedNonce(first: first.compressed, second: second.compressed) }
}

/// The sum of the public nonces of a set, half by half; a half may be infinity (threshold-signing.md §6.3).
package struct AggregateNonce: Hashable, Sendable {
    package let first: Point
    package let second: Point

    /// Adds decoded nonces.
    package init(sum nonces: [PublicNonce]) {
        first = Point.sum(nonces.map { .affine($0.first) })
        second = Point.sum(nonces.map { .affine($0.second) })
    }

    /// Decodes two halves, each a compressed point or 33 zero bytes for infinity; nil for any other bytes.
    package init?(decoding encoded: EncodedNonce) {
        guard let first = Point(decoding: encoded.firstHalf), let second = Point(decoding: encoded.secondHalf) else {
            return nil
        }
        self.first = first
        self.second = second
    }

    /// The 66 bytes on the wire.
    package var encoded: EncodedNonce { EncodedNonce(first: first.encoded, second: second.encoded) }
}
