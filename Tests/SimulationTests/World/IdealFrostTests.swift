import Coordination
import Primitives
import Secp256k1
import Testing

@testable import Simulation
@testable import ThresholdSigning

/// What FROST promises its machines (threshold-signing.md §6, §12) must hold of what stands in its place.
@Suite struct IdealFrostTests {
    /// Three of five with their nonces for one message; a class, since expectations take no noncopyable values.
    private final class Rig {
        let frost = IdealFrost(seed: 5)
        let dealt: DealtGroup
        let seats: [SeatNumber]
        let terms: SigningTerms
        let nonces: [any OneUseNonce]
        let session: any FrostSession
        private var random = SeededRandom(seed: 3)

        init(_ numbers: [UInt16] = [1, 3, 4], message: Hash32 = sha256([1])) throws {
            var random = SeededRandom(seed: 4)
            dealt = try DealtGroup(threshold: 3, seats: 5, random: &random)
            seats = numbers.map { SeatNumber($0) }
            terms = SigningTerms(
                set: dealt.key.signerSet(of: seats), threshold: 3, tweaks: TweakContext(dealt.key.groupKey),
                message: message)
            var drawn: [any OneUseNonce] = []
            for seat in seats {
                drawn.append(
                    frost.drawNonce(
                        share: try dealt.share(of: seat), key: dealt.key.outputKey, message: message, extra: [7],
                        random: &random))
            }
            nonces = drawn
            session = frost.session(terms, nonces: nonces.compactMap { [frost] in frost.decode($0.offered) })
        }

        /// What each seat answers to its request, whose terms and sum may be another's.
        func shares(of terms: SigningTerms? = nil, for sum: EncodedNonce? = nil) throws -> [PartialSignature] {
            try seats.indices.map { index in
                let share = try dealt.share(of: seats[index])
                return try #require(
                    try nonces[index].sign(terms ?? self.terms, aggregate: sum ?? session.aggregate, share: share))
            }
        }

        func verifies(_ signature: SchnorrSignature, _ message: Hash32? = nil, _ key: XOnlyPublicKey? = nil) -> Bool {
            frost.verifies(signature, message: message ?? terms.message, key: key ?? dealt.key.outputKey)
        }
    }

    private func flipped(_ bytes: Bytes) -> [Bytes] {
        (0..<8 * bytes.count).map { bit in
            var copy = bytes
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            return copy
        }
    }

    private func flipped(_ share: PartialSignature, bit: Int) throws -> PartialSignature {
        PartialSignature(try #require(Hash32(flipped(share.bytes.bytes)[bit])))
    }

    @Test("Shares of a full set hold, and add up to a signature that verifies for its key and its message alone")
    func complete() throws {
        let rig = try Rig()
        let shares = try rig.shares()
        #expect(shares.indices.allSatisfy { rig.session.holds(shares[$0], position: $0) })
        #expect(shares.allSatisfy { $0.scalar != nil })
        let signature = try rig.session.signature(of: shares)
        #expect(rig.verifies(signature))
        #expect(!rig.verifies(signature, sha256([2])))
        #expect(!rig.verifies(signature, nil, XOnlyPublicKey(.generator)))
        for bytes in flipped(signature.bytes) { #expect(!rig.verifies(try #require(SchnorrSignature(bytes)))) }
    }

    @Test("A set of more seats than the threshold signs too, one of fewer never does", arguments: 1...5)
    func sizes(count: Int) throws {
        let rig = try Rig(Array(1...UInt16(count)))
        #expect(rig.verifies(try rig.session.signature(of: try rig.shares())) == (count >= 3))
    }

    @Test("A nonce with any bit turned over does not decode, and a sum is no nonce")
    func garbledNonce() throws {
        let rig = try Rig()
        let nonce = rig.nonces[0].offered
        #expect(rig.frost.decode(nonce)?.encoded == nonce)
        for bytes in flipped(nonce.bytes) { #expect(rig.frost.decode(try #require(EncodedNonce(bytes))) == nil) }
        #expect(rig.frost.decode(rig.session.aggregate) == nil)
        #expect(Set(rig.nonces.map(\.offered)).count == 3)
    }

    @Test("A sum with any bit turned over is refused, and a nonce is no sum")
    func garbledAggregate() throws {
        let rig = try Rig()
        let sum = rig.session.aggregate
        #expect(rig.frost.isAggregate(sum))
        for bytes in flipped(sum.bytes) { #expect(!rig.frost.isAggregate(try #require(EncodedNonce(bytes)))) }
        #expect(!rig.frost.isAggregate(rig.nonces[0].offered))
    }

    @Test("A share with any bit turned over is judged bad, and spoils the signature")
    func garbledShare() throws {
        let rig = try Rig()
        let shares = try rig.shares()
        for bit in 0..<256 {
            var bad = shares
            bad[1] = try flipped(shares[1], bit: bit)
            #expect(!rig.session.holds(bad[1], position: 1))
            #expect(rig.session.holds(bad[0], position: 0))
            // The highest bit puts it out of the range of shares.
            guard bad[1].scalar != nil else { continue }
            #expect(!rig.verifies(try rig.session.signature(of: bad)))
        }
    }

    @Test("Errors in two shares do not cancel, and shares do not change places")
    func cancellation() throws {
        let rig = try Rig()
        let shares = try rig.shares()
        for bit in [9, 100, 248, 255] {
            let bad = [try flipped(shares[0], bit: bit), try flipped(shares[1], bit: bit), shares[2]]
            #expect(!rig.verifies(try rig.session.signature(of: bad)))
        }
        #expect(!rig.session.holds(shares[0], position: 1))
        #expect(!rig.verifies(try rig.session.signature(of: [shares[1], shares[0], shares[2]])))
    }

    @Test("A share for another message, another set or another sum holds nowhere else")
    func otherTerms() throws {
        let here = try Rig()
        let other = SigningTerms(
            set: here.terms.set, threshold: 3, tweaks: here.terms.tweaks, message: sha256([9]))
        let elsewhere = try Rig([1, 2, 3])
        for shares in [
            try here.shares(of: other), try Rig().shares(for: elsewhere.session.aggregate), try elsewhere.shares(),
        ] {
            #expect(shares.indices.allSatisfy { !here.session.holds(shares[$0], position: $0) })
            #expect(!here.verifies(try here.session.signature(of: shares)))
            #expect(!here.verifies(try here.session.signature(of: shares), sha256([9])))
        }
    }

    @Test("Too few shares, or one that is no scalar, add up to nothing")
    func aggregation() throws {
        let rig = try Rig()
        var shares = try rig.shares()
        #expect(throws: AggregationFailure.shareCount(2)) { try rig.session.signature(of: Array(shares.prefix(2))) }
        shares[2] = PartialSignature(Hash32(bigEndianWords: .max, .max, .max, .max))
        #expect(throws: AggregationFailure.share(position: 2)) { try rig.session.signature(of: shares) }
    }

    @Test("A nonce answers once, and is gone also where no share was made")
    func oneUse() throws {
        let rig = try Rig()
        func ask(_ index: Int, as seat: UInt16) throws -> PartialSignature? {
            try rig.nonces[index].sign(
                rig.terms, aggregate: rig.session.aggregate, share: rig.dealt.share(of: SeatNumber(seat)))
        }
        #expect(try ask(0, as: 1) != nil)
        #expect(try ask(0, as: 1) == nil)
        #expect(throws: PartialSigningFailure.ownShareAbsent) { try ask(1, as: 2) }
        #expect(try ask(1, as: 3) == nil)
    }

    @Test("What one run signs verifies in no other run and on no curve")
    func elsewhere() throws {
        let rig = try Rig()
        let signature = try rig.session.signature(of: try rig.shares())
        let (message, key) = (rig.terms.message, rig.dealt.key.outputKey)
        #expect(!IdealFrost(seed: 6).verifies(signature, message: message, key: key))
        #expect(!CurveArithmetic().verifies(signature, message: message, key: key))
    }
}
