package import Primitives

/// A number modulo the order n of secp256k1, in constant time (threshold-signing.md §3).
///
/// It may be secret: it has no `Equatable`, no description and no order; ``PublicScalar`` wraps one that is public.
package struct Scalar: Sendable {
    package static let zero = Scalar(0)
    package static let one = Scalar(1)

    let limbs: ScalarLimbs

    init(limbs: ScalarLimbs) { self.limbs = limbs }

    /// Widens a small number.
    package init(_ small: UInt64) { limbs = ScalarLimbs(small, 0, 0, 0) }

    /// Takes 32 big-endian bytes; nil for another length or at n and above. For everything received.
    package init?(strict bytes: some Collection<UInt8>) {
        guard let limbs = Self.read(bytes), ScalarArithmetic.overflowMask(limbs) == 0 else { return nil }
        self.limbs = limbs
    }

    /// Takes 32 big-endian bytes; nil for another length, for 0, or at n and above. For keys and nonces.
    package init?(strictNonzero bytes: some Collection<UInt8>) {
        guard let limbs = Self.read(bytes) else { return nil }
        guard ScalarArithmetic.overflowMask(limbs) | ScalarArithmetic.isZero(limbs) == 0 else { return nil }
        self.limbs = limbs
    }

    /// Takes 32 secret big-endian bytes under the same rule as ``init(strictNonzero:)``.
    package init?(secret: borrowing SecretBytes) {
        guard let scalar = secret.withUnsafeBytes({ Scalar(strictNonzero: $0) }) else { return nil }
        self = scalar
    }

    /// Takes a hash output, reduced by one masked subtraction; the bias is 2^-128.
    package init(wrapping hash: Hash32) {
        let words = hash.bigEndianWords
        limbs = ScalarArithmetic.reduceOnce(ScalarLimbs(words.3, words.2, words.1, words.0), carry: 0)
    }

    /// Takes 48 or 64 big-endian bytes, reduced; nil for another length. For hash-to-field.
    package init?(wide bytes: Bytes) {
        guard bytes.count == 48 || bytes.count == 64 else { return nil }
        let padded = Bytes(repeating: 0, count: 64 - bytes.count) + bytes
        guard let high = Self.read(padded[..<32]), let low = Self.read(padded[32...]) else { return nil }
        limbs = ScalarArithmetic.reduceWide(
            low.l0, low.l1, low.l2, low.l3, high.l0, high.l1, high.l2, high.l3)
    }

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

    /// The inverse by Fermat, exponent n - 2, which is public; 0 gives 0.
    package var inverse: Scalar {
        var result = Scalar.one
        for word in [
            ScalarArithmetic.n3, ScalarArithmetic.n2, ScalarArithmetic.n1, ScalarArithmetic.n0 &- 2,
        ] {
            for bit in stride(from: 63, through: 0, by: -1) {
                result = result.squared
                // The exponent is the same for every value: this branch is public.
                if word &>> UInt64(bit) & 1 == 1 { result = result * self }
            }
        }
        return result
    }

    /// The inverses of all values with one inversion (Montgomery's trick). No value may be 0: one makes all 0.
    package static func batchInverse(_ values: [Scalar]) -> [Scalar] {
        var products: [Scalar] = []
        var product = Scalar.one
        for value in values {
            products.append(product)
            product = product * value
        }
        var inverse = product.inverse
        var inverses = values
        for index in values.indices.reversed() {
            inverses[index] = inverse * products[index]
            inverse = inverse * values[index]
        }
        return inverses
    }

    /// All ones for 0, else 0.
    package var isZero: UInt64 { ScalarArithmetic.isZero(limbs) }

    /// All ones above n / 2, else 0.
    package var isHigh: UInt64 { ScalarArithmetic.isHigh(limbs) }

    /// All ones for an odd value, else 0.
    package var isOdd: UInt64 { 0 &- (limbs.l0 & 1) }

    /// `a` where the mask is all ones, `b` where it is 0; no other mask has a meaning.
    package static func select(_ mask: UInt64, _ a: Scalar, _ b: Scalar) -> Scalar {
        Scalar(limbs: ScalarArithmetic.select(mask, a.limbs, b.limbs))
    }

    /// The Lagrange coefficient of x coordinate `x` at 0: the product of `y / (y - x)` over the other coordinates.
    ///
    /// Coordinates are public seat numbers, so this takes variable time. nil where one is 0 or repeated, or `x` is not
    /// among them.
    package static func lagrange(_ coordinates: [UInt32], at x: UInt32) -> Scalar? {
        guard coordinates.contains(x), Set(coordinates).count == coordinates.count, !coordinates.contains(0) else {
            return nil
        }
        var numerator = Scalar.one
        var denominator = Scalar.one
        for y in coordinates where y != x {
            numerator = numerator * Scalar(UInt64(y))
            denominator = denominator * (Scalar(UInt64(y)) - Scalar(UInt64(x)))
        }
        return numerator * denominator.inverse
    }

    /// The 32 big-endian bytes; for values that are public.
    package var bytes: Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(32)
        for limb in [limbs.l3, limbs.l2, limbs.l1, limbs.l0] { bytes.append(bigEndian: limb) }
        return bytes
    }

    /// The 32 big-endian bytes as a secret.
    package var secretBytes: SecretBytes { SecretBytes(count: 32) { write(to: $0) } }

    /// Lends the 32 big-endian bytes in memory that is wiped afterwards.
    package func withSecretBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            defer { wipe(buffer) }
            write(to: buffer)
            return buffer.withMemoryRebound(to: UInt8.self) { bytes in
                guard let base = bytes.baseAddress else { preconditionFailure("32 bytes have an address") }
                return body(base)
            }
        }
    }

    private func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: limbs.l3.bigEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: limbs.l2.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: limbs.l1.bigEndian, toByteOffset: 16, as: UInt64.self)
        buffer.storeBytes(of: limbs.l0.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    private static func read(_ bytes: some Collection<UInt8>) -> ScalarLimbs? {
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for (index, byte) in bytes.enumerated() {
            switch index &>> 3 {
            case 0: words.0 = words.0 &<< 8 | UInt64(byte)
            case 1: words.1 = words.1 &<< 8 | UInt64(byte)
            case 2: words.2 = words.2 &<< 8 | UInt64(byte)
            default: words.3 = words.3 &<< 8 | UInt64(byte)
            }
        }
        return ScalarLimbs(words.3, words.2, words.1, words.0)
    }
}

/// A scalar that is public, and so may be compared and hashed.
package struct PublicScalar: Hashable, Sendable {
    /// The number.
    package let scalar: Scalar

    /// Declares a scalar to be public.
    package init(_ scalar: Scalar) { self.scalar = scalar }

    /// The 32 big-endian bytes.
    package var bytes: Bytes { scalar.bytes }

    package static func == (left: PublicScalar, right: PublicScalar) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
