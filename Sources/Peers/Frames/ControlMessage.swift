package import Coordination
package import Primitives

/// The reason that a link is refused or closed. The raw value is sent over the wire.
package enum LinkCode: UInt16, Error, Hashable, Sendable, CaseIterable {
    /// The node is stopping.
    case draining = 1
    /// The operator shares no wallet with us.
    case notAMember = 2
    /// The two sides have no protocol version in common.
    case version = 3
    /// The other side uses another host chain or Bridge.
    case network = 4
    /// A link to this operator already stands.
    case duplicate = 5
    /// The other side broke the link protocol.
    case protocolError = 6
    /// The other side was silent for too long.
    case silent = 7
    /// The other side sent too many malformed frames.
    case malformed = 8
    /// One member made too many new links.
    case tooManyLinks = 9
    /// The other side does not read our answers.
    case notRead = 10

    /// The row in the table of reasons.
    package var reason: LinkRefusal {
        switch self {
        case .draining: .draining
        case .notAMember: .notAMember
        case .version: .version
        case .network: .network
        case .duplicate: .duplicate
        case .protocolError: .protocolError
        case .silent: .silent
        case .malformed: .malformed
        case .tooManyLinks: .tooManyLinks
        case .notRead: .notRead
        }
    }
}

extension LinkCode {
    /// The words shown where a code needs no member's name.
    var words: String {
        switch self {
        case .draining: "the other node stops"
        case .duplicate: "another link to it stands"
        case .protocolError: "its first words were no hello"
        default: reason.cause
        }
    }
}

/// A message between the two ends of a link about the link itself (durability-and-events.md NE2, NE3, NE8).
package enum ControlMessage: Hashable, Sendable {
    /// The sender introduces itself; the accepting side's hello comes first.
    case hello(Hello)
    /// The link is refused before anything from the other side was read.
    case refusal(LinkCode)
    /// The link is closed.
    case goodbye(LinkCode)
    /// Asks whether all earlier frames have arrived; `sent` is the time of sending in Unix milliseconds of the sender's
    /// clock.
    case ping(UInt64, sent: UInt64)
    /// Answers a ping with its number and stamp, and gives the times of the ping's arrival and of this answer by this
    /// side's clock.
    case pong(UInt64, sent: UInt64, heard: UInt64, answered: UInt64)

    /// The canonical encoding: kind byte and fields, integers big-endian.
    package var encoded: Bytes {
        var bytes = Bytes()
        switch self {
        case .hello(let hello):
            bytes.append(1)
            bytes += hello.encoded
        case .refusal(let code):
            bytes.append(2)
            bytes.append(bigEndian: code.rawValue)
        case .goodbye(let code):
            bytes.append(3)
            bytes.append(bigEndian: code.rawValue)
        case .ping(let number, let sent):
            bytes.append(4)
            for field in [number, sent] { bytes.append(bigEndian: field) }
        case .pong(let number, let sent, let heard, let answered):
            bytes.append(5)
            for field in [number, sent, heard, answered] { bytes.append(bigEndian: field) }
        }
        return bytes
    }

    /// The frame that carries the message.
    var frame: Frame { Frame(.control, encoded) }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        switch try reader.byte() {
        case 1: self = .hello(try Hello(from: &reader))
        case 2: self = .refusal(try reader.linkCode())
        case 3: self = .goodbye(try reader.linkCode())
        case 4: self = .ping(try reader.bigEndian(), sent: try reader.bigEndian())
        case 5:
            self = .pong(
                try reader.bigEndian(), sent: try reader.bigEndian(), heard: try reader.bigEndian(),
                answered: try reader.bigEndian())
        default: throw .value(field: "control")
        }
        try reader.finish()
    }
}

/// A node's introduction at the start of a link.
package struct Hello: Hashable, Sendable {
    /// The versions of this build. In version 1 a ping had no stamps; this build does not speak it.
    package static let versions: ClosedRange<UInt16> = 2...2

    package let lowestVersion: UInt16
    package let highestVersion: UInt16
    package let chainID: UInt64
    package let bridge: EthereumAddress
    /// The digest of the current window's profile.
    package let profile: ProfileDigest
    /// 16 random bytes drawn at each start.
    package let bootNonce: Bytes
    /// The time in Unix milliseconds, for skew warnings only.
    package let clock: UInt64
    /// The name of the build, at most 255 bytes.
    package let build: String

    /// Describes a node.
    package init(
        versions: ClosedRange<UInt16> = Hello.versions, chainID: UInt64, bridge: EthereumAddress,
        profile: ProfileDigest, bootNonce: Bytes, clock: UInt64, build: String
    ) {
        precondition(bootNonce.count == 16, "a boot nonce has 16 bytes")
        lowestVersion = versions.lowerBound
        highestVersion = versions.upperBound
        self.chainID = chainID
        self.bridge = bridge
        self.profile = profile
        self.bootNonce = bootNonce
        self.clock = clock
        self.build = build.utf8.count <= 255 ? build : ""
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        lowestVersion = try reader.bigEndian()
        highestVersion = try reader.bigEndian()
        guard lowestVersion <= highestVersion else { throw .value(field: "versions") }
        chainID = try reader.bigEndian()
        bridge = try reader.fixed()
        profile = try reader.fixed()
        bootNonce = try reader.bytes(16)
        clock = try reader.bigEndian()
        guard let build = String(validating: try reader.take(Int(try reader.byte())), as: UTF8.self) else {
            throw .value(field: "build")
        }
        self.build = build
    }

    fileprivate var encoded: Bytes {
        var bytes = Bytes()
        bytes.append(bigEndian: lowestVersion)
        bytes.append(bigEndian: highestVersion)
        bytes.append(bigEndian: chainID)
        bytes.append(bridge)
        bytes.append(profile)
        bytes += bootNonce
        bytes.append(bigEndian: clock)
        bytes.append(UInt8(build.utf8.count))
        bytes += Bytes(build.utf8)
        return bytes
    }

    /// The reason that a link to the other node cannot be used; nil if it can. A different profile is not a reason: it
    /// may be the next profile, and envelopes under it are refused one by one.
    package func refusal(of other: Hello) -> LinkCode? {
        guard max(lowestVersion, other.lowestVersion) <= min(highestVersion, other.highestVersion) else {
            return .version
        }
        return chainID == other.chainID && bridge == other.bridge ? nil : .network
    }
}

extension ByteReader {
    fileprivate mutating func linkCode() throws(DecodingFailure) -> LinkCode {
        guard let code = LinkCode(rawValue: try bigEndian()) else { throw .value(field: "code") }
        return code
    }
}
