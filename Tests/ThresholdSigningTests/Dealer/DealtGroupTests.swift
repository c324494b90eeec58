import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// A dealt key, and the checks that shares pass when they are loaded.
@Suite struct DealtGroupTests {
    private func deal(_ threshold: Int, _ seats: Int, _ seed: String = "dealer") throws -> DealtGroup {
        var random = SeededRandom(seed)
        return try DealtGroup(threshold: threshold, seats: seats, random: &random)
    }

    @Test("The key commits to no scripts: it is the first draw's point, tweaked by its own x")
    func noScripts() throws {
        var random = SeededRandom("dealer")
        let constant = try #require(Scalar(strictNonzero: random.publicBytes(32)))
        let point = try #require(Point.generatorMultiplied(by: constant).finite)
        let tweak = Tag.tapTweak.scalar(point.xOnly.bytes)
        let expected = Point.affine(point) + Point.generatorMultiplied(by: tweak)
        let dealt = try deal(2, 3)
        let key = dealt.key
        #expect(Point.affine(key.groupKey) == expected)
    }

    @Test("Same generator bytes, same key; other bytes, another")
    func deterministic() throws {
        let first = try deal(2, 3)
        let second = try deal(2, 3)
        let other = try deal(2, 3, "other")
        let keys = [first.key, second.key, other.key]
        #expect(keys[0] == keys[1])
        #expect(keys[0] != keys[2])
    }

    @Test("Every share is that of its seat and of no other", arguments: [(1, 1), (1, 3), (3, 3), (3, 5)])
    func shares(threshold: Int, seats: Int) throws {
        let dealt = try deal(threshold, seats)
        let key = dealt.key
        #expect(key.seatCount == seats)
        for number in 1...UInt16(seats) {
            let share = try dealt.share(of: SeatNumber(number))
            let seat = share.seat
            #expect(seat == SeatNumber(number))
            let copy = share.withUnsafeBytes { bytes in SecretShareTests.copy(bytes) }
            let next = SeatNumber(number % UInt16(seats) + 1)
            // With t = 1 every seat holds the same share.
            if threshold > 1 {
                #expect(throws: SecretShareFailure.otherSeat(next)) {
                    _ = try SecretShare(SecretShareTests.secret(copy), seat: next, of: key)
                }
            }
            _ = try SecretShare(SecretShareTests.secret(copy), seat: seat, of: key)
        }
        for number in [0, UInt16(seats + 1)] {
            #expect(throws: SecretShareFailure.seat(SeatNumber(number))) {
                _ = try dealt.share(of: SeatNumber(number))
            }
        }
    }

    @Test("A threshold or number of seats that there cannot be is refused", arguments: [(0, 3), (4, 3), (1, 256)])
    func limits(threshold: Int, seats: Int) {
        #expect(throws: ThresholdKeyFailure.threshold(threshold, seats: seats)) { _ = try deal(threshold, seats) }
    }
}

/// Loading a share (threshold-signing.md §16: written, read back, checked against the public share).
@Suite struct SecretShareTests {
    static func secret(_ bytes: Bytes) -> SecretBytes {
        var bytes = bytes
        return SecretBytes(wiping: &bytes)
    }

    static func copy(_ bytes: UnsafeRawBufferPointer) -> Bytes { Bytes(bytes) }

    @Test(
        "A share of 0, of the group order or above, or of another length is refused",
        arguments: [
            String(repeating: "00", count: 32), "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            String(repeating: "ff", count: 32), String(repeating: "01", count: 31), String(repeating: "01", count: 33),
            "",
        ])
    func range(hex: String) throws {
        let key = try ThresholdKey(groupKey: .generator, publicShares: [.generator], threshold: 1)
        #expect(throws: SecretShareFailure.range) {
            _ = try SecretShare(Self.secret(try Bytes(hex: hex)), seat: SeatNumber(1), of: key)
        }
    }

    @Test("What is lent of a share is what was given")
    func lent() throws {
        let key = try ThresholdKey(groupKey: .generator, publicShares: [.generator], threshold: 1)
        let share = try SecretShare(
            Self.secret(Bytes(repeating: 0, count: 31) + [1]), seat: SeatNumber(1), of: key)
        let bytes = share.withUnsafeBytes { bytes in Self.copy(bytes) }
        #expect(bytes == Bytes(repeating: 0, count: 31) + [1])
    }
}

/// Public shares must lie on one polynomial with the key.
@Suite struct ThresholdKeyTests {
    @Test("One public share altered, at any seat, is found", arguments: 1...5)
    func altered(seat: Int) throws {
        var random = SeededRandom("key")
        let dealt = try DealtGroup(threshold: 3, seats: 5, random: &random)
        let key = dealt.key
        var shares = key.publicShares
        shares[seat - 1] = shares[seat - 1].negated
        #expect(throws: ThresholdKeyFailure.publicShare(SeatNumber(UInt16(max(3, seat))))) {
            try ThresholdKey(groupKey: key.groupKey, publicShares: shares, threshold: 3)
        }
    }

    @Test("Another group key, and a threshold that is not the polynomial's, are found")
    func otherKey() throws {
        var random = SeededRandom("key")
        let dealt = try DealtGroup(threshold: 3, seats: 5, random: &random)
        let key = dealt.key
        #expect(throws: ThresholdKeyFailure.publicShare(SeatNumber(3))) {
            try ThresholdKey(groupKey: key.groupKey.negated, publicShares: key.publicShares, threshold: 3)
        }
        #expect(throws: ThresholdKeyFailure.self) {
            try ThresholdKey(groupKey: key.groupKey, publicShares: key.publicShares, threshold: 2)
        }
        // More shares than needed still interpolate: a higher threshold is a promise, not a property of the points.
        _ = try ThresholdKey(groupKey: key.groupKey, publicShares: key.publicShares, threshold: 4)
        for threshold in [0, 6] {
            #expect(throws: ThresholdKeyFailure.threshold(threshold, seats: 5)) {
                try ThresholdKey(groupKey: key.groupKey, publicShares: key.publicShares, threshold: threshold)
            }
        }
    }
}
