// secret: everything in this file. No Bool, no branch and no subscript depends on a value; `make check` disassembles
// the optimised build and fails on a conditional jump in the functions marked @inline(never) (threshold-signing.md §3.3).
//
// The file has no imports, so that the check can compile it by itself.

/// Four 64-bit limbs, least significant first.
struct ScalarLimbs: Sendable {
    let l0, l1, l2, l3: UInt64

    init(_ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64) {
        (self.l0, self.l1, self.l2, self.l3) = (l0, l1, l2, l3)
    }
}

/// Arithmetic modulo the group order n; every input and output is fully reduced.
enum ScalarArithmetic {
    // n, and K = 2^256 - n, least significant limb first.
    private static let n0: UInt64 = 0xBFD2_5E8C_D036_4141
    private static let n1: UInt64 = 0xBAAE_DCE6_AF48_A03B
    private static let n2: UInt64 = 0xFFFF_FFFF_FFFF_FFFE
    private static let n3: UInt64 = 0xFFFF_FFFF_FFFF_FFFF
    private static let k0: UInt64 = 0x402D_A173_2FC9_BEBF
    private static let k1: UInt64 = 0x4551_2319_50B7_5FC4

    /// The low 64 bits.
    @inline(__always)
    private static func low(_ value: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: value) }

    /// The bits above the low 64.
    @inline(__always)
    private static func high(_ value: UInt128) -> UInt128 { value &>> 64 }

    @inline(__always)
    private static func wide(_ value: UInt64) -> UInt128 { UInt128(truncatingIfNeeded: value) }

    /// Subtracts n once where `carry` is 1 or the value is not below n; `carry` stands for 2^256.
    @inline(__always)
    private static func reduceOnce(_ a: ScalarLimbs, carry: UInt64) -> ScalarLimbs {
        // a - n = a + K - 2^256: the addition of K carries out exactly when a is not below n.
        var t = wide(a.l0) &+ wide(k0)
        let s0 = low(t)
        t = high(t) &+ wide(a.l1) &+ wide(k1)
        let s1 = low(t)
        t = high(t) &+ wide(a.l2) &+ 1
        let s2 = low(t)
        t = high(t) &+ wide(a.l3)
        let s3 = low(t)
        let mask = 0 &- ((low(high(t)) | carry) & 1)
        return ScalarLimbs(
            (s0 & mask) | (a.l0 & ~mask), (s1 & mask) | (a.l1 & ~mask),
            (s2 & mask) | (a.l2 & ~mask), (s3 & mask) | (a.l3 & ~mask))
    }

    @inline(never)
    static func add(_ a: ScalarLimbs, _ b: ScalarLimbs) -> ScalarLimbs {
        var t = wide(a.l0) &+ wide(b.l0)
        let s0 = low(t)
        t = high(t) &+ wide(a.l1) &+ wide(b.l1)
        let s1 = low(t)
        t = high(t) &+ wide(a.l2) &+ wide(b.l2)
        let s2 = low(t)
        t = high(t) &+ wide(a.l3) &+ wide(b.l3)
        return reduceOnce(ScalarLimbs(s0, s1, s2, low(t)), carry: low(high(t)))
    }

    /// n - a; 0 stays 0.
    @inline(never)
    static func neg(_ a: ScalarLimbs) -> ScalarLimbs {
        // n - a = n + ~a + 1, without its carry out of 256 bits.
        var t = wide(n0) &+ wide(~a.l0) &+ 1
        let s0 = low(t)
        t = high(t) &+ wide(n1) &+ wide(~a.l1)
        let s1 = low(t)
        t = high(t) &+ wide(n2) &+ wide(~a.l2)
        let s2 = low(t)
        t = high(t) &+ wide(n3) &+ wide(~a.l3)
        let keep = ~zeroMask(a)
        return ScalarLimbs(s0 & keep, s1 & keep, s2 & keep, low(t) & keep)
    }

    @inline(never)
    static func sub(_ a: ScalarLimbs, _ b: ScalarLimbs) -> ScalarLimbs {
        // a - b = a + ~b + 1 - 2^256; without a carry out it is negative, and n is added.
        var t = wide(a.l0) &+ wide(~b.l0) &+ 1
        let d0 = low(t)
        t = high(t) &+ wide(a.l1) &+ wide(~b.l1)
        let d1 = low(t)
        t = high(t) &+ wide(a.l2) &+ wide(~b.l2)
        let d2 = low(t)
        t = high(t) &+ wide(a.l3) &+ wide(~b.l3)
        let d3 = low(t)
        let borrow = low(high(t)) &- 1
        var u = wide(d0) &+ wide(n0 & borrow)
        let s0 = low(u)
        u = high(u) &+ wide(d1) &+ wide(n1 & borrow)
        let s1 = low(u)
        u = high(u) &+ wide(d2) &+ wide(n2 & borrow)
        let s2 = low(u)
        u = high(u) &+ wide(d3) &+ wide(n3 & borrow)
        return ScalarLimbs(s0, s1, s2, low(u))
    }

    @inline(never)
    static func mul(_ a: ScalarLimbs, _ b: ScalarLimbs) -> ScalarLimbs {
        // Schoolbook: 8 limbs.
        var t = wide(a.l0) &* wide(b.l0)
        let p0 = low(t)
        t = high(t) &+ wide(a.l1) &* wide(b.l0)
        var q1 = low(t)
        t = high(t) &+ wide(a.l2) &* wide(b.l0)
        var q2 = low(t)
        t = high(t) &+ wide(a.l3) &* wide(b.l0)
        var q3 = low(t)
        var q4 = low(high(t))

        t = wide(q1) &+ wide(a.l0) &* wide(b.l1)
        let p1 = low(t)
        t = high(t) &+ wide(q2) &+ wide(a.l1) &* wide(b.l1)
        q1 = low(t)
        t = high(t) &+ wide(q3) &+ wide(a.l2) &* wide(b.l1)
        q2 = low(t)
        t = high(t) &+ wide(q4) &+ wide(a.l3) &* wide(b.l1)
        q3 = low(t)
        q4 = low(high(t))

        t = wide(q1) &+ wide(a.l0) &* wide(b.l2)
        let p2 = low(t)
        t = high(t) &+ wide(q2) &+ wide(a.l1) &* wide(b.l2)
        q1 = low(t)
        t = high(t) &+ wide(q3) &+ wide(a.l2) &* wide(b.l2)
        q2 = low(t)
        t = high(t) &+ wide(q4) &+ wide(a.l3) &* wide(b.l2)
        q3 = low(t)
        q4 = low(high(t))

        t = wide(q1) &+ wide(a.l0) &* wide(b.l3)
        let p3 = low(t)
        t = high(t) &+ wide(q2) &+ wide(a.l1) &* wide(b.l3)
        let p4 = low(t)
        t = high(t) &+ wide(q3) &+ wide(a.l2) &* wide(b.l3)
        let p5 = low(t)
        t = high(t) &+ wide(q4) &+ wide(a.l3) &* wide(b.l3)
        return fold(p0, p1, p2, p3, p4, p5, low(t), low(high(t)))
    }

    @inline(never)
    static func square(_ a: ScalarLimbs) -> ScalarLimbs { mul(a, a) }

    /// Reduces 256 bits.
    @inline(never)
    static func wrap(_ a: ScalarLimbs) -> ScalarLimbs { reduceOnce(a, carry: 0) }

    /// Reduces 512 bits, least significant limb first.
    @inline(never)
    static func reduceWide(
        _ p0: UInt64, _ p1: UInt64, _ p2: UInt64, _ p3: UInt64, _ p4: UInt64, _ p5: UInt64, _ p6: UInt64, _ p7: UInt64
    ) -> ScalarLimbs { fold(p0, p1, p2, p3, p4, p5, p6, p7) }

    /// `low + high · K`, three times, and one masked subtraction.
    @inline(__always)
    private static func fold(
        _ p0: UInt64, _ p1: UInt64, _ p2: UInt64, _ p3: UInt64, _ p4: UInt64, _ p5: UInt64, _ p6: UInt64, _ p7: UInt64
    ) -> ScalarLimbs {
        // First fold: 512 bits to 385. The columns of high · (k0, k1, 1) are summed one product at a time, since two
        // products do not fit into 128 bits together with a carry.
        var t = wide(p0) &+ wide(p4) &* wide(k0)
        let a0 = low(t)
        t = high(t) &+ wide(p1) &+ wide(p5) &* wide(k0)
        var a1 = low(t)
        t = high(t) &+ wide(p2) &+ wide(p6) &* wide(k0)
        var a2 = low(t)
        t = high(t) &+ wide(p3) &+ wide(p7) &* wide(k0)
        var a3 = low(t)
        var a4 = low(high(t))

        t = wide(a1) &+ wide(p4) &* wide(k1)
        a1 = low(t)
        t = high(t) &+ wide(a2) &+ wide(p5) &* wide(k1)
        a2 = low(t)
        t = high(t) &+ wide(a3) &+ wide(p6) &* wide(k1)
        a3 = low(t)
        t = high(t) &+ wide(a4) &+ wide(p7) &* wide(k1)
        a4 = low(t)
        var a5 = low(high(t))

        t = wide(a2) &+ wide(p4)
        a2 = low(t)
        t = high(t) &+ wide(a3) &+ wide(p5)
        a3 = low(t)
        t = high(t) &+ wide(a4) &+ wide(p6)
        a4 = low(t)
        t = high(t) &+ wide(a5) &+ wide(p7)
        a5 = low(t)
        let a6 = low(high(t))

        // Second fold: a4, a5, a6 (together at most K) times K.
        t = wide(a0) &+ wide(a4) &* wide(k0)
        let b0 = low(t)
        t = high(t) &+ wide(a1) &+ wide(a5) &* wide(k0)
        var b1 = low(t)
        t = high(t) &+ wide(a2) &+ wide(a6) &* wide(k0)
        var b2 = low(t)
        t = high(t) &+ wide(a3)
        var b3 = low(t)
        var b4 = low(high(t))

        t = wide(b1) &+ wide(a4) &* wide(k1)
        b1 = low(t)
        t = high(t) &+ wide(b2) &+ wide(a5) &* wide(k1)
        b2 = low(t)
        t = high(t) &+ wide(b3) &+ wide(a6) &* wide(k1)
        b3 = low(t)
        b4 = b4 &+ low(high(t))

        t = wide(b2) &+ wide(a4)
        b2 = low(t)
        t = high(t) &+ wide(b3) &+ wide(a5)
        b3 = low(t)
        b4 = b4 &+ low(high(t)) &+ a6

        // Third fold: b4 is at most 2, as K² is below 1.62 · 2^256; after a carry out, what is left is below 2K.
        t = wide(b0) &+ wide(b4) &* wide(k0)
        let c0 = low(t)
        t = high(t) &+ wide(b1) &+ wide(b4) &* wide(k1)
        let c1 = low(t)
        t = high(t) &+ wide(b2) &+ wide(b4)
        let c2 = low(t)
        t = high(t) &+ wide(b3)
        return reduceOnce(ScalarLimbs(c0, c1, c2, low(t)), carry: low(high(t)))
    }

    /// `a` where the mask is all ones, `b` where it is 0.
    @inline(never)
    static func select(_ mask: UInt64, _ a: ScalarLimbs, _ b: ScalarLimbs) -> ScalarLimbs {
        ScalarLimbs(
            (a.l0 & mask) | (b.l0 & ~mask), (a.l1 & mask) | (b.l1 & ~mask),
            (a.l2 & mask) | (b.l2 & ~mask), (a.l3 & mask) | (b.l3 & ~mask))
    }

    /// All ones for 0, else 0.
    @inline(__always)
    private static func zeroMask(_ a: ScalarLimbs) -> UInt64 {
        let any = a.l0 | a.l1 | a.l2 | a.l3
        return ((any | (0 &- any)) &>> 63) &- 1
    }

    @inline(never)
    static func isZero(_ a: ScalarLimbs) -> UInt64 { zeroMask(a) }

    /// All ones for an odd value, else 0.
    @inline(never)
    static func isOdd(_ a: ScalarLimbs) -> UInt64 { 0 &- (a.l0 & 1) }

    /// All ones where the value is above n / 2, else 0.
    @inline(never)
    static func isHigh(_ a: ScalarLimbs) -> UInt64 {
        // half = floor(n / 2); half - a borrows exactly when a is above it.
        var t = wide(0xDFE9_2F46_681B_20A0) &+ wide(~a.l0) &+ 1
        t = high(t) &+ wide(0x5D57_6E73_57A4_501D) &+ wide(~a.l1)
        t = high(t) &+ wide(0xFFFF_FFFF_FFFF_FFFF) &+ wide(~a.l2)
        t = high(t) &+ wide(0x7FFF_FFFF_FFFF_FFFF) &+ wide(~a.l3)
        return low(high(t)) &- 1
    }

    /// All ones where the value is not below n, else 0; for 256 bits not reduced.
    @inline(never)
    static func isOverflow(_ a: ScalarLimbs) -> UInt64 {
        var t = wide(a.l0) &+ wide(k0)
        t = high(t) &+ wide(a.l1) &+ wide(k1)
        t = high(t) &+ wide(a.l2) &+ 1
        t = high(t) &+ wide(a.l3)
        return 0 &- low(high(t))
    }
}
