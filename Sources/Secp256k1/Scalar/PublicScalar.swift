package import Primitives

/// A scalar that is public. So it may be compared and hashed.
package struct PublicScalar: Hashable, Sendable {
    /// The wrapped scalar.
    package let scalar: Scalar

    /// Declares a scalar to be public.
    package init(_ scalar: Scalar) { self.scalar = scalar }

    /// The 32 big-endian bytes.
    package var bytes: Bytes { scalar.bytes }

    package static func == (left: PublicScalar, right: PublicScalar) -> Bool {
        // A reduced number has only one form.
        (left.scalar - right.scalar).isZero != 0
    }

    package func hash(into hasher: inout Hasher) {
        let limbs = scalar.limbs
        hasher.combine(limbs.l0)
        hasher.combine(limbs.l1)
        hasher.combine(limbs.l2)
        hasher.combine(limbs.l3)
    }
}
