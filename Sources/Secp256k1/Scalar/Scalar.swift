/// A number modulo the order n of secp256k1, in constant time (threshold-signing.md §3).
///
/// It may be secret: it has no `Equatable`, no description and no order; ``PublicScalar`` wraps one that is public.
package struct Scalar: Sendable {
    package static let zero = Scalar(0)
    package static let one = Scalar(1)

    /// Fully reduced.
    let limbs: ScalarLimbs

    init(limbs: ScalarLimbs) { self.limbs = limbs }

    /// Widens a small number.
    package init(_ small: UInt64) { limbs = ScalarLimbs(small, 0, 0, 0) }

    /// The sum.
    package static func + (left: Scalar, right: Scalar) -> Scalar {
        Scalar(limbs: ScalarArithmetic.add(left.limbs, right.limbs))
    }

    /// The difference.
    package static func - (left: Scalar, right: Scalar) -> Scalar {
        Scalar(limbs: ScalarArithmetic.sub(left.limbs, right.limbs))
    }

    /// The product.
    package static func * (left: Scalar, right: Scalar) -> Scalar {
        Scalar(limbs: ScalarArithmetic.mul(left.limbs, right.limbs))
    }

    /// The negative.
    package static prefix func - (value: Scalar) -> Scalar { Scalar(limbs: ScalarArithmetic.neg(value.limbs)) }

    /// The square.
    package var squared: Scalar { Scalar(limbs: ScalarArithmetic.square(limbs)) }

    /// All ones for 0, else 0.
    package var isZero: UInt64 { ScalarArithmetic.isZero(limbs) }

    /// All ones above n / 2, else 0.
    package var isHigh: UInt64 { ScalarArithmetic.isHigh(limbs) }

    /// All ones for an odd value, else 0.
    package var isOdd: UInt64 { ScalarArithmetic.isOdd(limbs) }

    /// `a` where the mask is all ones, `b` where it is 0; no other mask has a meaning.
    package static func select(_ mask: UInt64, _ a: Scalar, _ b: Scalar) -> Scalar {
        Scalar(limbs: ScalarArithmetic.select(mask, a.limbs, b.limbs))
    }
}
