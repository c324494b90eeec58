import Bitcoin
import ChainModels
import Coordination
import Foundation
import Node
import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

/// Five operators who hold wallets together, in one process: the daemon's own driver, real keys and signatures, chains as
/// values, and neither disk nor wire.
final class Fleet {
    /// One operator, and the time that its driver took.
    final class Member {
        private var driver: NodeDriver
        private var random = SystemRandom()
        private var lastRow: UInt64 = 0
        private(set) var nanoseconds: UInt64 = 0
        private(set) var events: [LedgerEvent] = []

        init(_ configuration: NodeConfiguration, _ signatures: any OperatorSignatures) {
            driver = NodeDriver(
                configuration: configuration, signatures: signatures,
                start: LedgerStart(ledger: LedgerState(), waiting: [], cursor: nil))
        }

        /// Takes an input, commits to memory, and gives what is to be done.
        func take(_ input: NodeInput, now: SigningInstant) -> [NodeAction] {
            let start = Self.cpu
            defer { nanoseconds += Self.cpu - start }
            driver.take(input, now: now, random: &random)
            var result = CommitResult()
            if let transaction = driver.transaction() {
                events += transaction.events
                result = CommitResult(
                    rows: transaction.outbox.map { message in
                        lastRow += 1
                        return OutboxRow(id: lastRow, message: message)
                    })
            }
            return driver.committed(result)
        }

        /// Takes what waits for a peer off its queue, and has it arrive.
        func flush(_ peer: EthereumAddress) -> [Bytes] {
            let start = Self.cpu
            defer { nanoseconds += Self.cpu - start }
            var envelopes: [Bytes] = []
            while let row = driver.next(for: peer) {
                driver.wasSent(to: peer)
                driver.delivered([row.id], to: peer)
                envelopes.append(row.message.envelope)
            }
            return envelopes
        }

        func forgetTime() { nanoseconds = 0 }

        private static var cpu: UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
    }

    private final class Signatures: OperatorSignatures {
        let key: PrivateKey

        init(_ key: consuming PrivateKey) { self.key = key }

        func sign(_ content: Envelope.Content) -> RecoverableSignature { key.signRecoverable(content.signingHash) }

        func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
    }

    static let operators = 5
    private static let profile: ProtocolProfile = {
        var profile = ProtocolProfile.devnet
        profile.bridge = EthereumAddress(hash160(Bytes("bridge".utf8)))
        profile.proposalValidator = EthereumAddress(hash160(Bytes("validator".utf8)))
        return profile
    }()

    let members: [Member]
    private let addresses: [EthereumAddress]
    private let wallets: [WalletPublicKeyHash]
    private var host: HostChainModel
    private var bitcoin: BitcoinModel
    private var deliveries: [(from: Int, to: Int, envelope: Bytes)] = []
    private var now = SigningInstant(milliseconds: 1_000)

    /// Deals wallets of five seats, of which three sign, and registers them.
    init(wallets count: Int) throws {
        var random = SystemRandom()
        let keys = (0..<Self.operators).map { _ in Signatures(PrivateKey(random: &random)) }
        let addresses = keys.map { $0.key.ethereumAddress }
        var held: [[HeldWallet]] = keys.map { _ in [] }
        for _ in 0..<count {
            let dealt = try DealtGroup(threshold: 3, seats: Self.operators, random: &random)
            let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
            let group = try SigningGroup(wallet: identity.hash, seats: addresses, threshold: 3)
            for (place, address) in addresses.enumerated() {
                let shares = try group.seats(of: address).map { HeldShare(try dealt.share(of: $0)) }
                held[place].append(HeldWallet(identity: identity, group: group, key: dealt.key, shares: shares))
            }
        }
        let funds = Satoshis(500_000_000) ?? .zero
        let (funded, chain) = FundedWallet.chain(
            funding: held[0].map(\.identity), with: funds, time: 1_700_000_000)
        bitcoin = chain
        host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(1_700_000_000), blockSeconds: 12)
        host.mine(funded.map { $0.registration() })
        for _ in 0..<6 { bitcoin.mine() }
        let schedule = try ProfileSchedule(first: Self.profile)
        members = zip(keys, held).map { key, held in
            Member(
                NodeConfiguration(
                    me: key.key.ethereumAddress, chainID: 31_337, profiles: schedule, wallets: held, finalDepth: 4,
                    blockMilliseconds: 500, bootNonce: Bytes(repeating: 0, count: 16), build: "benchmark"),
                key)
        }
        self.addresses = addresses
        wallets = held[0].map(\.identity.hash)
        for place in members.indices {
            for peer in addresses where peer != addresses[place] { take(.linkChanged(peer, isUp: true), at: place) }
        }
    }

    /// Makes host blocks up to this number, with a redemption requested of every wallet in block 5.
    func run(to number: UInt64) {
        while host.headNumber.rawValue < number {
            let calls: [HostChainModel.Call] =
                host.headNumber.rawValue + 1 == 5
                ? wallets.map {
                    .request(
                        $0, script: Script.p2wpkh(hash160($0.bytes)).bytes, redeemer: addresses[0], amount: 1_000_000)
                } : []
            let block = host.mine(calls).block
            if block.number.rawValue.isMultiple(of: 2) { bitcoin.mine() }
            now = now.adding(milliseconds: 500)
            for place in members.indices {
                take(.head(block), at: place)
                take(.timePassed, at: place)
            }
            deliver()
        }
    }

    private func deliver() {
        var next = 0
        while next < deliveries.count {
            let (from, to, envelope) = deliveries[next]
            next += 1
            take(.received(envelope, from: addresses[from]), at: to)
        }
        deliveries = []
    }

    private func take(_ input: NodeInput, at place: Int) {
        for action in members[place].take(input, now: now) {
            switch action {
            case .recorded, .dropped, .malformed: break
            case .flush(let peer):
                for envelope in members[place].flush(peer) { post(envelope, from: place, to: [peer]) }
            case .transmit(let envelope, _, let recipients): post(envelope, from: place, to: recipients)
            case .read(let key, let queries): take(.answered(key, queries.map { ($0, answer($0)) }), at: place)
            // The second operator to publish hears that it is known.
            case .publish(let transaction): try? bitcoin.accept(transaction)
            case .tell(let input), .queue(let input): take(input, at: place)
            }
        }
    }

    private func post(_ envelope: Bytes, from place: Int, to recipients: [EthereumAddress]) {
        for recipient in recipients {
            guard let to = addresses.firstIndex(of: recipient) else { continue }
            deliveries.append((place, to, envelope))
        }
    }

    private func answer(_ query: ChainQuery) -> ChainAnswer {
        switch query {
        case .host(let query): host.answer(query)
        case .bitcoin(let query): bitcoin.answer(query)
        }
    }
}

/// Measures a window of many wallets that open at one block: each has a redemption to agree upon, build and sign.
func wallets() throws {
    let count = 100
    let before = Usage()
    let fleet = try Fleet(wallets: count)
    let frequency = ProtocolProfile.devnet.frequency
    fleet.run(to: frequency - 1)
    for member in fleet.members { member.forgetTime() }
    fleet.run(to: 2 * frequency - 1)
    let after = Usage()
    for (place, member) in fleet.members.enumerated() {
        let executed = member.events.count { if case .ended(_, .executed) = $0 { true } else { false } }
        guard executed == count else {
            return print("wallets: operator \(place + 1) executed \(executed) of \(count) windows")
        }
    }
    let times = fleet.members.map { Double($0.nanoseconds) / 1e6 }.sorted()
    print(
        """
        a window of \(count) wallets at one block, a redemption each: median \(Int(times[Fleet.operators / 2])) ms of CPU \
        an operator, from \(Int(times[0])) to \(Int(times[Fleet.operators - 1])); \(Fleet.operators) operators and the \
        chains take at most \((after.peak - before.peak) >> 20) MiB
        """)
}
