package import Coordination
package import Primitives
import Secp256k1

/// The reason that a payload is not a message of its kind.
package enum SigningMessageFailure: Error, Hashable, Sendable {
    /// The kind is not that of a signing message.
    case kind(MessageKind)
    /// The payload is longer than a frame may be.
    case tooLarge(Int)
    /// The length of a share depends on its session, and this session is unknown.
    case unknownSession(instance: UInt32, number: UInt32)
    /// A field is missing, out of range or out of order, or bytes are left over.
    case malformed(DecodingFailure)
}

extension SigningMessage {
    /// The job of a payload of any signing kind: its first 32 bytes; nil if there are fewer.
    package static func job(ofPayload payload: Bytes) -> Hash32? { Hash32(payload.prefix(Hash32.byteCount)) }

    /// The canonical encoding (docs/protocol/wire.md).
    package var encoded: Bytes {
        switch self {
        case .ready(let message): message.encoded
        case .nonces(let message): message.encoded
        case .request(let message): message.encoded
        case .shares(let message): message.encoded
        case .result(let message): message.encoded
        }
    }

    /// Decodes a payload of a job with `inputCount` inputs, signed by `threshold` seats.
    ///
    /// `openInputs` gives the number of inputs of an instance's session; it is called for `frost/shares` only.
    ///
    /// - Throws: ``SigningMessageFailure`` for another kind of message, a payload that is not canonical, and shares
    ///   of an unknown session.
    package init(
        decoding payload: Bytes, kind: MessageKind, inputCount: Int, threshold: Int,
        openInputs: (_ instance: UInt32, _ number: UInt32) -> Int?
    ) throws(SigningMessageFailure) {
        guard payload.count <= kind.largestPayload else { throw .tooLarge(payload.count) }
        var reader = ByteReader(payload)
        do {
            switch kind {
            case .signReady: self = .ready(try SigningReady(from: &reader))
            case .frostNonces: self = .nonces(try FrostNonces(from: &reader, inputCount: inputCount))
            case .frostRequest:
                self = .request(
                    try FrostRequest(from: &reader, inputCount: inputCount, threshold: threshold))
            case .frostShares:
                self = .shares(try FrostShares(from: &reader, inputCount: inputCount, openInputs: openInputs))
            case .signResult: self = .result(try SigningResult(from: &reader, inputCount: inputCount))
            case .proposal, .verdict, .status: throw SigningMessageFailure.kind(kind)
            }
            try reader.finish()
        } catch let failure as DecodingFailure {
            throw .malformed(failure)
        } catch let failure as SigningMessageFailure {
            throw failure
        } catch {
            preconditionFailure("a decoder throws its own failures only: \(error)")
        }
    }
}

extension SigningReady {
    // Seats are encoded as ranges of first and last, with a gap before each, so that a set of seats has one encoding.
    fileprivate var encoded: Bytes {
        var ranges: [(first: SeatNumber, last: SeatNumber)] = []
        for seat in seats {
            if let open = ranges.last, open.last.rawValue + 1 == seat.rawValue {
                ranges[ranges.count - 1].last = seat
            } else {
                ranges.append((seat, seat))
            }
        }
        var bytes = job.bytes
        bytes.append(proposal)
        bytes.append(bigEndian: UInt16(ranges.count))
        for range in ranges {
            bytes.append(seat: range.first)
            bytes.append(seat: range.last)
        }
        bytes.append(bigEndian: UInt16(bans.count))
        for ban in bans { bytes.append(ban) }
        return bytes
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        let job: Hash32 = try reader.fixed()
        let proposal: ProposalDigest = try reader.fixed()
        var seats: [SeatNumber] = []
        for _ in 0..<(try reader.bigEndian(UInt16.self)) {
            let first = try reader.seat()
            let last = try reader.seat()
            guard first <= last, seats.last.map({ first.rawValue > $0.rawValue + 1 }) ?? true else {
                throw .value(field: "seats")
            }
            seats += (first.rawValue...last.rawValue).map(SeatNumber.init)
        }
        var bans: [EthereumAddress] = []
        for _ in 0..<(try reader.bigEndian(UInt16.self)) {
            let ban: EthereumAddress = try reader.fixed()
            guard bans.last.map({ $0 < ban }) ?? true else { throw .value(field: "bans") }
            bans.append(ban)
        }
        self.init(job: job, proposal: proposal, seats: seats, bans: bans)
    }
}

extension FrostNonces {
    fileprivate var encoded: Bytes {
        var bytes = job.bytes
        bytes.append(bigEndian: instance)
        for entry in entries {
            bytes.append(seat: entry.seat)
            bytes.append(bigEndian: entry.number)
            for nonce in entry.nonces { bytes.append(contentsOf: nonce.bytes) }
        }
        return bytes
    }

    fileprivate init(from reader: inout ByteReader, inputCount: Int) throws(DecodingFailure) {
        job = try reader.fixed()
        instance = try reader.bigEndian()
        var entries: [Entry] = []
        repeat {
            let seat = try reader.seat(after: entries.last?.seat)
            let number: UInt32 = try reader.bigEndian()
            entries.append(Entry(seat: seat, number: number, nonces: try reader.nonces(inputCount)))
        } while reader.remaining > 0
        self.entries = entries
    }
}

extension FrostRequest {
    fileprivate var encoded: Bytes {
        var bytes = job.bytes
        bytes.append(bigEndian: instance)
        bytes.append(bigEndian: number)
        bytes.append(bigEndian: open.rawValue)
        for member in members {
            bytes.append(seat: member.seat)
            bytes.append(bigEndian: member.number)
        }
        for aggregate in aggregates { bytes.append(contentsOf: aggregate.bytes) }
        return bytes
    }

    fileprivate init(
        from reader: inout ByteReader, inputCount: Int, threshold: Int
    ) throws(DecodingFailure) {
        job = try reader.fixed()
        instance = try reader.bigEndian()
        number = try reader.bigEndian()
        let open = OpenInputs(rawValue: try reader.bigEndian())
        guard open.count > 0, open.indices.allSatisfy({ $0 < inputCount }) else { throw .value(field: "open inputs") }
        self.open = open
        var members: [Member] = []
        for _ in 0..<threshold {
            let seat = try reader.seat(after: members.last?.seat)
            members.append(Member(seat: seat, number: try reader.bigEndian()))
        }
        self.members = members
        aggregates = try reader.nonces(open.count)
    }
}

extension FrostShares {
    fileprivate var encoded: Bytes {
        var bytes = job.bytes
        bytes.append(bigEndian: instance)
        bytes.append(bigEndian: number)
        bytes.append(requestDigest)
        for entry in entries {
            bytes.append(seat: entry.seat)
            for share in entry.shares { bytes.append(share.bytes) }
            bytes.append(bigEndian: entry.nextNumber)
            for nonce in entry.nextNonces { bytes.append(contentsOf: nonce.bytes) }
        }
        return bytes
    }

    fileprivate init(
        from reader: inout ByteReader, inputCount: Int, openInputs: (UInt32, UInt32) -> Int?
    ) throws {
        job = try reader.fixed()
        let instance: UInt32 = try reader.bigEndian()
        let number: UInt32 = try reader.bigEndian()
        self.instance = instance
        self.number = number
        requestDigest = try reader.fixed()
        guard let openCount = openInputs(instance, number) else {
            throw SigningMessageFailure.unknownSession(instance: instance, number: number)
        }
        var entries: [Entry] = []
        repeat {
            let seat = try reader.seat(after: entries.last?.seat)
            var shares: [PartialSignature] = []
            for _ in 0..<openCount { shares.append(PartialSignature(try reader.fixed())) }
            let nextNumber: UInt32 = try reader.bigEndian()
            entries.append(
                Entry(
                    seat: seat, shares: shares, nextNumber: nextNumber, nextNonces: try reader.nonces(inputCount)))
        } while reader.remaining > 0
        self.entries = entries
    }
}

extension SigningResult {
    fileprivate var encoded: Bytes {
        var bytes = job.bytes
        for entry in entries {
            bytes.append(bigEndian: entry.input)
            bytes.append(contentsOf: entry.signature.bytes)
        }
        return bytes
    }

    fileprivate init(from reader: inout ByteReader, inputCount: Int) throws(DecodingFailure) {
        job = try reader.fixed()
        var entries: [Entry] = []
        repeat {
            let input: UInt32 = try reader.bigEndian()
            guard input < inputCount, entries.last.map({ $0.input < input }) ?? true else {
                throw .value(field: "input")
            }
            guard let signature = SchnorrSignature(try reader.take(SchnorrSignature.byteCount)) else {
                throw .value(field: "signature")
            }
            entries.append(Entry(input: input, signature: signature))
        } while reader.remaining > 0
        self.entries = entries
    }
}

extension Array where Element == UInt8 {
    // A seat has 4 bytes in signing messages (threshold-signing.md §5, §10.7), and 2 in envelopes.
    mutating func append(seat: SeatNumber) { append(bigEndian: UInt32(seat.rawValue)) }
}

extension ByteReader {
    // A seat of any wallet, greater than the previous one.
    fileprivate mutating func seat(after previous: SeatNumber? = nil) throws(DecodingFailure) -> SeatNumber {
        let number: UInt32 = try bigEndian()
        guard (1...UInt32(SigningGroup.maximumSeats)).contains(number) else { throw .value(field: "seat") }
        let seat = SeatNumber(UInt16(number))
        guard previous.map({ $0 < seat }) ?? true else { throw .value(field: "seat") }
        return seat
    }

    fileprivate mutating func nonces(_ count: Int) throws(DecodingFailure) -> [EncodedNonce] {
        var nonces: [EncodedNonce] = []
        for _ in 0..<count {
            guard let nonce = EncodedNonce(try take(EncodedNonce.byteCount)) else {
                preconditionFailure("the reader gives as many bytes as asked for")
            }
            nonces.append(nonce)
        }
        return nonces
    }
}
