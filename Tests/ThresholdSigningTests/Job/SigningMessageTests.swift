import Coordination
import Primitives
import Secp256k1
import Testing

@testable import ThresholdSigning

/// The payloads of threshold-signing.md §10.7: golden bytes, published sizes, bad bytes.
@Suite struct SigningMessageTests {
    private static func hash(_ byte: UInt8) throws -> Hash32 { try #require(Hash32(Bytes(repeating: byte, count: 32))) }

    private static func nonces(_ bytes: UInt8...) throws -> [EncodedNonce] {
        try bytes.map { try #require(EncodedNonce(Bytes(repeating: $0, count: 66))) }
    }

    private static func seats(_ numbers: UInt16...) -> [SeatNumber] { numbers.map { SeatNumber($0) } }

    private static func ready() throws -> SigningReady {
        SigningReady(
            job: try hash(0x0a), proposal: try #require(ProposalDigest(Bytes(repeating: 0x0b, count: 32))),
            seats: seats(9, 1, 2, 3, 7, 8, 255, 1),
            bans: try [0x0d, 0x0c].map { try #require(EthereumAddress(Bytes(repeating: $0, count: 20))) })
    }

    /// One message of each kind, of a job of 3 inputs, with the bytes it must have.
    private static func golden() throws -> [(SigningMessage, String)] {
        let job = String(repeating: "0a", count: 32)
        func run(_ byte: String, _ count: Int) -> String { String(repeating: byte, count: count) }
        let shares = FrostShares.Entry(
            seat: SeatNumber(4), shares: [PartialSignature(try hash(0x21)), PartialSignature(try hash(0x22))],
            nextNumber: 6, nextNonces: try nonces(0x23, 0x24, 0x25))
        let signature = try #require(SchnorrSignature(Bytes(repeating: 0x31, count: 64)))
        return [
            (
                .ready(try ready()),
                job + run("0b", 32) + "0003" + "00000001" + "00000003" + "00000007" + "00000009" + "000000ff"
                    + "000000ff" + "0002" + run("0c", 20) + run("0d", 20)
            ),
            (
                .nonces(
                    FrostNonces(
                        job: try hash(0x0a), instance: 1,
                        entries: [
                            FrostNonces.Entry(seat: SeatNumber(2), number: 5, nonces: try nonces(1, 2, 3)),
                            FrostNonces.Entry(seat: SeatNumber(4), number: 0, nonces: try nonces(4, 5, 6)),
                        ])),
                job + "00000001" + "00000002" + "00000005" + run("01", 66) + run("02", 66) + run("03", 66)
                    + "00000004" + "00000000" + run("04", 66) + run("05", 66) + run("06", 66)
            ),
            (
                .request(
                    FrostRequest(
                        job: try hash(0x0a), instance: 1, number: 32, open: OpenInputs([0, 2]),
                        members: [
                            FrostRequest.Member(seat: SeatNumber(2), number: 5),
                            FrostRequest.Member(seat: SeatNumber(4), number: 0),
                        ], aggregates: try nonces(7, 8))),
                job + "00000001" + "00000020" + "00000005" + "00000002" + "00000005" + "00000004" + "00000000"
                    + run("07", 66) + run("08", 66)
            ),
            (
                .shares(
                    FrostShares(
                        job: try hash(0x0a), instance: 1, number: 32, requestDigest: try hash(0x20),
                        entries: [shares])),
                job + "00000001" + "00000020" + run("20", 32) + "00000004" + run("21", 32) + run("22", 32) + "00000006"
                    + run("23", 66) + run("24", 66) + run("25", 66)
            ),
            (
                .result(
                    SigningResult(
                        job: try hash(0x0a),
                        entries: [
                            SigningResult.Entry(input: 0, signature: signature),
                            SigningResult.Entry(input: 2, signature: signature),
                        ])),
                job + "00000000" + run("31", 64) + "00000002" + run("31", 64)
            ),
        ]
    }

    private func decode(
        _ payload: Bytes, _ kind: MessageKind, threshold: Int = 2, open: Int? = 2
    ) throws(SigningMessageFailure) -> SigningMessage {
        try SigningMessage(decoding: payload, kind: kind, inputCount: 3, threshold: threshold) { _, _ in open }
    }

    @Test("Every message has its golden bytes, and they decode to it")
    func golden() throws {
        for (message, hex) in try Self.golden() {
            #expect(message.encoded.hex == hex, "\(message.kind)")
            #expect(try decode(try Bytes(hex: hex), message.kind) == message)
            #expect(message.job == (try Self.hash(0x0a)))
            #expect(SigningMessage.job(ofPayload: message.encoded) == message.job)
        }
    }

    @Test("Sizes are those of the table", arguments: [1, 21])
    func sizes(inputs: Int) throws {
        let header = 32
        let nonces = try (0..<inputs).map { _ in try Self.nonces(1)[0] }
        let offer = FrostNonces(
            job: .zero, instance: 0, entries: [FrostNonces.Entry(seat: SeatNumber(1), number: 0, nonces: nonces)])
        #expect(SigningMessage.nonces(offer).encoded.count - header - 4 == (inputs == 1 ? 74 : 1_394))
        let request = FrostRequest(
            job: .zero, instance: 0, number: 0, open: OpenInputs(0..<inputs),
            members: (1...51).map { FrostRequest.Member(seat: SeatNumber($0), number: 0) }, aggregates: nonces)
        #expect(SigningMessage.request(request).encoded.count - header == (inputs == 1 ? 486 : 1_806))
        let shares = FrostShares(
            job: .zero, instance: 0, number: 0, requestDigest: .zero,
            entries: [
                FrostShares.Entry(
                    seat: SeatNumber(1), shares: (0..<inputs).map { _ in PartialSignature(.zero) }, nextNumber: 0,
                    nextNonces: nonces)
            ])
        #expect(SigningMessage.shares(shares).encoded.count - header - 40 == (inputs == 1 ? 106 : 2_066))
        let signature = try #require(SchnorrSignature(Bytes(repeating: 0, count: 64)))
        let result = SigningResult(
            job: .zero, entries: (0..<inputs).map { SigningResult.Entry(input: UInt32($0), signature: signature) })
        #expect(SigningMessage.result(result).encoded.count - header == (inputs == 1 ? 68 : 1_428))
        let hundred = SigningReady(
            job: .zero, proposal: try #require(ProposalDigest(Hash32.zero.bytes)),
            seats: stride(from: 1, through: 100, by: 2).map { SeatNumber(UInt16($0)) })
        #expect(SigningMessage.ready(hundred).encoded.count < 740)
    }

    @Test("Cut short anywhere, or with a byte left over, a payload is refused")
    func length() throws {
        for (message, _) in try Self.golden() {
            let payload = message.encoded
            // A list that ends between two entries is a shorter list.
            let whole: Set<Int> =
                switch message {
                case .nonces: [36 + 8 + 198]
                case .result: [32 + 68]
                case .ready, .request, .shares: []
                }
            for count in payload.indices where !whole.contains(count) {
                #expect(throws: SigningMessageFailure.self, "\(message.kind), \(count) bytes") {
                    try decode(Bytes(payload.prefix(count)), message.kind)
                }
            }
            #expect(throws: SigningMessageFailure.self) { try decode(payload + [0], message.kind) }
        }
    }

    @Test("Fields out of range or out of order are refused by name")
    func fields() throws {
        func refused(_ message: SigningMessage, _ field: String, threshold: Int = 2) {
            #expect(throws: SigningMessageFailure.malformed(.value(field: field)), "\(message)") {
                try decode(message.encoded, message.kind, threshold: threshold)
            }
        }
        for seats in [Self.seats(0), Self.seats(256), Self.seats(2, 1), Self.seats(2, 2)] {
            let entries = try seats.map {
                FrostNonces.Entry(seat: $0, number: 0, nonces: try Self.nonces(1, 2, 3))
            }
            refused(.nonces(FrostNonces(job: .zero, instance: 0, entries: entries)), "seat")
            let members = seats.map { FrostRequest.Member(seat: $0, number: 0) }
            refused(
                .request(
                    FrostRequest(
                        job: .zero, instance: 0, number: 0, open: OpenInputs([0]), members: members,
                        aggregates: try Self.nonces(1))), "seat", threshold: seats.count)
        }
        for open in [[], [3], [0, 31]] {
            refused(
                .request(
                    FrostRequest(
                        job: .zero, instance: 0, number: 0, open: OpenInputs(open),
                        members: [FrostRequest.Member(seat: SeatNumber(1), number: 0)],
                        aggregates: try open.map { try Self.nonces(UInt8($0))[0] })), "open inputs")
        }
        let signature = try #require(SchnorrSignature(Bytes(repeating: 0, count: 64)))
        for inputs in [[3], [1, 0], [1, 1]] as [[UInt32]] {
            let entries = inputs.map { SigningResult.Entry(input: $0, signature: signature) }
            refused(.result(SigningResult(job: .zero, entries: entries)), "input")
        }
    }

    @Test(
        "Seat ranges that are reversed, out of order, overlapping or without a gap are refused",
        arguments: [
            "0000000200000001", "00000003000000040000000100000001", "00000001000000030000000300000004",
            "00000001000000020000000300000004", "0000000000000001", "000000ff00000100",
        ])
    func ranges(hex: String) throws {
        let ranges = try Bytes(hex: hex)
        var payload = try Self.hash(0x0a).bytes + Self.hash(0x0b).bytes
        payload.append(bigEndian: UInt16(ranges.count / 8))
        payload += ranges + [0, 0]
        #expect(throws: SigningMessageFailure.self) { try decode(payload, .signReady) }
    }

    @Test("Bans out of order or repeated are refused")
    func bans() throws {
        let head = try Self.hash(0x0a).bytes + Self.hash(0x0b).bytes + [0, 0, 0, 2]
        let (low, high) = (Bytes(repeating: 1, count: 20), Bytes(repeating: 2, count: 20))
        _ = try decode(head + low + high, .signReady)
        for bans in [high + low, low + low] {
            #expect(throws: SigningMessageFailure.malformed(.value(field: "bans"))) {
                try decode(head + bans, .signReady)
            }
        }
    }

    @Test("Shares of an unknown session, kinds that carry no signing message, and oversized payloads are refused")
    func context() throws {
        let shares = try Self.golden()[3].0
        #expect(throws: SigningMessageFailure.unknownSession(instance: 1, number: 32)) {
            try decode(shares.encoded, .frostShares, open: nil)
        }
        #expect(throws: SigningMessageFailure.self) { try decode(shares.encoded, .frostShares, open: 1) }
        for kind in [MessageKind.proposal, .verdict, .status] {
            #expect(throws: SigningMessageFailure.kind(kind)) { try decode(shares.encoded, kind) }
        }
        let large = Bytes(repeating: 0, count: MessageKind.frostNonces.largestPayload + 1)
        #expect(throws: SigningMessageFailure.tooLarge(large.count)) { try decode(large, .frostNonces) }
    }

    @Test("Whatever decodes encodes to the same bytes, and nothing crashes a decoder")
    func fuzz() throws {
        var random = SeededRandom("codec")
        var decoded = 0
        for (message, _) in try Self.golden() {
            for _ in 0..<2_000 {
                var payload = message.encoded
                for _ in 0...random.below(3) { payload[random.below(payload.count)] ^= UInt8(1 << random.below(8)) }
                if random.below(4) == 0 { payload = Bytes(payload.prefix(random.below(payload.count))) }
                guard let again = try? decode(payload, message.kind) else { continue }
                decoded += 1
                if again.encoded != payload { Issue.record("\(message.kind): \(payload.hex) is not canonical") }
            }
        }
        #expect(decoded > 1_000)
    }
}
