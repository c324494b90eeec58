import Bitcoin
import Coordination
import Foundation
import Node
import Primitives
import WalletActions

/// What `coord devnet` prints of a window (schema 1, docs/cli.md).
struct WindowReport: Encodable {
    struct OperatorVerdict: Encodable {
        let `operator`: String
        let verdict: String
        /// Of a reject; null otherwise.
        let rule: String?

        private enum CodingKeys: CodingKey { case `operator`, verdict, rule }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(`operator`, forKey: .operator)
            try container.encode(verdict, forKey: .verdict)
            try container.encode(rule, forKey: .rule)
        }
    }

    struct SpentOutput: Encodable {
        let scriptPubKey: String
        let amount: UInt64
    }

    let schema = 1
    let window: UInt64
    let coordinationBlock: UInt64
    let safeBlockHash: String
    let wallet: String
    let profile: String
    let seats: [String]
    let seed: String
    let leader: String
    let leaderOrder: [String]
    let reserves: [String]
    let proposer: String?
    let checklist: [String]
    let action: String
    let verdicts: [OperatorVerdict]
    let outcome: String
    let txid: String?
    let rawTransaction: String?
    let spentOutputs: [SpentOutput]

    private enum CodingKeys: String, CodingKey {
        case schema, window, coordinationBlock, safeBlockHash, wallet, profile, seats, seed, leader, leaderOrder
        case reserves, proposer, checklist, action, verdicts, outcome, txid, rawTransaction, spentOutputs
    }

    /// Null stands for what there is not, so that every object has every key.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(window, forKey: .window)
        try container.encode(coordinationBlock, forKey: .coordinationBlock)
        try container.encode(safeBlockHash, forKey: .safeBlockHash)
        try container.encode(wallet, forKey: .wallet)
        try container.encode(profile, forKey: .profile)
        try container.encode(seats, forKey: .seats)
        try container.encode(seed, forKey: .seed)
        try container.encode(leader, forKey: .leader)
        try container.encode(leaderOrder, forKey: .leaderOrder)
        try container.encode(reserves, forKey: .reserves)
        try container.encode(proposer, forKey: .proposer)
        try container.encode(checklist, forKey: .checklist)
        try container.encode(action, forKey: .action)
        try container.encode(verdicts, forKey: .verdicts)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(txid, forKey: .txid)
        try container.encode(rawTransaction, forKey: .rawTransaction)
        try container.encode(spentOutputs, forKey: .spentOutputs)
    }

    /// Joins what the operators' ledgers say of a window whose seed hash is known.
    init(
        window: CoordinationWindow, profile: ProtocolProfile, group: SigningGroup, seedHash: Hash32,
        ledgers: [EthereumAddress: WindowLedger]
    ) {
        let election = Election(
            wallet: group.wallet, safeBlockHash: seedHash, window: window.index, operators: group.operators,
            profile: profile)
        self.window = window.index.rawValue
        coordinationBlock = window.start.rawValue
        safeBlockHash = seedHash.description
        wallet = group.wallet.description
        self.profile = "devnet"
        seats = group.seats.map(\.description)
        seed = election.seed.description
        leaderOrder = election.leaderOrder.map(\.description)
        leader = leaderOrder.first ?? ""
        reserves = election.reserves.map(\.description)
        checklist = election.checklist.actions.map(\.name)

        // What was agreed, or else what the highest-placed proposer put forward.
        let agreed = ledgers.values.compactMap(\.handedOver).first
        let proposers = election.leaderOrder.filter { ledgers[$0]?.proposed != nil }
        let digest = agreed ?? proposers.first.flatMap { ledgers[$0]?.proposed }
        proposer = election.leaderOrder.first { digest != nil && ledgers[$0]?.proposed == digest }?.description
        let vote = ledgers.values.compactMap(\.vote).first { $0.digest == digest }
        action = (vote?.proposal.action ?? .noop).name
        verdicts = election.leaderOrder.map { address in
            let ledger = ledgers[address]
            if digest != nil, ledger?.vote?.digest == digest {
                return OperatorVerdict(operator: address.description, verdict: "accept", rule: nil)
            }
            if let digest, let rule = ledger?.rejects[digest] {
                return OperatorVerdict(operator: address.description, verdict: "reject", rule: rule.name)
            }
            return OperatorVerdict(operator: address.description, verdict: "none", rule: nil)
        }
        // Operators agree on how a window ended unless something is wrong; then the worst word is shown.
        let codes = Set(ledgers.values.compactMap(\.outcome).map(\.code))
        let worst = codes.count == 1 ? codes : codes.subtracting([OutcomeCode.executed.rawValue])
        outcome = worst.min() ?? OutcomeCode.missed.rawValue
        let record = ledgers.values.compactMap(\.signed).first
        let transaction = record?.signedBytes.flatMap { try? Transaction(decoding: $0) }
        txid = transaction?.txid.display
        rawTransaction = transaction?.encoded.prefixedHex
        spentOutputs =
            transaction == nil
            ? []
            : (record?.inputs ?? []).compactMap(\.spent).map {
                SpentOutput(scriptPubKey: $0.script.bytes.prefixedHex, amount: $0.value.rawValue)
            }
    }

    /// The same on one line.
    var line: String {
        let accepts = verdicts.count { $0.verdict == "accept" }
        let name = leader.prefix(10)
        let by = proposer == leader || proposer == nil ? "" : " proposed by \(proposer?.prefix(10) ?? "")…"
        return "window \(window)  leader \(name)…\(by)  \(action)  \(accepts)/\(verdicts.count) accept  \(outcome)"
            + (txid.map { "  \($0)" } ?? "")
    }
}

/// What one operator's ledger says of one window.
struct WindowLedger {
    private(set) var seedHash: Hash32?
    private(set) var vote: WindowMachine.Vote?
    /// The digest that this operator proposed.
    private(set) var proposed: ProposalDigest?
    private(set) var rejects: [ProposalDigest: RuleID] = [:]
    private(set) var handedOver: ProposalDigest?
    private(set) var outcome: Outcome?
    /// The record once it is signed.
    private(set) var signed: ActionRecord?

    /// Takes an event of the window.
    mutating func apply(_ event: LedgerEvent) {
        switch event {
        case .windowSeeded(_, let hash): seedHash = hash
        case .voted(_, let vote, _):
            self.vote = vote
            if vote.form == .proposal { proposed = vote.digest }
        case .proposalRepeated(_, let digest, _): proposed = proposed ?? digest
        case .rejected(_, _, let raw):
            if let envelope = try? Envelope(decoding: raw), let verdict = try? Verdict(decoding: envelope.payload),
                case .reject(let rule, _, _) = verdict.answer
            {
                rejects[verdict.digest] = rule
            }
        case .handedOver(_, let digest, _, _): handedOver = digest
        case .ended(_, let outcome): if outcome.isFinal { self.outcome = outcome }
        case .record(let record): if record.signedBytes != nil, record.transaction != nil { signed = record }
        case .booted, .reorganised, .envelopeKept, .searched, .fault, .faultDecided, .attempt, .halted, .haltEnded:
            break
        }
    }
}
