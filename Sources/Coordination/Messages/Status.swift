package import Primitives

/// The status that every operator sends to the others each minute. It serves liveness, never consensus (coordination.md
/// §6).
package struct Status: Hashable, Sendable {
    /// The maximum numbers of operators, idle leaders and windows in a status, so that it fits its frame of 8 KiB.
    package static let (largestReachable, largestIdle, largestWithheld) = (255, 32, 8)

    /// The last host block seen. A sender's newest status has the highest one, then the highest ``counter``.
    package let hostBlock: BlockNumber
    /// The number of the status since the sender's start.
    package let counter: UInt64
    /// The last settled host block seen.
    package let settled: BlockReference
    /// The height of the last Bitcoin block seen.
    package let bitcoinHeight: UInt32
    /// 16 random bytes, drawn at each start.
    package let bootNonce: Bytes
    /// Whether the sender is about to stop.
    package let draining: Bool
    /// The build of the sender, at most 255 bytes of UTF-8.
    package let build: String
    /// The members that the sender has heard within the last minute and a half.
    package let reachable: [EthereumAddress]
    /// The leaders that the sender found idle in the last window, with the wallet and that window's coordination block.
    package let idle: [IdleLeader]
    /// The current windows in which the sender proposes nothing because it could not judge an action (coordination.md
    /// §8).
    package let withheld: [Withheld]

    /// A window of a wallet, by its coordination block, and the rule that the sender could not judge.
    package struct Withheld: Hashable, Sendable {
        package let wallet: WalletPublicKeyHash
        package let coordinationBlock: BlockNumber
        package let rule: RuleID

        /// Makes the entry of a window in which the sender proposes nothing.
        package init(wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber, rule: RuleID) {
            self.wallet = wallet
            self.coordinationBlock = coordinationBlock
            self.rule = rule
        }
    }

    /// A leader that was idle in a window.
    package struct IdleLeader: Hashable, Comparable, Sendable {
        package let wallet: WalletPublicKeyHash
        package let coordinationBlock: BlockNumber
        package let leader: EthereumAddress

        /// Makes the entry of an idle leader and its window.
        package init(wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber, leader: EthereumAddress) {
            self.wallet = wallet
            self.coordinationBlock = coordinationBlock
            self.leader = leader
        }

        package static func < (left: IdleLeader, right: IdleLeader) -> Bool {
            (left.coordinationBlock, left.wallet, left.leader) < (right.coordinationBlock, right.wallet, right.leader)
        }
    }

    /// Makes a status. Lists and the build text are cut to the codec's limits.
    package init(
        hostBlock: BlockNumber, counter: UInt64, settled: BlockReference, bitcoinHeight: UInt32, bootNonce: Bytes,
        draining: Bool, build: String, reachable: [EthereumAddress], idle: [IdleLeader], withheld: [Withheld]
    ) {
        precondition(bootNonce.count == 16, "a boot nonce has 16 bytes")
        self.hostBlock = hostBlock
        self.counter = counter
        self.settled = settled
        self.bitcoinHeight = bitcoinHeight
        self.bootNonce = bootNonce
        self.draining = draining
        self.build = build.utf8.count <= 255 ? build : ""
        self.reachable = Array(reachable.prefix(Self.largestReachable))
        self.idle = Array(idle.prefix(Self.largestIdle))
        self.withheld = Array(withheld.prefix(Self.largestWithheld))
    }

    /// The canonical encoding (docs/protocol/wire.md §4).
    package var encoded: Bytes {
        var bytes = Bytes()
        bytes.append(bigEndian: hostBlock.rawValue)
        bytes.append(bigEndian: counter)
        bytes.append(bigEndian: settled.number.rawValue)
        bytes.append(settled.hash)
        bytes.append(bigEndian: bitcoinHeight)
        bytes.append(contentsOf: bootNonce)
        bytes.append(draining ? 1 : 0)
        bytes.append(UInt8(build.utf8.count))
        bytes.append(contentsOf: build.utf8)
        bytes.append(UInt8(reachable.count))
        for address in reachable { bytes.append(address) }
        bytes.append(UInt8(idle.count))
        for entry in idle {
            bytes.append(entry.wallet)
            bytes.append(bigEndian: entry.coordinationBlock.rawValue)
            bytes.append(entry.leader)
        }
        bytes.append(UInt8(withheld.count))
        for entry in withheld {
            bytes.append(entry.wallet)
            bytes.append(bigEndian: entry.coordinationBlock.rawValue)
            bytes.append(contentsOf: entry.rule.encoded)
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        hostBlock = try reader.blockNumber()
        counter = try reader.bigEndian()
        settled = BlockReference(number: try reader.blockNumber(), hash: try reader.fixed())
        bitcoinHeight = try reader.bigEndian()
        bootNonce = try reader.bytes(16)
        let draining = try reader.byte()
        guard draining <= 1 else { throw .value(field: "draining") }
        self.draining = draining == 1
        let text = try reader.bytes(Int(try reader.byte()))
        guard let build = String(validating: text, as: UTF8.self) else { throw .value(field: "build") }
        self.build = build
        var reachable: [EthereumAddress] = []
        for _ in 0..<(try reader.byte()) { reachable.append(try reader.fixed()) }
        self.reachable = reachable
        var idle: [IdleLeader] = []
        for _ in 0..<(try reader.byte()) {
            idle.append(
                IdleLeader(
                    wallet: try reader.fixed(), coordinationBlock: try reader.blockNumber(),
                    leader: try reader.fixed()))
        }
        self.idle = idle
        var withheld: [Withheld] = []
        for _ in 0..<(try reader.byte()) {
            withheld.append(
                Withheld(
                    wallet: try reader.fixed(), coordinationBlock: try reader.blockNumber(),
                    rule: try RuleID(from: &reader)))
        }
        self.withheld = withheld
        try reader.finish()
    }
}
