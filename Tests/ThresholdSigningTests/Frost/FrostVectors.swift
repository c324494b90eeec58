import Primitives
import Secp256k1
import TestKit
import Testing

@testable import ThresholdSigning

/// The published figures of BIP-0445, and those of BIP-0341 and RFC 9591 that rest on the same arithmetic.
@Suite struct FrostVectors {
    /// A refusal in the words of the figures.
    enum Refusal: Error, Equatable {
        case input(String)
        case contribution(position: Int?, what: String)
    }

    struct ExpectedError: Decodable {
        let kind: String
        let reason: String?
        let position: Int?
        let what: String?

        var refusal: Refusal {
            kind == "input" ? .input(reason ?? "") : .contribution(position: position, what: what ?? "")
        }
    }

    @Test("Every step gives the published values and refusals")
    func figures() throws {
        let file = try VectorFile("frost")
        let layout = try file.object("layout", as: String.self)
        try #require(layout == "frost/1", "the file has another layout than these tests read")
        var report = CaseReport("FrostVectors")

        try report.check("bip445", "nonce_gen", of: file, as: NonceGeneration.self) { try $0.check() }

        try report.check("bip445", "nonce_agg", of: file, as: NonceSum.self) { try $0.check() }

        try report.check("bip445", "sign_verify", of: file, as: SignOrVerify.self) { try $0.check() }

        try report.check("bip445", "tweak", of: file, as: SignOrVerify.self) { try $0.check() }

        try report.check("bip445", "det_sign", of: file, as: DeterministicSigning.self) { try $0.check() }

        try report.check("bip445", "sig_agg", of: file, as: Aggregation.self) { try $0.check() }

        try report.check("bip341", "script_pubkey", of: file, as: OutputKey.self) { try $0.check() }

        try report.check("rfc9591", of: file, as: RFC9591.Figure.self) { figure in try RFC9591.check(figure) }

        #expect(report.total() > 0, "no figures were found")
    }

    // What the figures say about a set, a key and its tweaks.
    struct Context {
        let set: SignerSet
        let tweaks: TweakContext

        init(
            ids: [UInt32], pubshares: [String], threshold: Int, seats: Int, key: String, tweaks: [String],
            xOnly: [Bool]
        ) throws {
            guard let groupKey = CurvePoint(compressed: try Bytes(hex: key)) else {
                throw Refusal.input("thresh_pk_off_curve")
            }
            do {
                set = try SignerSet(
                    ids: ids, publicShares: try pubshares.map { try Bytes(hex: $0) }, threshold: threshold,
                    seats: seats, groupKey: groupKey)
            } catch let failure as SignerSetFailure {
                switch failure {
                case .threshold, .signerCount: throw Refusal.input("signer_count")
                case .idRange: throw Refusal.input("id_range")
                case .publicShare: throw Refusal.input("share_off_curve")
                case .duplicateID: throw Refusal.input("duplicate_id")
                case .otherKey: throw Refusal.input("shares_of_another_key")
                }
            }
            // Here a tweak and its mode come as a pair: lists of unequal length cannot be written down.
            guard tweaks.count == xOnly.count else { throw Refusal.input("mode_count") }
            var context = TweakContext(groupKey)
            do throws(TweakFailure) {
                for (tweak, isXOnly) in zip(tweaks, xOnly) {
                    try context.apply((try? Bytes(hex: tweak)) ?? [], mode: isXOnly ? .xOnly : .plain)
                }
            } catch {
                switch error {
                case .length: throw Refusal.input("tweak_length")
                case .range: throw Refusal.input("tweak_range")
                case .infinity: throw Refusal.input("tweak_to_infinity")
                }
            }
            self.tweaks = context
        }

        func session(aggregate: String, message: String) throws -> SigningSession {
            guard let encoded = EncodedNonce(try Bytes(hex: aggregate)),
                let nonce = AggregateNonce(decoding: encoded)
            else { throw Refusal.contribution(position: nil, what: "aggnonce") }
            return SigningSession(set: set, tweaks: tweaks, aggregate: nonce, message: try Bytes(hex: message))
        }
    }

    static func nonces(_ encoded: [String]) throws -> [PublicNonce] {
        try encoded.enumerated().map { position, text in
            guard let encoded = EncodedNonce(try Bytes(hex: text)), let nonce = PublicNonce(decoding: encoded) else {
                throw Refusal.contribution(position: position, what: "pubnonce")
            }
            return nonce
        }
    }

    static func secret(_ hex: String) throws -> SecretBytes {
        var bytes = try Bytes(hex: hex)
        return SecretBytes(wiping: &bytes)
    }

    static func partialSignature(_ hex: String) throws -> PartialSignature { PartialSignature(try Hash32(hex: hex)) }

    static func sign(
        _ session: SigningSession, nonce: consuming SecretNonce, secret: borrowing SecretBytes, id: UInt32
    ) throws -> PartialSignature {
        do throws(PartialSigningFailure) {
            return try nonce.sign(session, secret: secret, id: id)
        } catch {
            switch error {
            case .nonceRange: throw Refusal.input("nonce_range")
            case .shareRange: throw Refusal.input("secret_share_range")
            case .ownShareAbsent: throw Refusal.input("own_share_absent")
            case .ownIDAbsent: throw Refusal.input("own_id_absent")
            case .selfCheck: throw Refusal.input("self_check")
            }
        }
    }

    /// Runs a case that is to succeed, or to be refused as the figure says.
    static func expect(_ id: String, _ error: ExpectedError?, _ body: () throws -> Void) throws {
        guard let error else { return try body() }
        #expect(throws: error.refusal, "\(id)") { try body() }
    }

    private struct NonceGeneration: Decodable {
        let id: String
        let rand: String
        let secshare: String?
        let pubshare: String?
        let thresh_xonly: String?
        let msg: String?
        let extra: String?
        let secnonce: String
        let pubnonce: String

        func check() throws {
            let random = try secret(rand)
            let message = try msg.map { try Bytes(hex: $0) }
            let publicShare = try Bytes(hex: pubshare ?? "")
            let key = try Bytes(hex: thresh_xonly ?? "")
            let extra = try Bytes(hex: self.extra ?? "")
            let derived =
                if let secshare {
                    SecretNonce.derive(
                        seed: SecretNonce.mask(try secret(secshare), with: random), publicShare: publicShare, key: key,
                        message: message, extra: extra)
                } else {
                    SecretNonce.derive(
                        seed: random, publicShare: publicShare, key: key, message: message, extra: extra)
                }
            let scalars = derived.withUnsafeBytes { $0.hex }
            #expect(scalars == secnonce, "\(id)")
            guard let nonce = SecretNonce(secret: derived) else {
                Issue.record("\(id): the nonce is out of range")
                return
            }
            let encoded = nonce.publicNonce.encoded.bytes.hex
            #expect(encoded == pubnonce, "\(id)")
        }
    }

    private struct NonceSum: Decodable {
        let id: String
        let pubnonces: [String]
        let aggnonce: String?
        let error: ExpectedError?

        func check() throws {
            try expect(id, error) {
                let sum = AggregateNonce(sum: try nonces(pubnonces))
                #expect(sum.encoded.bytes.hex == aggnonce, "\(id)")
            }
        }
    }

    // The groups sign_verify and tweak: a signer's step where `my_id` is given, else the check of a share.
    private struct SignOrVerify: Decodable {
        let id: String
        let t: Int
        let n: Int
        let thresh_pk: String
        let ids: [UInt32]
        let pubshares: [String]
        let tweaks: [String]?
        let is_xonly: [Bool]?
        let pubnonces: [String]?
        let secshare: String?
        let secnonce: String?
        let my_id: UInt32?
        let aggnonce: String?
        let msg: String
        let psig: String?
        let signer_index: Int?
        let expect: String
        let expected: String?
        let error: ExpectedError?

        func check() throws {
            try FrostVectors.expect(id, error) {
                if let my_id { try sign(as: my_id) } else { try verify(position: try #require(signer_index)) }
            }
        }

        private func context() throws -> Context {
            try Context(
                ids: ids, pubshares: pubshares, threshold: t, seats: n, key: thresh_pk, tweaks: tweaks ?? [],
                xOnly: is_xonly ?? [])
        }

        private func sign(as myID: UInt32) throws {
            let session = try context().session(aggregate: try #require(aggnonce), message: msg)
            let bytes = try #require(secnonce)
            // Scalars that have no points are refused in signing, after a nonce of such a form was handed over.
            let nonce =
                if let nonce = SecretNonce(secret: try secret(bytes)) {
                    nonce
                } else {
                    SecretNonce(
                        secret: try secret(bytes), publicNonce: PublicNonce(first: .generator, second: .generator))
                }
            let share = try FrostVectors.sign(
                session, nonce: nonce, secret: try secret(try #require(secshare)), id: myID)
            #expect(share.bytes.hex == expected, "\(id)")
            let nonces = try FrostVectors.nonces(try #require(pubnonces))
            #expect(AggregateNonce(sum: nonces).encoded.bytes.hex == aggnonce, "\(id)")
            let position = try #require(ids.firstIndex(of: myID))
            #expect(session.holds(share, position: position, nonce: nonces[position]), "\(id)")
        }

        private func verify(position: Int) throws {
            let context = try context()
            let nonces = try FrostVectors.nonces(try #require(pubnonces))
            let session = SigningSession(
                set: context.set, tweaks: context.tweaks, aggregate: AggregateNonce(sum: nonces),
                message: try Bytes(hex: msg))
            let holds = session.holds(
                try partialSignature(try #require(psig)), position: position, nonce: nonces[position])
            #expect(holds == (expect == "ok"), "\(id)")
        }
    }

    private struct DeterministicSigning: Decodable {
        let id: String
        let t: Int
        let n: Int
        let thresh_pk: String
        let ids: [UInt32]
        let pubshares: [String]
        let secshare: String
        let tweaks: [String]
        let is_xonly: [Bool]
        let my_id: UInt32
        let aggothernonce: String?
        let rand: String?
        let msg: String
        let expected: [String]?
        let error: ExpectedError?

        func check() throws {
            try FrostVectors.expect(id, error) {
                let context = try Context(
                    ids: ids, pubshares: pubshares, threshold: t, seats: n, key: thresh_pk, tweaks: tweaks,
                    xOnly: is_xonly)
                let others = try Bytes(hex: aggothernonce ?? "")
                let message = try Bytes(hex: msg)
                let nonce = try DeterministicNonce.make(
                    context: context, secret: try secret(secshare), id: my_id, others: others,
                    random: try rand.map { try Hash32(hex: $0) }, message: message)
                let own = nonce.publicNonce
                var sum = [own]
                if !others.isEmpty {
                    guard let encoded = EncodedNonce(others), let decoded = PublicNonce(decoding: encoded) else {
                        throw Refusal.contribution(position: nil, what: "aggothernonce")
                    }
                    sum.append(decoded)
                }
                let session = SigningSession(
                    set: context.set, tweaks: context.tweaks, aggregate: AggregateNonce(sum: sum), message: message)
                let share = try FrostVectors.sign(session, nonce: nonce, secret: try secret(secshare), id: my_id)
                #expect([own.encoded.bytes.hex, share.bytes.hex] == expected, "\(id)")
            }
        }
    }

    private struct Aggregation: Decodable {
        let id: String
        let t: Int
        let n: Int
        let thresh_pk: String
        let ids: [UInt32]
        let pubshares: [String]
        let tweaks: [String]
        let is_xonly: [Bool]
        let aggnonce: String
        let msg: String
        let psigs: [String]
        let expected: String?
        let error: ExpectedError?

        func check() throws {
            try FrostVectors.expect(id, error) {
                let context = try Context(
                    ids: ids, pubshares: pubshares, threshold: t, seats: n, key: thresh_pk, tweaks: tweaks,
                    xOnly: is_xonly)
                let session = try context.session(aggregate: aggnonce, message: msg)
                let signature: SchnorrSignature
                do throws(AggregationFailure) {
                    signature = try session.signature(
                        of: psigs.map { PartialSignature((try? Hash32(hex: $0)) ?? .zero) })
                } catch {
                    switch error {
                    case .shareCount: throw Refusal.input("share_count")
                    case .share(let position): throw Refusal.contribution(position: position, what: "psig")
                    }
                }
                #expect(signature.hex == expected, "\(id)")
                #expect(context.tweaks.outputKey.verifies(signature, message: try Bytes(hex: msg)), "\(id)")
            }
        }
    }

    private struct OutputKey: Decodable {
        let id: String
        let internal_xonly: String
        let merkle_root: String?
        let tweak: String
        let tweaked_xonly: String

        // The tweak starts from x alone, so the parity of the internal key must not matter.
        func check() throws {
            let internalKey = try #require(XOnlyPublicKey(try Hash32(hex: internal_xonly)))
            for point in [internalKey.point, internalKey.point.negated] {
                var context = TweakContext(point)
                if let merkle_root {
                    try context.commit(toMerkleRoot: try Hash32(hex: merkle_root))
                } else {
                    try context.apply(try Bytes(hex: tweak), mode: .xOnly)
                }
                #expect(context.outputKey.x.hex == tweaked_xonly, "\(id)")
            }
        }
    }
}
