package import Coordination
package import Primitives
import Secp256k1
package import ThresholdSigning
package import WalletActions

/// One window of a node for replay elsewhere: the node's state before it, its inputs, the messages it sent, and the
/// events it wrote (docs/protocol/wire.md §10). It holds no secret.
package struct WindowBundle: Hashable, Sendable {
    /// The public data of a wallet, which all its operators know.
    package struct Wallet: Hashable, Sendable {
        package let key: ThresholdKey
        /// The operator of each seat, seat 1 first.
        package let seats: [EthereumAddress]

        /// The wallet's identity on both chains.
        package var identity: WalletIdentity { WalletIdentity(scheme: .taproot, publicKey: key.groupKey) }

        /// Describes a wallet.
        package init(key: ThresholdKey, seats: [EthereumAddress]) {
            self.key = key
            self.seats = seats
        }
    }

    /// An event of the ledger in its place.
    package struct Event: Hashable, Sendable {
        package let sequence: UInt64
        package let block: BlockNumber
        package let body: Bytes

        /// Describes an event.
        package init(sequence: UInt64, block: BlockNumber, body: Bytes) {
            self.sequence = sequence
            self.block = block
            self.body = body
        }
    }

    /// The name of the build that wrote the journal.
    package let build: String
    /// The window of the bundle; earlier lines only lead up to it.
    package let window: WindowKey
    package let me: EthereumAddress
    package let chainID: UInt64
    package let finalDepth: UInt64
    /// The time between host blocks in milliseconds, by the wall clock.
    package let blockMilliseconds: UInt64
    package let profile: ProtocolProfile
    package let wallets: [Wallet]
    /// The events before the first line that a restart would read, oldest first.
    package let before: [Event]
    package let lines: [JournalEntry]
    /// The events that the node wrote from the first line on, oldest first.
    package let events: [Event]

    /// Puts a bundle together.
    package init(
        build: String, window: WindowKey, me: EthereumAddress, chainID: UInt64, finalDepth: UInt64,
        blockMilliseconds: UInt64, profile: ProtocolProfile, wallets: [Wallet], before: [Event], lines: [JournalEntry],
        events: [Event]
    ) {
        self.build = build
        self.window = window
        self.me = me
        self.chainID = chainID
        self.finalDepth = finalDepth
        self.blockMilliseconds = blockMilliseconds
        self.profile = profile
        self.wallets = wallets
        self.before = before
        self.lines = lines
        self.events = events
    }
}

extension WindowBundle {
    /// The reason that bytes are not a valid bundle.
    package enum Failure: Error, Hashable, Sendable {
        /// They begin as a bundle of another format, such as `coord/window/1`; nil where they do not begin as a bundle.
        case version(String?)
        /// They were altered or cut: the digest in the last 32 of this many bytes does not match those before it.
        case digest(of: Int)
        /// A line, counted from 1, has a kind that other builds wrote (``JournalStep/kinds``).
        case line(Int, kind: UInt8)
        /// A part is malformed: its name, how many bytes had been read then, and the cause.
        case part(String, at: Int, DecodingFailure)
    }

    /// The format that this build writes and reads.
    package static let format = "coord/window/2"
    private static let magic = Bytes("\(format)\n".utf8)

    /// The name of the format with which a file begins; nil where the format is unknown.
    private static func format(of bytes: Bytes) -> String? {
        let name = bytes.prefix { (0x21...0x7e).contains($0) }
        guard name.starts(with: Bytes("coord/window/".utf8)), name.count <= 32, name.count < bytes.count else {
            return nil
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// The encoding, with the digest of all preceding bytes at its end.
    package var encoded: Bytes {
        var bytes = Self.magic
        bytes.append(counted: Bytes(build.utf8))
        bytes.append(window.wallet)
        bytes.append(bigEndian: window.coordinationBlock.rawValue)
        bytes.append(me)
        bytes.append(bigEndian: chainID)
        bytes.append(bigEndian: finalDepth)
        bytes.append(bigEndian: blockMilliseconds)
        bytes.append(counted: profile.encoded)
        bytes.append(list: wallets) { bytes, wallet in
            bytes.append(counted: wallet.key.groupKey.compressed)
            bytes.append(list: wallet.key.publicShares) { $0.append(counted: $1.compressed) }
            bytes.append(list: wallet.seats) { $0.append($1) }
            bytes.append(bigEndian: UInt16(wallet.key.threshold))
        }
        bytes.append(list: before) { $1.append(to: &$0) }
        bytes.append(list: lines) { bytes, line in
            for number in [line.after, line.block.rawValue, line.time] { bytes.append(bigEndian: number) }
            bytes.append(counted: line.body)
        }
        bytes.append(list: events) { $1.append(to: &$0) }
        bytes.append(sha256(bytes))
        return bytes
    }

    /// Decodes a bundle and checks that every event and every line in it can be read.
    ///
    /// - Throws: ``Failure`` for another format, a digest that does not fit, and the first part or line that cannot be
    ///   read.
    package init(decoding bytes: Bytes) throws(Failure) {
        guard bytes.starts(with: Self.magic) else { throw .version(Self.format(of: bytes)) }
        let content = bytes.dropLast(Hash32.byteCount)
        guard content.count >= Self.magic.count, Hash32(bytes.suffix(Hash32.byteCount)) == sha256(content) else {
            throw .digest(of: bytes.count)
        }
        var reader = ByteReader(content.dropFirst(Self.magic.count))
        func part<Value>(
            _ name: String, _ read: (inout ByteReader) throws(DecodingFailure) -> Value
        ) throws(Failure) -> Value {
            do throws(DecodingFailure) {
                return try read(&reader)
            } catch {
                throw .part(name, at: Self.magic.count + reader.offset, error)
            }
        }
        func list<Item>(
            _ name: String, of item: String, _ read: (inout ByteReader) throws(DecodingFailure) -> Item,
            check: (Int, Item) throws(Failure) -> Void = { _, _ in }
        ) throws(Failure) -> [Item] {
            var items: [Item] = []
            let count = try part(name) { reader throws(DecodingFailure) in try reader.bigEndian(UInt32.self) }
            for place in 0..<count {
                items.append(try part("\(item) \(place + 1)", read))
                try check(items.count, items[items.count - 1])
            }
            return items
        }
        build = try part("build") { reader throws(DecodingFailure) in
            guard let text = String(validating: try reader.counted(), as: UTF8.self) else {
                throw .value(field: "text")
            }
            return text
        }
        window = try part("window") { reader throws(DecodingFailure) in
            WindowKey(wallet: try reader.fixed(), coordinationBlock: try reader.writtenBlockNumber())
        }
        me = try part("operator") { reader throws(DecodingFailure) in try reader.fixed() }
        chainID = try part("chain") { reader throws(DecodingFailure) in try reader.bigEndian() }
        finalDepth = try part("final depth") { reader throws(DecodingFailure) in try reader.bigEndian() }
        blockMilliseconds = try part("block time") { reader throws(DecodingFailure) in
            let time: UInt64 = try reader.bigEndian()
            guard time <= NodeConfiguration.longestBlock else { throw .value(field: "block time") }
            return time
        }
        profile = try part("profile") { reader throws(DecodingFailure) in
            try ProtocolProfile(decoding: try reader.counted())
        }
        wallets = try list("wallets", of: "wallet") { reader throws(DecodingFailure) in try Wallet(from: &reader) }
        before = try list("events before", of: "event before") { reader throws(DecodingFailure) in
            try Event(from: &reader)
        }
        lines = try list("lines", of: "line") { reader throws(DecodingFailure) in
            try JournalEntry(from: &reader)
        } check: { number, line throws(Failure) in
            if let kind = line.unreadKind { throw .line(number, kind: kind) }
            _ = try part("line \(number)") { _ throws(DecodingFailure) in try JournalStep(decoding: line.body) }
        }
        events = try list("events", of: "event") { reader throws(DecodingFailure) in try Event(from: &reader) }
        try part("end") { reader throws(DecodingFailure) in try reader.finish() }
    }
}

extension WindowBundle.Wallet {
    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        func point(_ bytes: Bytes) throws(DecodingFailure) -> CurvePoint {
            guard let point = CurvePoint(compressed: bytes) else { throw .value(field: "point") }
            return point
        }
        let groupKey = try point(try reader.counted())
        let shares = try reader.counted { reader throws(DecodingFailure) in try point(try reader.counted()) }
        let seats = try reader.counted { reader throws(DecodingFailure) in try reader.fixed(EthereumAddress.self) }
        let threshold = Int(try reader.bigEndian(UInt16.self))
        guard let key = try? ThresholdKey(groupKey: groupKey, publicShares: shares, threshold: threshold) else {
            throw .value(field: "key")
        }
        self.init(key: key, seats: seats)
    }
}

extension WindowBundle.Event {
    fileprivate func append(to bytes: inout Bytes) {
        bytes.append(bigEndian: sequence)
        bytes.append(bigEndian: block.rawValue)
        bytes.append(counted: body)
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        self.init(sequence: try reader.bigEndian(), block: try reader.writtenBlockNumber(), body: try reader.counted())
        _ = try LedgerEvent(decoding: body)
    }
}

extension JournalEntry {
    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        self.init(
            after: try reader.bigEndian(), block: try reader.writtenBlockNumber(), time: try reader.bigEndian(),
            body: try reader.counted())
    }
}
