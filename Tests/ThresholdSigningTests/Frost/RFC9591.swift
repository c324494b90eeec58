import Primitives
import Secp256k1
import Testing

/// RFC 9591's suite FROST(secp256k1, SHA-256) (threshold-signing.md §7), as a check of the arithmetic against a
/// standard: its signatures are no Bitcoin signatures, and no target but this one knows it.
enum RFC9591 {
    struct Figure: Decodable {
        struct Signer: Decodable {
            let id: UInt32
            let hiding_random: String
            let binding_random: String
            let hiding_nonce: String
            let binding_nonce: String
            let hiding_commitment: String
            let binding_commitment: String
            let rho_input: String
            let rho: String
            let sig_share: String
        }

        let name: String
        let threshold: Int
        let members: Int
        let group_secret: String
        let group_public: String
        let message: String
        let higher_coefficients: [String]
        let shares: [String: String]
        let signers: [Signer]
        let signature: String
    }

    private static let context = Bytes("FROST-secp256k1-SHA256-v1".utf8)

    private static func h1(_ message: Bytes) throws -> Scalar { try hashToField(message, "rho") }
    private static func h2(_ message: Bytes) throws -> Scalar { try hashToField(message, "chal") }
    private static func h3(_ message: Bytes) throws -> Scalar { try hashToField(message, "nonce") }
    private static func h4(_ message: Bytes) -> Bytes { sha256(context + Bytes("msg".utf8) + message).bytes }
    private static func h5(_ message: Bytes) -> Bytes { sha256(context + Bytes("com".utf8) + message).bytes }

    // expand_message_xmd with SHA-256 to 48 bytes, reduced modulo the group order (RFC 9380).
    private static func hashToField(_ message: Bytes, _ name: String) throws -> Scalar {
        let suffix = context + Bytes(name.utf8)
        let domain = suffix + [UInt8(suffix.count)]
        let first = sha256(Bytes(repeating: 0, count: 64) + message + [0, 48, 0] + domain).bytes
        let one = sha256(first + [1] + domain).bytes
        let two = sha256(zip(first, one).map { $0 ^ $1 } + [2] + domain).bytes
        return try #require(Scalar(wide: Bytes((one + two).prefix(48))))
    }

    private static func scalar(_ hex: String) throws -> Scalar {
        try #require(Scalar(strictNonzero: try Bytes(hex: hex)))
    }

    private static func identifier(_ id: UInt32) -> Bytes { Scalar(UInt64(id)).bytes }

    static func check(_ figure: Figure) throws {
        let coefficients = try ([figure.group_secret] + figure.higher_coefficients).map(scalar)
        let groupKey = Point.generatorMultiplied(by: coefficients[0])
        #expect(groupKey.encoded.hex == figure.group_public, "\(figure.name)")
        #expect(coefficients.count == figure.threshold && figure.shares.count == figure.members)
        for (id, share) in figure.shares {
            let x = Scalar(try #require(UInt64(id)))
            let value = coefficients.reversed().reduce(Scalar.zero) { $0 * x + $1 }
            #expect(value.bytes.hex == share, "\(figure.name), share \(id)")
        }

        // Round one, and the list that everyone hashes.
        let message = try Bytes(hex: figure.message)
        var list = Bytes()
        var nonces: [(hiding: Scalar, binding: Scalar)] = []
        for signer in figure.signers {
            let share = try Bytes(hex: try #require(figure.shares[String(signer.id)]))
            let hiding = try h3(try Bytes(hex: signer.hiding_random) + share)
            let binding = try h3(try Bytes(hex: signer.binding_random) + share)
            #expect(hiding.bytes.hex == signer.hiding_nonce)
            #expect(binding.bytes.hex == signer.binding_nonce)
            let commitments = [hiding, binding].map { Point.generatorMultiplied(by: $0).encoded }
            #expect(commitments.map(\.hex) == [signer.hiding_commitment, signer.binding_commitment])
            list += identifier(signer.id) + commitments[0] + commitments[1]
            nonces.append((hiding, binding))
        }
        #expect(figure.signers.map(\.id) == figure.signers.map(\.id).sorted(), "the list is ascending")

        // Round two.
        let prefix = groupKey.encoded + h4(message) + h5(list)
        var factors: [Scalar] = []
        var nonceSum = Point.infinity
        for (signer, nonce) in zip(figure.signers, nonces) {
            let input = prefix + identifier(signer.id)
            #expect(input.hex == signer.rho_input)
            let factor = try h1(input)
            #expect(factor.bytes.hex == signer.rho)
            factors.append(factor)
            nonceSum = nonceSum + Point.generatorMultiplied(by: nonce.hiding + factor * nonce.binding)
        }
        let challenge = try h2(nonceSum.encoded + groupKey.encoded + message)
        var sum = Scalar.zero
        for (index, signer) in figure.signers.enumerated() {
            let weight = try #require(Scalar.lagrange(figure.signers.map(\.id), at: signer.id))
            let secret = try scalar(try #require(figure.shares[String(signer.id)]))
            let share = nonces[index].hiding + factors[index] * nonces[index].binding + weight * secret * challenge
            #expect(share.bytes.hex == signer.sig_share, "\(figure.name), signer \(signer.id)")
            let bound = Point.generatorMultiplied(by: nonces[index].hiding + factors[index] * nonces[index].binding)
            let expected = bound + Point.generatorMultiplied(by: secret).multiplied(byPublic: challenge * weight)
            #expect(Point.generatorMultiplied(by: share) == expected)
            sum = sum + share
        }
        #expect((nonceSum.encoded + sum.bytes).hex == figure.signature, "\(figure.name)")
        let verified = nonceSum + groupKey.multiplied(byPublic: challenge)
        #expect(Point.generatorMultiplied(by: sum) == verified)
    }
}
