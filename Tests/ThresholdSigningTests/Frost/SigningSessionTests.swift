import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// Edges of threshold-signing.md §6 beyond the published figures (§17 "FROST").
@Suite struct SigningSessionTests {
    private static let message = Bytes("message".utf8)

    /// A dealt key, a set of its seats, and fresh nonces of that set.
    private final class Rig {
        let dealt: DealtGroup
        let seats: [SeatNumber]
        private var random: SeededRandom

        init(threshold: Int = 3, of count: Int = 5, seats: [UInt16] = [1, 2, 3], seed: String = "session") throws {
            random = SeededRandom(seed)
            dealt = try DealtGroup(threshold: threshold, seats: count, random: &random)
            self.seats = seats.map { SeatNumber($0) }
        }

        var set: SignerSet { dealt.key.signerSet(of: seats) }

        func nonce(_ seat: SeatNumber) throws -> SecretNonce {
            SecretNonce(
                share: try dealt.share(of: seat), key: dealt.key.outputKey, message: SigningSessionTests.message,
                extra: [], random: &random)
        }

        /// Signs with fresh nonces; `tampered` may replace the session that a position signs in.
        func sign(
            tweaks: TweakContext? = nil, tampered: (Int, SigningSession) -> SigningSession = { $1 }
        ) throws -> (session: SigningSession, nonces: [PublicNonce], shares: [PartialSignature]) {
            let slots = try seats.map { seat in
                let nonce = try nonce(seat)
                let published = nonce.publicNonce
                return (NonceSlot(nonce), published)
            }
            let nonces = slots.map(\.1)
            let session = SigningSession(
                set: set, tweaks: tweaks ?? TweakContext(dealt.key.groupKey), aggregate: AggregateNonce(sum: nonces),
                message: SigningSessionTests.message)
            let shares = try seats.indices.map { position in
                guard let nonce = slots[position].0.take() else { throw PartialSigningFailure.nonceRange }
                return try nonce.sign(tampered(position, session), share: try dealt.share(of: seats[position]))
            }
            return (session, nonces, shares)
        }
    }

    @Test("Signatures verify in all eight combinations of the parities of group key, tweaked key and nonce")
    func parities() throws {
        var seen: Set<[Bool]> = []
        for attempt in 0..<200 where seen.count < 8 {
            let rig = try Rig(threshold: 2, of: 2, seats: [1, 2], seed: "parity \(attempt)")
            var tweaks = TweakContext(rig.dealt.key.groupKey)
            try tweaks.commit(toMerkleRoot: sha256([UInt8(attempt)]))
            let signed = try rig.sign(tweaks: tweaks)
            let signature = try signed.session.signature(of: signed.shares)
            #expect(tweaks.outputKey.verifies(signature, message: Self.message))
            seen.insert([rig.dealt.key.groupKey.hasOddY, tweaks.key.hasOddY, signed.session.nonce.hasOddY])
        }
        #expect(seen.count == 8)
    }

    @Test(
        "Any set of t or more seats signs, the first and the last seat too, in any order",
        arguments: [[1, 2, 3], [5, 1, 3], [3, 4, 5], [2, 3, 4, 5], [5, 4, 3, 2, 1]] as [[UInt16]])
    func sets(seats: [UInt16]) throws {
        let rig = try Rig(seats: seats)
        let signed = try rig.sign()
        for position in seats.indices {
            #expect(signed.session.holds(signed.shares[position], position: position, nonce: signed.nonces[position]))
        }
        let signature = try signed.session.signature(of: signed.shares)
        #expect(rig.dealt.key.outputKey.verifies(signature, message: Self.message))
    }

    @Test("The nonce coefficient depends on the set and not on its order")
    func order() throws {
        let rig = try Rig()
        let aggregate = AggregateNonce(sum: [TestNonces.nonce(1), TestNonces.nonce(2)])
        let coefficients = [[1, 2, 3], [3, 1, 2], [1, 2, 4]].map { (seats: [UInt16]) in
            SigningSession(
                set: rig.dealt.key.signerSet(of: seats.map { SeatNumber($0) }),
                tweaks: TweakContext(rig.dealt.key.groupKey), aggregate: aggregate, message: Self.message
            ).coefficient
        }
        #expect(coefficients[0] == coefficients[1])
        #expect(coefficients[0] != coefficients[2])
    }

    @Test("A share of 0, of n - 1, of n and of another signer does not hold")
    func wrongShares() throws {
        let signed = try Rig().sign()
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        let below = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
        for share in [PartialSignature(.zero), PartialSignature(try Hash32(hex: below)), signed.shares[1]] {
            #expect(!signed.session.holds(share, position: 0, nonce: signed.nonces[0]))
        }
        let outOfRange = PartialSignature(try Hash32(hex: order))
        #expect(!signed.session.holds(outOfRange, position: 0, nonce: signed.nonces[0]))
        #expect(!signed.session.holds(signed.shares[0], position: 0, nonce: signed.nonces[1]))
        #expect(throws: AggregationFailure.share(position: 1)) {
            try signed.session.signature(of: [signed.shares[0], outOfRange, signed.shares[2]])
        }
        #expect(throws: AggregationFailure.shareCount(2)) {
            try signed.session.signature(of: Array(signed.shares.prefix(2)))
        }
    }

    @Test("Members that are told different sums or different sets give no signature between them")
    func splitView() throws {
        let rig = try Rig()
        let other = AggregateNonce(sum: [TestNonces.nonce(8)])
        let sums = try rig.sign { position, session in
            position == 2
                ? SigningSession(set: session.set, tweaks: session.tweaks, aggregate: other, message: Self.message)
                : session
        }
        #expect(!rig.dealt.key.outputKey.verifies(try sums.session.signature(of: sums.shares), message: Self.message))
        #expect(!sums.session.holds(sums.shares[2], position: 2, nonce: sums.nonces[2]))

        let set = rig.dealt.key.signerSet(of: [1, 3, 5].map { SeatNumber($0) })
        let sets = try rig.sign { position, session in
            guard position == 2 else { return session }
            return SigningSession(
                set: set, tweaks: session.tweaks, aggregate: other, message: Self.message)
        }
        #expect(!rig.dealt.key.outputKey.verifies(try sets.session.signature(of: sets.shares), message: Self.message))
        #expect(!sets.session.holds(sets.shares[2], position: 2, nonce: sets.nonces[2]))
    }

    @Test("A share for one message is none for another under the same nonces")
    func otherMessage() throws {
        let rig = try Rig()
        let signed = try rig.sign { position, session in
            guard position == 0 else { return session }
            let nonces = AggregateNonce(sum: [TestNonces.nonce(1)])
            return SigningSession(
                set: session.set, tweaks: session.tweaks, aggregate: nonces, message: Bytes("another".utf8))
        }
        #expect(!signed.session.holds(signed.shares[0], position: 0, nonce: signed.nonces[0]))
    }

    @Test("With one half of the sum at infinity the signature verifies")
    func infiniteHalf() throws {
        let rig = try Rig(threshold: 2, of: 2, seats: [1, 2])
        let (one, two) = (Scalar(0x1234_5678), Scalar(0x9abc_def0))
        // The first halves cancel each other.
        let secrets = [(one, two), (-one, one)]
        let nonces = secrets.compactMap { NonceMaker.nonce($0.0, $0.1)?.publicNonce }
        let aggregate = AggregateNonce(sum: nonces)
        #expect(aggregate.first == .infinity)
        #expect(AggregateNonce(decoding: aggregate.encoded) == aggregate)
        let session = SigningSession(
            set: rig.set, tweaks: TweakContext(rig.dealt.key.groupKey), aggregate: aggregate, message: Self.message)
        var shares: [PartialSignature] = []
        for (position, pair) in secrets.enumerated() {
            guard let nonce = NonceMaker.nonce(pair.0, pair.1) else {
                Issue.record("the nonce is in range")
                return
            }
            shares.append(try nonce.sign(session, share: try rig.dealt.share(of: rig.seats[position])))
        }
        #expect(rig.dealt.key.outputKey.verifies(try session.signature(of: shares), message: Self.message))
    }

    @Test("One public share under two ids is a set of another key")
    func repeatedShare() throws {
        let rig = try Rig(threshold: 2, of: 3, seats: [1, 2])
        let key = rig.dealt.key
        let shares = [key.publicShares[0], key.publicShares[0]].map(\.compressed)
        #expect(throws: SignerSetFailure.otherKey) {
            try SignerSet(ids: [0, 1], publicShares: shares, threshold: 2, seats: 3, groupKey: key.groupKey)
        }
        #expect(throws: SignerSetFailure.duplicateID(0)) {
            try SignerSet(ids: [0, 0], publicShares: shares, threshold: 2, seats: 3, groupKey: key.groupKey)
        }
        for threshold in [0, 4] {
            #expect(throws: SignerSetFailure.threshold(threshold, seats: 3)) {
                try SignerSet(
                    ids: [0, 1], publicShares: shares, threshold: threshold, seats: 3, groupKey: key.groupKey)
            }
        }
    }

    @Test("Our share under another id is refused before it can be a wrong equation")
    func shareUnderAnotherID() throws {
        let rig = try Rig()
        let session = SigningSession(
            set: rig.set, tweaks: TweakContext(rig.dealt.key.groupKey),
            aggregate: AggregateNonce(sum: [TestNonces.nonce(1)]), message: Self.message)
        let share = try rig.dealt.share(of: SeatNumber(1))
        let secret = share.withUnsafeBytes { SecretShareTests.copy($0) }
        #expect(throws: PartialSigningFailure.ownShareAbsent) {
            _ = try rig.nonce(SeatNumber(1)).sign(session, secret: SecretShareTests.secret(secret), id: 1)
        }
    }

    @Test("A nonce that does not fit the points it was published with gives no share")
    func selfCheck() throws {
        let rig = try Rig()
        let session = SigningSession(
            set: rig.set, tweaks: TweakContext(rig.dealt.key.groupKey),
            aggregate: AggregateNonce(sum: [TestNonces.nonce(1)]), message: Self.message)
        #expect(throws: PartialSigningFailure.selfCheck) {
            let faulty = SecretNonce(
                secret: NonceMaker.secret(Scalar(5), Scalar(6)), publicNonce: TestNonces.nonce(1))
            _ = try faulty.sign(session, share: try rig.dealt.share(of: SeatNumber(1)))
        }
    }

    @Test("A tweak of 0 changes nothing, n - 1 counts, n is refused, the key's own negative leads to infinity")
    func tweaks() throws {
        var context = TweakContext(.generator)
        try context.apply(Bytes(repeating: 0, count: 32), mode: .plain)
        #expect(context == TweakContext(.generator))
        let below = (-Scalar.one).bytes
        #expect(throws: TweakFailure.infinity) { try context.apply(below, mode: .plain) }
        #expect(context == TweakContext(.generator), "a refused tweak changes nothing")
        let order = try Bytes(hex: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
        #expect(throws: TweakFailure.range) { try context.apply(order, mode: .xOnly) }
        #expect(throws: TweakFailure.length(33)) { try context.apply(order + [0], mode: .xOnly) }
        var double = TweakContext(try #require(Point.generatorMultiplied(by: Scalar(2)).finite))
        try double.apply(below, mode: .plain)
        #expect(double.key == .generator)
    }
}

/// Nonces of chosen scalars.
private enum NonceMaker {
    static func secret(_ first: Scalar, _ second: Scalar) -> SecretBytes {
        SecretNonce.pair { $0 == 0 ? first : second }
    }

    static func nonce(_ first: Scalar, _ second: Scalar) -> SecretNonce? { SecretNonce(secret: secret(first, second)) }
}
