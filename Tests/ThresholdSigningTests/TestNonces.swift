import Primitives
import Secp256k1

@testable import ThresholdSigning

/// Public nonces whose secrets matter to nobody.
enum TestNonces {
    static func nonce(_ number: UInt64) -> PublicNonce {
        let points = [2 * number, 2 * number + 1].compactMap {
            Point.generator.multiplied(byPublic: Scalar($0 + 1)).finite
        }
        return PublicNonce(first: points[0], second: points[1])
    }

    static func encoded(_ number: UInt64) -> EncodedNonce { nonce(number).encoded }

    /// 66 bytes that are no two points.
    static let undecodable = EncodedNonce(
        first: Bytes(repeating: 4, count: 33), second: Bytes(repeating: 4, count: 33))
}
