import Bitcoin
import Coordination
import Foundation
import Node
import Primitives
import WalletActions

/// The report of a window that `coord devnet` prints (schema 1, docs/cli.md).
struct WindowReport: Encodable {
    struct OperatorVerdict: Encodable {
        let `operator`: String
        let verdict: String
        /// The rule of a reject; null otherwise.
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

    /// Absent values are null, so that every object has every key.
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

    /// Joins the operators' ledgers for a window whose seed hash is known.
    init(
        window: CoordinationWindow, profile: ProtocolProfile, group: SigningGroup, seedHash: Hash32,
        stories: [EthereumAddress: WindowStory]
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

        // The agreed proposal, or else that of the highest-placed proposer.
        let agreed = stories.values.compactMap(\.handedOver).first
        let proposers = election.leaderOrder.filter { stories[$0]?.proposed != nil }
        let digest = agreed ?? proposers.first.flatMap { stories[$0]?.proposed }
        proposer = election.leaderOrder.first { digest != nil && stories[$0]?.proposed == digest }?.description
        let vote = stories.values.compactMap(\.vote).first { $0.digest == digest }
        action = (vote?.proposal.action ?? .noop).name
        verdicts = election.leaderOrder.map { address in
            let story = stories[address]
            if digest != nil, story?.vote?.digest == digest {
                return OperatorVerdict(operator: address.description, verdict: "accept", rule: nil)
            }
            if let digest, let rule = story?.rejects[digest] {
                return OperatorVerdict(operator: address.description, verdict: "reject", rule: rule.name)
            }
            return OperatorVerdict(operator: address.description, verdict: "none", rule: nil)
        }
        // Operators agree on a window's outcome unless something is wrong. Then the worst outcome is shown.
        let codes = Set(stories.values.compactMap(\.outcome).map(\.code))
        let worst = codes.count == 1 ? codes : codes.subtracting([OutcomeCode.executed.rawValue])
        outcome = worst.min() ?? OutcomeCode.missed.rawValue
        let record = stories.values.compactMap(\.signed).first
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

    /// The report on one line, which names the wallet where there are several.
    func line(amongSeveral: Bool) -> String {
        let accepts = verdicts.count { $0.verdict == "accept" }
        let name = leader.prefix(10)
        let by = proposer == leader || proposer == nil ? "" : " proposed by \(proposer?.prefix(10) ?? "")…"
        return "window \(window)  " + (amongSeveral ? "wallet \(wallet.prefix(10))…  " : "")
            + "leader \(name)…\(by)  \(action)  \(accepts)/\(verdicts.count) accept  \(outcome)"
            + (txid.map { "  \($0)" } ?? "")
    }
}
