import Coordination
import Primitives
import Secp256k1
import TestKit
import Testing

/// A window's machine with operators, messages and answers at hand, for tests that tell a story block by block.
struct WindowBench {
    static let profile = ProtocolProfile.devnet
    static let seedHash = sha256(Bytes("seed block".utf8))
    static let block = BlockReference(number: BlockNumber(24), hash: sha256(Bytes("block 24".utf8)))

    let group: SigningGroup
    let domain = Domain(chainID: 31_337, profile: profile)
    let window: CoordinationWindow
    let election: Election
    var machine: WindowMachine
    var effects: [WindowMachine.Effect] = []

    /// Makes the bench of the operator at a place of the order (0 leads); `holding` says how many seats the operator at each
    /// place holds, one if nothing is said.
    init(place: Int, operators: Int = 5, holding: [Int]? = nil, threshold: Int = 3) throws {
        let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
        let addresses = (1...operators).map { EthereumAddress(hash160([UInt8($0)])) }
        window = try #require(CoordinationWindow(openedBy: BlockNumber(24), profile: Self.profile))
        let election = Election(
            wallet: wallet, safeBlockHash: Self.seedHash, window: window.index, operators: addresses.sorted(),
            profile: Self.profile)
        self.election = election
        let seats = holding.map { counts in
            zip(election.leaderOrder, counts).flatMap { Array(repeating: $0, count: $1) }
        }
        group = try SigningGroup(wallet: wallet, seats: seats ?? addresses, threshold: threshold)
        machine = WindowMachine(
            window: window, profile: Self.profile, domain: domain, group: group, me: election.leaderOrder[place],
            head: BlockNumber(22))
    }

    /// The operator at a place of the order.
    func at(_ place: Int) -> EthereumAddress { election.leaderOrder[place] }

    /// Arrives at a block, with everybody in reach.
    @discardableResult
    mutating func block(
        _ number: UInt64, inSync: Bool = true, reachable: Set<EthereumAddress>? = nil
    ) -> [WindowMachine.Effect] {
        note(
            machine.blockArrived(
                BlockNumber(number), inSync: inSync, reachable: reachable ?? Set(group.operators)))
    }

    /// Arrives at the coordination block with the seed read.
    mutating func open() {
        block(23)
        note(machine.seedRead(Self.seedHash))
        block(24)
    }

    @discardableResult
    mutating func note(_ new: [WindowMachine.Effect]) -> [WindowMachine.Effect] {
        effects += new
        return new
    }

    func envelope(
        _ kind: MessageKind, _ payload: Bytes, from sender: EthereumAddress, seat: SeatNumber? = nil
    ) -> Envelope {
        Envelope(
            Envelope.Content(
                domain: domain, wallet: group.wallet, coordinationBlock: window.start,
                seat: seat ?? group.lowestSeat(of: sender) ?? .none, kind: kind, payload: payload),
            sign: { _ in Self.signature })
    }

    static let signature: RecoverableSignature = {
        let one = Bytes(repeating: 0, count: 31) + [1]
        guard let signature = try? RecoverableSignature(bytes: one + one + [27]) else {
            preconditionFailure("r = s = 1 is canonical")
        }
        return signature
    }()

    @discardableResult
    mutating func receive(
        _ kind: MessageKind, _ payload: Bytes, from sender: EthereumAddress, seat: SeatNumber? = nil
    ) -> [WindowMachine.Effect] {
        let envelope = envelope(kind, payload, from: sender, seat: seat)
        return note(machine.received(envelope, raw: envelope.encoded, from: sender))
    }

    @discardableResult
    mutating func propose(_ proposal: Proposal, from sender: EthereumAddress) -> [WindowMachine.Effect] {
        receive(.proposal, proposal.encoded, from: sender)
    }

    @discardableResult
    mutating func accept(_ proposal: Proposal, from sender: EthereumAddress) -> [WindowMachine.Effect] {
        receive(
            .verdict, Verdict(digest: digest(proposal), answer: .accept, block: Self.block).encoded, from: sender)
    }

    @discardableResult
    mutating func valid(_ proposal: Proposal, seats: Int = 3) -> [WindowMachine.Effect] {
        note(machine.checked(digest(proposal), .valid(block: Self.block, agreementSeats: seats)))
    }

    @discardableResult
    mutating func invalid(_ proposal: Proposal, _ failureClass: FailureClass, rule: RuleID = "redemption.value")
        -> [WindowMachine.Effect]
    {
        note(
            machine.checked(
                digest(proposal),
                .failed(
                    ProposalCheck.Failure(
                        rule: rule, failureClass: failureClass, proposed: [1], found: [2], block: Self.block))))
    }

    func digest(_ proposal: Proposal) -> ProposalDigest {
        ProposalDigest(
            payload: proposal.encoded, domain: domain, wallet: group.wallet, coordinationBlock: window.start)
    }

    var faults: [Fault] {
        effects.compactMap { if case .fault(let fault) = $0 { fault } else { nil } }
    }

    var votes: [WindowMachine.Vote] {
        effects.compactMap { if case .vote(let vote) = $0 { vote } else { nil } }
    }

    var rejects: [Verdict] {
        effects.compactMap { if case .reject(let verdict, _) = $0 { verdict } else { nil } }
    }

    var handOvers: [WindowMachine.HandOver] {
        effects.compactMap { if case .handOver(let handOver) = $0 { handOver } else { nil } }
    }

    static let heartbeat = Proposal.heartbeat(message: Bytes(repeating: 0xff, count: 16))
    static let redemption = Proposal.redemption(scripts: [[0, 20] + Bytes(repeating: 7, count: 20)], fee: 1_000)
}
