package import Coordination
package import Primitives

/// An operator's observations of a job, for an activity report (threshold-signing.md §10.5).
package struct SigningReport: Sendable, Hashable {
    /// One session of our own instance.
    package struct Session: Sendable, Hashable {
        package let number: UInt32
        /// The seats of the set, ascending.
        package let seats: [SeatNumber]
        package let open: OpenInputs
        /// The seats that had not answered when the job ended, ascending. The others may just have been faster, so this
        /// says nothing about an honest seat.
        package let silent: [SeatNumber]

        /// Describes one session.
        package init(number: UInt32, seats: [SeatNumber], open: OpenInputs, silent: [SeatNumber]) {
            self.number = number
            self.seats = seats
            self.open = open
            self.silent = silent
        }
    }

    /// Whether every input has its signature.
    package let isSigned: Bool
    /// The seats that announced themselves as ready, ours included, ascending.
    package let ready: [SeatNumber]
    /// The sessions of our own instance; empty if we coordinated none.
    package let sessions: [Session]
    /// The seats that broke the rules of our own instance, with the rule.
    package let blamed: [SeatNumber: SigningBlame]

    /// Describes the observations.
    package init(
        isSigned: Bool, ready: [SeatNumber], sessions: [Session], blamed: [SeatNumber: SigningBlame]
    ) {
        self.isSigned = isSigned
        self.ready = ready
        self.sessions = sessions
        self.blamed = blamed
    }
}

/// The reason that a seat is excluded from an instance (threshold-signing.md §11, §14). Each is public evidence
/// together with the signed messages that show it.
package enum SigningBlame: Sendable, Hashable {
    /// The nonces are not points.
    case undecodableNonce(number: UInt32)
    /// The seat sent two different nonces under one number.
    case secondNonce(number: UInt32)
    /// A share is not a scalar.
    case shareRange(session: UInt32)
    /// A share does not match the nonces of its session.
    case badShare(session: UInt32, input: Int)
}

// MARK: - Bytes

extension SigningReport {
    /// The canonical encoding (docs/protocol/wire.md §7): whether the job is signed, the ready seats, the sessions, and
    /// the blamed seats, ascending.
    package var encoded: Bytes {
        var bytes: Bytes = [isSigned ? 1 : 0]
        bytes.append(ready)
        bytes.append(bigEndian: UInt32(sessions.count))
        for session in sessions {
            bytes.append(bigEndian: session.number)
            bytes.append(session.seats)
            bytes.append(bigEndian: session.open.rawValue)
            bytes.append(session.silent)
        }
        bytes.append(bigEndian: UInt16(blamed.count))
        for (seat, blame) in blamed.sorted(by: { $0.key < $1.key }) {
            bytes.append(bigEndian: seat.rawValue)
            let (code, number): (UInt8, UInt32) =
                switch blame {
                case .undecodableNonce(let number): (1, number)
                case .secondNonce(let number): (2, number)
                case .shareRange(let session): (3, session)
                case .badShare(let session, _): (4, session)
                }
            bytes.append(code)
            bytes.append(bigEndian: number)
            if case .badShare(_, let input) = blame { bytes.append(UInt8(truncatingIfNeeded: input)) }
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let isSigned: Bool
        switch try reader.byte() {
        case 0: isSigned = false
        case 1: isSigned = true
        default: throw .value(field: "signed")
        }
        let ready = try reader.seats()
        var sessions: [Session] = []
        for _ in 0..<(try reader.bigEndian(UInt32.self)) {
            sessions.append(
                Session(
                    number: try reader.bigEndian(), seats: try reader.seats(),
                    open: OpenInputs(rawValue: try reader.bigEndian()), silent: try reader.seats()))
        }
        var blamed: [SeatNumber: SigningBlame] = [:]
        var last: SeatNumber?
        for _ in 0..<(try reader.bigEndian(UInt16.self)) {
            let seat = SeatNumber(try reader.bigEndian())
            if let last, seat <= last { throw .value(field: "blamed") }
            last = seat
            switch try reader.byte() {
            case 1: blamed[seat] = .undecodableNonce(number: try reader.bigEndian())
            case 2: blamed[seat] = .secondNonce(number: try reader.bigEndian())
            case 3: blamed[seat] = .shareRange(session: try reader.bigEndian())
            case 4: blamed[seat] = .badShare(session: try reader.bigEndian(), input: Int(try reader.byte()))
            default: throw .value(field: "blame")
            }
        }
        try reader.finish()
        self.init(isSigned: isSigned, ready: ready, sessions: sessions, blamed: blamed)
    }
}

extension Bytes {
    fileprivate mutating func append(_ seats: [SeatNumber]) {
        append(bigEndian: UInt16(seats.count))
        for seat in seats { append(bigEndian: seat.rawValue) }
    }
}

extension ByteReader {
    fileprivate mutating func seats() throws(DecodingFailure) -> [SeatNumber] {
        let seats = try list { reader throws(DecodingFailure) in SeatNumber(try reader.bigEndian()) }
        guard zip(seats, seats.dropFirst()).allSatisfy(<) else { throw .value(field: "seats") }
        return seats
    }
}
