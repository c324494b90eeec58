import Coordination
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

    /// What the arithmetic of the test takes for a nonce.
    static func encoded(_ number: UInt64) -> EncodedNonce {
        if EachArithmetic.isCurve { return nonce(number).encoded }
        var random = SeededRandom("nonce \(number)")
        return EachArithmetic.current.drawNonce(
            share: share, key: XOnlyPublicKey(.generator), message: .zero, extra: [], random: &random
        ).offered
    }

    private static let share: SecretShare = {
        var random = SeededRandom("share")
        guard let dealt = try? DealtGroup(threshold: 1, seats: 1, random: &random),
            let share = try? dealt.share(of: SeatNumber(1))
        else { preconditionFailure("one of one is a group") }
        return share
    }()

    /// 66 bytes that are no two points.
    static let undecodable = EncodedNonce(
        first: Bytes(repeating: 4, count: 33), second: Bytes(repeating: 4, count: 33))
}
