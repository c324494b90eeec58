import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing

/// The golden bytes of docs/protocol/wire.md, computed independently of this code.
@Suite struct WireTests {
    private static let wallet = WalletPublicKeyHash(Bytes(0..<20)) ?? .none
    private static let domain = Domain(chainID: 1, profile: .mainnet)
    private static let redemption = Proposal.redemption(
        scripts: [[0, 20] + Bytes(repeating: 0, count: 20)], fee: 1_234)
    private static let block = BlockReference(
        number: BlockNumber(900), hash: Hash32(Bytes(repeating: 0x66, count: 32)) ?? .zero)

    @Test(
        "A profile's encoding and digest are the published ones, and read back as they were",
        arguments: [
            (ProtocolProfile.Preset.mainnet, "5aa63e6fbd6c3ff840d8fa664a33a16e51305560f6fa57c519408a1330a75ad4"),
            (.rfc12, "482d291aad82534c35d6809def9db78a6ae7cf2878d3f1d5828371f93c23a639"),
            (.devnet, "3527125137b001882c8c500e2dcc07fb0408100764cb79b5de84ddcb15e44e2e"),
        ])
    func profiles(preset: ProtocolProfile.Preset, digest: String) throws {
        let profile = ProtocolProfile(preset)
        #expect(profile.encoded.count == 453)
        #expect(profile.digest.hex == digest)
        #expect(try ProtocolProfile(decoding: profile.encoded) == profile)
        #expect(profile.brokenRule == nil)
        for length in 0..<profile.encoded.count {
            #expect(throws: DecodingFailure.self) {
                try ProtocolProfile(decoding: Bytes(profile.encoded.prefix(length)))
            }
        }
        #expect(throws: DecodingFailure.trailing(count: 1)) { try ProtocolProfile(decoding: profile.encoded + [0]) }
    }

    @Test("Every field changes the digest, and is named where two profiles differ")
    func differences() throws {
        for field in ProtocolProfile.fields {
            var profile = ProtocolProfile.mainnet
            switch field.storage {
            case .text(let path): profile[keyPath: path] += "x"
            case .number(let path): profile[keyPath: path] += 1
            case .rational(let path): profile[keyPath: path] = Rational(1, 17)
            case .address(let path): profile[keyPath: path] = .zero
            case .flag(let path): profile[keyPath: path].toggle()
            }
            #expect(profile.differingFields(from: .mainnet) == [field.name])
            #expect(profile.digest != ProtocolProfile.mainnet.digest)
        }
    }

    @Test("Every rule of a profile can be broken, and is then named")
    func brokenRules() {
        let mutations: [(ProtocolProfile.Rule, (inout ProtocolProfile) -> Void)] = [
            (.version, { $0.version = "chacha20/v2" }), (.frequency, { $0.frequency = 100 }),
            (.safeBlockShift, { $0.safeBlockShift = 900 }), (.heartbeat, { $0.heartbeat = Rational(2, 1) }),
            (.slots, { $0.leaderSlot = 80 }), (.slotGuard, { $0.slotGuard = 20 }),
            (.reserveWait, { $0.reserveWait = 14 }), (.voteMargin, { $0.voteMargin = 20 }),
            (.recheckBlocks, { $0.recheckBlocks = 20 }),
            (.validity, { $0.redemptionValidity = 900 }), (.handOverGrace, { $0.handOverGrace = 300 }),
            (.fees, { $0.feeFloor = 1_001 }), (.bounds, { $0.frequency = .max }),
        ]
        #expect(Set(mutations.map(\.0)) == Set(ProtocolProfile.Rule.allCases))
        for (rule, mutate) in mutations {
            var profile = ProtocolProfile.mainnet
            mutate(&profile)
            #expect(profile.brokenRule == rule)
        }
    }

    @Test("A number outside its range breaks the rule of bounds, whichever field it is; none of its values traps")
    func ranges() {
        for field in ProtocolProfile.fields {
            guard case .number(let path) = field.storage else { continue }
            var profile = ProtocolProfile.mainnet
            for value in [field.range.lowerBound, field.range.upperBound] {
                profile[keyPath: path] = value
                #expect(profile.brokenRule != .bounds, "\(field.name) \(value)")
            }
            for value in [field.range.lowerBound &- 1, field.range.upperBound + 1, .max] {
                profile[keyPath: path] = value
                #expect(profile.brokenRule == .bounds, "\(field.name) \(value)")
            }
        }
        // With every number at its end the sums of the rules are the largest that there can be.
        var profile = ProtocolProfile.mainnet
        for field in ProtocolProfile.fields {
            if case .number(let path) = field.storage { profile[keyPath: path] = field.range.upperBound }
        }
        #expect(profile.brokenRule == .frequency)
    }

    private static let proposals: [(Proposal, String)] = [
        (.noop, "00"), (.heartbeat(message: Bytes(repeating: 0xff, count: 16)), "01ffffffffffffffffffffffffffffffff"),
        (
            .depositSweep(
                deposits: [
                    .init(
                        transaction: Hash32(Bytes(repeating: 0x11, count: 32)) ?? .zero, outputIndex: 5,
                        revealBlock: BlockNumber(77))
                ], fee: 9),
            "020001" + String(repeating: "11", count: 32) + "00000005" + "000000000000004d" + "0000000000000009"
        ),
        (redemption, "0300010016" + "0014" + String(repeating: "00", count: 20) + "00000000000004d2"),
        (
            .movingFunds(
                targets: [0x22, 0x33].compactMap { WalletPublicKeyHash(Bytes(repeating: $0, count: 20)) }, fee: 9),
            "040002" + String(repeating: "22", count: 20) + String(repeating: "33", count: 20) + "0000000000000009"
        ),
        (
            .movedFundsSweep(
                transaction: Hash32(Bytes(repeating: 0x44, count: 32)) ?? .zero, outputIndex: 1, fee: 9),
            "05" + String(repeating: "44", count: 32) + "00000001" + "0000000000000009"
        ),
    ]

    @Test("Every proposal has its golden bytes, reads back, and is refused when cut or lengthened")
    func proposals() throws {
        for (proposal, bytes) in Self.proposals {
            #expect(proposal.encoded.hex == bytes)
            #expect(try Proposal(decoding: proposal.encoded) == proposal)
            for length in 0..<proposal.encoded.count {
                #expect(throws: DecodingFailure.self) {
                    try Proposal(decoding: Bytes(proposal.encoded.prefix(length)))
                }
            }
            #expect(throws: DecodingFailure.trailing(count: 1)) { try Proposal(decoding: proposal.encoded + [0]) }
        }
        #expect(throws: DecodingFailure.value(field: "action")) { try Proposal(decoding: [6]) }
    }

    @Test("Domain, proposal digest and signing hash are the published ones")
    func digests() throws {
        #expect(Self.domain.hash.hex == "6fa70cd0176cf83607e949bf1b0378f87a96613f870bb7a37a28dcb7b3cd5cbe")
        let payload = Self.redemption.encoded
        let digest = ProposalDigest(
            payload: payload, domain: Self.domain, wallet: Self.wallet, coordinationBlock: BlockNumber(900))
        #expect(digest.hex == "d260d63ecdaf33134a88ec3f5ae5e162fc1cdf9d5788f64929897f2bb68993be")
        let content = Envelope.Content(
            domain: Self.domain, wallet: Self.wallet, coordinationBlock: BlockNumber(900), seat: SeatNumber(3),
            kind: .proposal, payload: payload)
        #expect(content.signingHash.hex == "b6d9d1a5c064cc9f04ae8594ea4c12fe1f4d0dc9fd1f4f481ebff725c395d70f")
    }

    @Test("Verdicts have their golden bytes, read back, and are refused when cut, lengthened or too large")
    func verdicts() throws {
        let digest = try #require(ProposalDigest(Bytes(repeating: 0x55, count: 32)))
        let tail = "0000000000000384" + String(repeating: "66", count: 32)
        let golden: [(Verdict, String)] = [
            (
                Verdict(digest: digest, answer: .accept, block: Self.block),
                String(repeating: "55", count: 32) + "01" + tail
            ),
            (
                Verdict(
                    digest: digest, answer: .reject(rule: "redemption.min_age", proposed: [7], found: [8, 9]),
                    block: Self.block),
                String(repeating: "55", count: 32) + "0012726564656d7074696f6e2e6d696e5f616765" + "0107020809" + tail
            ),
        ]
        for (verdict, bytes) in golden {
            #expect(verdict.encoded.hex == bytes)
            #expect(try Verdict(decoding: verdict.encoded) == verdict)
            for length in 0..<verdict.encoded.count {
                #expect(throws: DecodingFailure.self) { try Verdict(decoding: Bytes(verdict.encoded.prefix(length))) }
            }
            #expect(throws: DecodingFailure.self) { try Verdict(decoding: verdict.encoded + [0]) }
        }
        let long = Bytes(repeating: 1, count: 1_000)
        let cut = Verdict(
            digest: digest, answer: .reject(rule: "fee.band", proposed: long, found: long), block: Self.block)
        #expect(cut.encoded.count <= MessageKind.verdict.largestPayload)
        #expect(try Verdict(decoding: cut.encoded) == cut)
    }

    @Test("A status has its golden bytes and reads back")
    func status() throws {
        let status = Status(
            hostBlock: BlockNumber(1_000), counter: 7,
            settled: BlockReference(number: BlockNumber(968), hash: Self.block.hash), bitcoinHeight: 800_000,
            bootNonce: Bytes(repeating: 0x77, count: 16), draining: true, build: "1.0",
            reachable: [try #require(EthereumAddress(Bytes(repeating: 0x88, count: 20)))],
            idle: [
                .init(
                    wallet: Self.wallet, coordinationBlock: BlockNumber(900),
                    leader: try #require(EthereumAddress(Bytes(repeating: 0x99, count: 20))))
            ], withheld: [.init(wallet: Self.wallet, coordinationBlock: BlockNumber(901), rule: "fee.band")])
        let expected =
            "00000000000003e8000000000000000700000000000003c8" + String(repeating: "66", count: 32) + "000c3500"
            + String(repeating: "77", count: 16) + "0103312e3001" + String(repeating: "88", count: 20)
            + "01000102030405060708090a0b0c0d0e0f101112130000000000000384" + String(repeating: "99", count: 20)
            + "01000102030405060708090a0b0c0d0e0f101112130000000000000385086665652e62616e64"
        #expect(status.encoded.hex == expected)
        #expect(try Status(decoding: status.encoded) == status)
        for length in 0..<status.encoded.count {
            #expect(throws: DecodingFailure.self) { try Status(decoding: Bytes(status.encoded.prefix(length))) }
        }
    }

    @Test(
        "A block that no chain has is malformed in a verdict, a proposal and an envelope",
        arguments: [1 << 48 - 1, 1 << 48, 1 << 63, .max] as [UInt64])
    func largestBlocks(number: UInt64) throws {
        let verdict = Verdict(
            digest: try #require(ProposalDigest(Self.block.hash.bytes)), answer: .accept,
            block: BlockReference(number: BlockNumber(number), hash: .zero)
        )
        let sweep = Proposal.depositSweep(
            deposits: [.init(transaction: .zero, outputIndex: 0, revealBlock: BlockNumber(number))], fee: 1)
        let key = TestKey()
        let envelope = Envelope(
            Envelope.Content(
                domain: Self.domain, wallet: Self.wallet, coordinationBlock: BlockNumber(number), seat: SeatNumber(1),
                kind: .proposal, payload: sweep.encoded), sign: { key.value.signRecoverable($0.signingHash) })
        if number < 1 << 48 {
            #expect(try Verdict(decoding: verdict.encoded) == verdict)
            #expect(try Proposal(decoding: sweep.encoded) == sweep)
            #expect(try Envelope(decoding: envelope.encoded) == envelope)
        } else {
            let failure = DecodingFailure.value(field: "block number")
            #expect(throws: failure) { try Verdict(decoding: verdict.encoded) }
            #expect(throws: failure) { try Proposal(decoding: sweep.encoded) }
            #expect(throws: EnvelopeFailure.malformed(failure)) { try Envelope(decoding: envelope.encoded) }
        }
    }

    @Test("An envelope is signed by its operator alone: any bit changed, it is refused or another's")
    func envelopes() throws {
        var secret = Bytes(repeating: 1, count: 32)
        guard let key = PrivateKey(secret: SecretBytes(wiping: &secret)) else {
            Issue.record("32 bytes of 1 are a key")
            return
        }
        let address = key.ethereumAddress
        let envelope = Envelope(
            Envelope.Content(
                domain: Self.domain, wallet: Self.wallet, coordinationBlock: BlockNumber(900), seat: SeatNumber(3),
                kind: .proposal, payload: Self.redemption.encoded), sign: { key.signRecoverable($0.signingHash) })
        let bytes = envelope.encoded
        #expect(bytes.count == Envelope.overhead + envelope.payload.count)
        #expect(try Envelope(decoding: bytes) == envelope)
        #expect(envelope.signer(in: Self.domain) == address)
        #expect(envelope.signer(in: Domain(chainID: 2, profile: .mainnet)) != address, "another chain's is no message")
        for length in 0..<bytes.count {
            #expect(throws: EnvelopeFailure.self) { try Envelope(decoding: Bytes(bytes.prefix(length))) }
        }
        for bit in 0..<bytes.count * 8 {
            var altered = bytes
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let other = try? Envelope(decoding: altered) else { continue }
            // The profile digest is covered through the domain, which the receiver puts in.
            #expect(other.profile != envelope.profile || other.signer(in: Self.domain) != address, "bit \(bit)")
        }
        #expect(throws: EnvelopeFailure.version(2)) { try Envelope(decoding: [2] + bytes.dropFirst()) }
    }
}
