import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import Secp256k1
import Synchronization
import TestKit
import Testing
import ThresholdSigning
import WalletActions

/// Operators of taproot wallets, five and one if nothing else is said, joined in memory: real machines, real signatures, model chains.
///
/// Every input goes through ``BenchNode/perform``: commit first, then send, as the shell does.
final class NodeFleet {
    static let profile: ProtocolProfile = {
        var profile = ProtocolProfile.devnet
        profile.bridge = address("bridge")
        profile.proposalValidator = address("validator")
        return profile
    }()
    static let chainID: UInt64 = 31_337

    private(set) var host: HostChainModel
    private(set) var bitcoin: BitcoinModel
    private var keepers: [BridgeKeeper] = []
    /// What each operator holds of each wallet.
    private(set) var held: [[HeldWallet]] = []
    /// The first wallet.
    let group: SigningGroup
    let identity: WalletIdentity
    private(set) var nodes: [BenchNode] = []
    private(set) var now = SigningInstant(milliseconds: 1_000)
    var random: SeededRandom
    /// Messages that the network loses.
    var loses: (_ from: EthereumAddress, _ to: EthereumAddress, MessageKind) -> Bool = { _, _, _ in false }
    /// What the chains say instead of the truth.
    var overrides: (ChainQuery) -> ChainAnswer? = { _ in nil }
    /// Everything that went over the wire.
    private(set) var wire: [(from: EthereumAddress, to: EthereumAddress, envelope: Bytes)] = []
    private var deliveries: [(from: EthereumAddress, to: EthereumAddress, envelope: Bytes)] = []
    private(set) var published: [Transaction] = []

    static func address(_ name: String) -> EthereumAddress { EthereumAddress(hash160(Bytes(name.utf8))) }

    /// Seat `i + 1` of each wallet is held by operator `holders[i]`, or `i` if nothing is said. Of the wallets the nodes know
    /// only the first `known` at their start, or all.
    init(
        seed: UInt64 = 1, operators: Int = 5, holders: [Int]? = nil, threshold: Int = 3, wallets: Int = 1,
        known: Int? = nil
    ) throws {
        var random = SeededRandom(seed)
        self.random = SeededRandom(seed + 1_000_000)
        var keys: [TestKey] = []
        for _ in 0..<operators { keys.append(TestKey(PrivateKey(random: &random))) }
        let holders = holders ?? Array(0..<operators)
        let amount = try #require(Satoshis(500_000_000))
        held = keys.map { _ in [] }
        for _ in 0..<wallets {
            let dealt = try DealtGroup(threshold: threshold, seats: holders.count, random: &random)
            let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
            let group = try SigningGroup(
                wallet: identity.hash, seats: holders.map { keys[$0].address }, threshold: threshold)
            for (index, key) in keys.enumerated() {
                var shares: [HeldShare] = []
                for seat in group.seats(of: key.address) { shares.append(HeldShare(try dealt.share(of: seat))) }
                held[index].append(HeldWallet(identity: identity, group: group, key: dealt.key, shares: shares))
            }
        }
        let first = try #require(held.first?.first)
        (identity, group) = (first.identity, first.group)
        let (funded, chain) = FundedWallet.chain(
            funding: held[0].map(\.identity), with: amount, time: 1_700_000_000)
        bitcoin = chain
        host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(1_700_000_000), blockSeconds: 12)
        keepers = funded.map { $0.keeper(confirmations: Self.profile.settleConfirmations) }
        host.mine(funded.map { $0.registration() })
        let schedule = try ProfileSchedule(first: Self.profile)
        for (index, key) in keys.enumerated() {
            let configuration = NodeConfiguration(
                me: key.address, chainID: Self.chainID, profiles: schedule,
                wallets: Array(held[index].prefix(known ?? wallets)),
                finalDepth: 4, blockMilliseconds: 500, bootNonce: Bytes(repeating: UInt8(index), count: 16),
                build: "test")
            nodes.append(BenchNode(configuration: configuration, key: key))
        }
    }

    /// The election of the window that a block opens.
    func election(_ start: UInt64) throws -> Election {
        let window = try #require(CoordinationWindow(openedBy: BlockNumber(start), profile: Self.profile))
        let seed = try #require(host[window.seedBlock(Self.profile)]).block.hash
        return Election(
            wallet: identity.hash, safeBlockHash: seed, window: window.index, operators: group.operators,
            profile: Self.profile)
    }

    /// Runs to a block that is past the seed of window 24, and gives that window's election.
    func election(after block: UInt64, calls: [UInt64: [HostChainModel.Call]]) throws -> Election {
        run(to: block, calls: calls)
        return try election(24)
    }

    /// An envelope made with an operator's key by somebody who is not its machine.
    func forge(_ kind: MessageKind, _ payload: Bytes, by node: BenchNode, window: UInt64) throws -> Bytes {
        let content = Envelope.Content(
            domain: Domain(chainID: Self.chainID, profile: Self.profile), wallet: group.wallet,
            coordinationBlock: BlockNumber(window), seat: try #require(group.lowestSeat(of: node.me)), kind: kind,
            payload: payload)
        return Envelope(content, sign: node.sign).encoded
    }

    func node(_ address: EthereumAddress) throws -> BenchNode {
        try #require(nodes.first { $0.me == address })
    }

    /// A redemption request to a fresh script for the next block.
    func request(
        _ number: UInt8, amount: UInt64 = 1_000_000, of wallet: WalletPublicKeyHash? = nil
    ) -> HostChainModel.Call {
        .request(
            wallet ?? identity.hash, script: Script.p2wpkh(hash160([number])).bytes, redeemer: Self.address("redeemer"),
            amount: amount)
    }

    /// Makes host blocks up to this number; every live node hears of each, and all that follows is delivered.
    func run(to number: UInt64, calls: [UInt64: [HostChainModel.Call]] = [:]) {
        while host.head.block.number.rawValue < number { step(calls[host.head.block.number.rawValue + 1] ?? []) }
    }

    /// One host block, two seconds, one Bitcoin block every other time.
    func step(_ calls: [HostChainModel.Call] = []) {
        var calls = calls
        for index in keepers.indices { if let proof = keepers[index].call(bitcoin) { calls.append(proof) } }
        let block = host.mine(calls).block
        now = now.adding(milliseconds: 500)
        if block.number.rawValue.isMultiple(of: 2) { bitcoin.mine() }
        for node in nodes where node.isUp {
            for other in nodes { node.link(other.me, isUp: other.isUp && other.me != node.me, in: self) }
            node.hear(block, in: self)
        }
        deliver()
    }

    /// Time passes without a block for anybody; what is under way is delivered.
    func pass(milliseconds: UInt64) {
        now = now.adding(milliseconds: milliseconds)
        for node in nodes where node.isUp { node.take(.timePassed, in: self) }
        deliver()
    }

    /// Drops the newest host blocks; every live node hears of it.
    func reorganise(_ depth: Int) {
        host.rewind(depth)
        for node in nodes where node.isUp { node.rewind(to: host.head.block, depth: UInt64(depth), in: self) }
    }

    /// Delivers until nothing is under way.
    func deliver() {
        while !deliveries.isEmpty {
            let next = deliveries.removeFirst()
            guard let node = nodes.first(where: { $0.me == next.to }), node.isUp else { continue }
            node.receive(next.envelope, from: next.from, in: self)
        }
    }

    func post(_ envelope: Bytes, _ kind: MessageKind, from: EthereumAddress, to recipients: [EthereumAddress]) {
        for recipient in recipients {
            wire.append((from, recipient, envelope))
            guard !loses(from, recipient, kind) else { continue }
            deliveries.append((from, recipient, envelope))
        }
    }

    func answer(_ query: ChainQuery) -> ChainAnswer {
        if let answer = overrides(query) { return answer }
        return switch query {
        case .host(let query): host.answer(query)
        case .bitcoin(let query): bitcoin.answer(query)
        }
    }

    func publish(_ transaction: Transaction) {
        do throws(BitcoinModel.Refusal) {
            try bitcoin.accept(transaction)
            published.append(transaction)
        } catch {
            // The second operator to broadcast hears that it is known.
            if error != .known { Issue.record("Bitcoin refuses a transaction of ours: \(error)") }
        }
    }

    /// What was published, with what it spends, for Bitcoin Core's own code to judge.
    var spends: [ConsensusOracle.Spend] {
        let known = Dictionary(
            (bitcoin.blocks.flatMap(\.transactions) + published).map { ($0.txid, $0) },
            uniquingKeysWith: { first, _ in first })
        return published.map { transaction in
            let outputs = transaction.inputs.compactMap { input in
                known[input.outPoint.txid]?.outputs[Int(input.outPoint.index)]
            }
            return ConsensusOracle.Spend(
                transaction.encoded.hex, spending: outputs.map { ($0.script.bytes.hex, $0.value.rawValue) })
        }
    }

    /// Plays a window whose redemption everybody executes and Bitcoin takes, and one with a heartbeat after it.
    func expectRedemptionAndHeartbeat() throws {
        run(to: 75, calls: [5: [request(1)]])
        for node in nodes {
            #expect(node.outcomes(24) == [.executed])
            #expect(node.outcomes(48) == [.executed])
            #expect(node.faults.isEmpty)
            #expect(node.conflicts.isEmpty)
        }
        #expect(published.count == 1)
        #expect(try ConsensusOracle.refusals(of: spends) == [])
        #expect(host.head.state.pending.isEmpty, "the Bridge took the proof")
        try expectOneVoteEach()
    }

    /// Votes of one operator in one window, seen on the wire or in its ledger: at most one digest, ever (S2).
    func expectOneVoteEach(_ comment: Comment? = nil, except liar: EthereumAddress? = nil) throws {
        for node in nodes where node.me != liar {
            var digests: [BlockNumber: Set<ProposalDigest>] = [:]
            for case .voted(let key, let vote, _) in node.events {
                digests[key.coordinationBlock, default: []].insert(vote.digest)
            }
            for (from, _, raw) in wire where from == node.me {
                let envelope = try Envelope(decoding: raw)
                let domain = Domain(chainID: Self.chainID, profile: Self.profile)
                guard envelope.signer(in: domain) == node.me else { continue }
                switch envelope.kind {
                case .proposal:
                    digests[envelope.coordinationBlock, default: []].insert(
                        ProposalDigest(
                            payload: envelope.payload, domain: domain, wallet: envelope.wallet,
                            coordinationBlock: envelope.coordinationBlock))
                case .verdict:
                    let verdict = try Verdict(decoding: envelope.payload)
                    if verdict.isAccept { digests[envelope.coordinationBlock, default: []].insert(verdict.digest) }
                default: break
                }
            }
            for (block, chosen) in digests {
                #expect(chosen.count == 1, comment ?? "\(node.me) chose \(chosen.count) digests in window \(block)")
            }
        }
    }
}

/// The real operator signatures, by a key in memory.
struct KeySignatures: OperatorSignatures {
    private let key: TestKey
    private let counter = Counter()

    init(key: TestKey) { self.key = key }

    /// How often a signature was looked at.
    var looks: Int { counter.count.withLock { $0 } }

    func sign(_ content: Envelope.Content) -> RecoverableSignature { key.value.signRecoverable(content.signingHash) }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? {
        counter.count.withLock { $0 += 1 }
        return envelope.signer(in: domain)
    }
}

/// A count that many may hold.
private final class Counter: Sendable {
    let count = Mutex(0)
}

/// Bytes drawn from a seed.
struct SeededRandom: SecureRandom {
    private var state: Hash32

    init(_ seed: UInt64) { state = sha256(Bytes("test \(seed)".utf8)) }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices {
            if index % 32 == 0 { state = sha256(state.bytes) }
            buffer[index] = state.bytes[index % 32]
        }
    }
}
