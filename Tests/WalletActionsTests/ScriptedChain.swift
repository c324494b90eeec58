import Bitcoin
import Coordination
import Ethereum
import Primitives
import Secp256k1

@testable import WalletActions

/// Both chains written down as values, with one wallet on them: answers whatever rules ask.
///
/// The wallet holds one main UTXO and two pending requests that are old enough, and the profile is `mainnet`.
struct ScriptedChain: Sendable {
    /// A pending request, or what is left of one.
    struct Request: Sendable {
        var script: Bytes
        var amount: UInt64
        var treasuryFee: UInt64
        var txMaxFee: UInt64 = 100_000
        var requestedAt: UInt64
        /// The watchtower's delay in seconds.
        var delay: UInt64 = 0
        var eventBlock: UInt64 = ScriptedChain.open.rawValue - 1_000
        var isPending = true
        /// What the validator says of it besides its own rows.
        var refusal: String?
    }

    static let open = BlockNumber(9_000)
    static let now: UInt64 = 1_700_000_000
    static let watchtower = EthereumAddress(hash160(Bytes("watchtower".utf8)))
    static let group: SigningGroup = {
        let seats = (1...5).map { EthereumAddress(hash160([$0])) }
        guard let group = try? SigningGroup(wallet: .none, seats: seats, threshold: 3) else {
            preconditionFailure("five seats and a threshold of three are a group")
        }
        return group
    }()

    var profile = ProtocolProfile.mainnet
    var wallet: WalletIdentity
    var state = Bridge.WalletState.live
    /// nil: the Bridge names none.
    var main: MainUTXO?
    var parameters = Bridge.RedemptionParameters(
        dustThreshold: 10_000, txMaxFee: 100_000, txMaxTotalFee: 1_000_000, timeout: 432_000)
    var constants = RedemptionConstants(requestMinAge: 600, requestTimeoutSafetyMargin: 7_200, maxSize: 20)
    var requests: [Request] = []
    var quotes = [FeeQuote(estimate: 10, mempoolMinimum: 1)]
    /// The estimates for one block, where they differ.
    var urgentQuotes: [FeeQuote]?
    var announced: [Hash32] = []
    var transactions: [Txid: LocatedTransaction] = [:]
    var unspent: [Script: [UnspentOutput]] = [:]
    var spenders: [OutPoint: LocatedTransaction] = [:]
    var records: [ActionRecord] = []
    var closedRedemptions = ClosedRedemptions()
    var knownUTXOs: [Hash32: MainUTXO] = [:]
    var busyUntil: BlockNumber?
    /// Answers before anything else; nil leaves it to the rest.
    var override: @Sendable (ChainQuery) -> ChainAnswer? = { _ in nil }
    /// The timestamp of `open`.
    private var now = ScriptedChain.now
    /// What the Bridge names as main UTXO, where it is not the hash of `main`.
    private var namedHash: Hash32?
    /// Everything that was asked, in order.
    private(set) var asked: [ChainQuery] = []
    /// What the last run read, and by how many trips to the sources.
    private(set) var facts = ChainFacts()
    private(set) var trips = 0

    /// Two requests that can be paid, from 10,000,000 satoshi.
    init(scheme: WalletIdentity.Scheme = .taproot, mainUTXO: UInt64 = 10_000_000) {
        self.init(
            wallet: WalletIdentity(scheme: scheme, publicKey: Self.walletKey().publicKey), mainUTXO: mainUTXO)
        requests = [
            Request(script: Self.script(1), amount: 1_000_000, treasuryFee: 500, requestedAt: Self.now - 100_000),
            Request(script: Self.script(2), amount: 2_000_000, treasuryFee: 1_000, requestedAt: Self.now - 90_000),
        ]
    }

    /// A wallet without requests.
    init(wallet: WalletIdentity, mainUTXO: UInt64) {
        self.wallet = wallet
        fund(mainUTXO)
    }

    /// Gives the wallet a main UTXO of that value, confirmed and unspent.
    mutating func fund(_ value: UInt64) {
        guard let value = Satoshis(value) else { preconditionFailure("\(value) satoshi exist") }
        let output = TxOutput(value: value, script: wallet.outputScript)
        let funding = Transaction(
            version: 2, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([1])), index: 0), sequence: 0)],
            outputs: [TxOutput(value: value, script: .p2wpkh(hash160([9]))), output], lockTime: 0)
        let outPoint = OutPoint(txid: funding.txid, index: 1)
        confirm(funding)
        main = MainUTXO(outPoint: outPoint, output: output)
        unspent[output.script] = [UnspentOutput(outPoint: outPoint, output: output, height: 800_000)]
    }

    /// The main UTXO, where there is one.
    var existingMain: MainUTXO {
        guard let main else { preconditionFailure("this chain's wallet has a main UTXO") }
        return main
    }

    /// Gives `open` another timestamp.
    mutating func setTime(_ seconds: UInt64) { now = seconds }

    /// Has the Bridge name a main UTXO by its hash alone.
    mutating func nameMainUTXO(_ hash: Hash32) { namedHash = hash }

    /// Puts a transaction into a block.
    mutating func confirm(_ transaction: Transaction, confirmations: UInt32 = 10) {
        transactions[transaction.txid] = Self.located(transaction, confirmations: confirmations)
    }

    /// A transaction with that many confirmations; 0 is the mempool.
    static func located(_ transaction: Transaction, confirmations: UInt32) -> LocatedTransaction {
        let height = 800_010 - confirmations
        return LocatedTransaction(
            transaction: transaction,
            place: confirmations == 0
                ? .mempool
                : .block(height: height, hash: BlockHash(sha256([UInt8(height % 256)])), confirmations: confirmations))
    }

    /// A P2WPKH script of its own for each number.
    static func script(_ number: Int) -> Bytes { Script.p2wpkh(hash160(Bytes("redeemer \(number)".utf8))).bytes }

    /// The key of the wallet.
    static func walletKey() -> PrivateKey {
        var secret = sha256(Bytes("wallet".utf8)).bytes
        guard let key = PrivateKey(secret: SecretBytes(wiping: &secret)) else {
            preconditionFailure("the digest is a key")
        }
        return key
    }

    // MARK: - Running rules

    /// What rules know besides the chains, reading at `open` or, in execution, at `begin`.
    func context(at block: BlockNumber = open) -> ActionContext {
        guard let window = CoordinationWindow(openedBy: Self.open, profile: profile) else {
            preconditionFailure("block \(Self.open) opens a window of the profile")
        }
        return ActionContext(
            profile: profile, wallet: wallet, group: Self.group, window: window, block: self.block(block),
            records: records, closedRedemptions: closedRedemptions, knownUTXOs: knownUTXOs, busyUntil: busyUntil)
    }

    /// The block at which execution begins.
    var begin: BlockNumber { Self.open.adding(profile.activePhase + profile.passivePhase) }

    /// Runs a function over facts as the node does: from the start, until nothing is missing.
    mutating func run<Result>(
        _ body: (inout ChainFacts) throws(RuleStop) -> Result
    ) throws(RuleStop) -> Result {
        facts = ChainFacts()
        trips = 0
        for _ in 0..<200 {
            do throws(RuleStop) {
                return try body(&facts)
            } catch {
                guard case .pending = error else { throw error }
                let missing = facts.missing
                precondition(!missing.isEmpty, "rules that wait have asked for something")
                asked += missing
                trips += 1
                facts.insert(missing.map { ($0, answer($0)) })
            }
        }
        preconditionFailure("rules ask without end")
    }

    /// Forgets what was asked so far.
    mutating func forgetAsked() { asked = [] }

    mutating func validate(_ proposal: Proposal) -> ProposalCheck {
        let context = context()
        do throws(RuleStop) {
            return try run { facts throws(RuleStop) in
                do throws(FactFailure) {
                    return try WalletRules.validate(proposal, context: context, facts: &facts)
                } catch {
                    guard case .pending = error else { preconditionFailure("only pending escapes: \(error)") }
                    throw .pending
                }
            }
        } catch {
            preconditionFailure("a failed rule is a result: \(error)")
        }
    }

    mutating func generate(_ action: ActionKind = .redemption) throws(RuleStop) -> GenerationResult {
        let context = context()
        return try run { facts throws(RuleStop) in
            try WalletRules.generate(action, context: context, facts: &facts)
        }
    }

    mutating func assemble(_ proposal: Proposal) throws(RuleStop) -> AssembledAction {
        let context = context(at: begin)
        return try run { facts throws(RuleStop) in
            try WalletRules.assemble(proposal, context: context, facts: &facts)
        }
    }

    // MARK: - Answering

    func block(_ number: BlockNumber) -> HostBlock {
        let hash = { (number: BlockNumber) in sha256(Bytes("block \(number)".utf8)) }
        return HostBlock(
            number: number, hash: hash(number), parentHash: hash(number.subtracting(1)), timestamp: time(of: number))
    }

    private func time(of number: BlockNumber) -> UnixTime {
        UnixTime(now - 12 * Self.open.rawValue + 12 * number.rawValue)
    }

    func answer(_ query: ChainQuery) -> ChainAnswer {
        if let answer = override(query) { return answer }
        switch query {
        case .host(let query): return .host(answer(query))
        case .bitcoin(let query): return .bitcoin(answer(query))
        }
    }

    private func answer(_ query: HostQuery) -> HostAnswer {
        switch query {
        case .block(let number): return .block(block(number))
        case .call(_, let data, let at): return answer(data, at: at)
        case .redemptionRequests(_, let upTo):
            return .redemptionRequests(events.filter { $0.block <= upTo })
        case .announcedTransactions: return .announcedTransactions(announced)
        }
    }

    private func answer(_ data: Bytes, at block: BlockReference) -> HostAnswer {
        typealias Validator = WalletProposalValidator
        func judged(_ refusal: String?) -> HostAnswer {
            refusal.map { .reverted(.error($0)) } ?? .returned(Validator.ValidateHeartbeatProposal.encode(answer: true))
        }
        switch FunctionSelector(data.prefix(4)) {
        case Validator.RedemptionRequestMinAge.function.selector:
            let age = UInt32(clamping: constants.requestMinAge)
            return .returned(Validator.RedemptionRequestMinAge.encode(answer: age))
        case Validator.RedemptionRequestTimeoutSafetyMargin.function.selector:
            let margin = UInt32(clamping: constants.requestTimeoutSafetyMargin)
            return .returned(Validator.RedemptionRequestTimeoutSafetyMargin.encode(answer: margin))
        case Validator.RedemptionMaxSize.function.selector:
            return .returned(Validator.RedemptionMaxSize.encode(answer: UInt16(clamping: constants.maxSize)))
        default: break
        }
        switch ChainQuery.host(.call(.bridge, data, at: block)).asks {
        case .wallet: return .returned(Bridge.Wallets.encode(answer: record))
        case .redemptionParameters: return .returned(Bridge.GetRedemptionParameters.encode(answer: parameters))
        case .watchtower: return .returned(Bridge.GetRedemptionWatchtower.encode(answer: Self.watchtower))
        case .pendingRedemption(let key): return .returned(Bridge.PendingRedemptions.encode(answer: pending(key)))
        case .redemptionDelay(let key):
            let delay = UInt32(clamping: request(key)?.delay ?? 0)
            return .returned(RedemptionWatchtower.GetRedemptionDelay.encode(answer: delay))
        case .validateRedemption(let scripts, let fee):
            return judged(refusal(of: scripts, fee: fee, at: time(of: block.number)))
        case .validateHeartbeat(let message):
            let isValid = message.count == 16 && message.prefix(8).allSatisfy { $0 == 0xff }
            return judged(isValid ? nil : "Not a valid heartbeat message")
        case .block, .redemptionConstant, .redemptionRequests, .announcedTransactions, .bitcoin:
            preconditionFailure("answered before")
        }
    }

    private func answer(_ query: BitcoinQuery) -> BitcoinAnswer {
        switch query {
        case .tip: return .tip(BitcoinTip(height: 800_009, hash: BlockHash(sha256([7]))))
        case .transaction(let txid): return .transaction(transactions[txid])
        case .unspentOutputs(let script): return .unspentOutputs(unspent[script] ?? [])
        case .spender(let outPoint): return .spender(spenders[outPoint].map { .spent(by: $0) } ?? .unspent)
        case .feeQuotes(let target): return .feeQuotes(target == 1 ? urgentQuotes ?? quotes : quotes)
        }
    }

    private var record: Bridge.Wallet {
        Bridge.Wallet(
            ecdsaWalletID: .zero, mainUtxoHash: namedHash ?? main?.hash ?? .zero, pendingRedemptionsValue: 0,
            createdAt: UnixTime(0), movingFundsRequestedAt: UnixTime(0), closingStartedAt: UnixTime(0),
            pendingMovedFundsSweepRequestsCount: 0, state: state, movingFundsTargetWalletsCommitmentHash: .zero)
    }

    private var events: [RedemptionRequestedEvent] {
        requests.enumerated().map { index, request in
            RedemptionRequestedEvent(
                block: BlockNumber(request.eventBlock), logIndex: UInt64(index), wallet: wallet.hash,
                script: request.script, redeemer: .zero, requestedAmount: request.amount,
                treasuryFee: request.treasuryFee,
                txMaxFee: request.txMaxFee)
        }
    }

    func key(_ script: Bytes) -> UInt256 { ContractKeys.redemption(script: script, wallet: wallet.hash.hash) }

    private func request(_ key: UInt256) -> Request? { requests.first { $0.isPending && self.key($0.script) == key } }

    private func pending(_ key: UInt256) -> Bridge.RedemptionRequest {
        let request = request(key)
        return Bridge.RedemptionRequest(
            redeemer: .zero, requestedAmount: request?.amount ?? 0, treasuryFee: request?.treasuryFee ?? 0,
            txMaxFee: request?.txMaxFee ?? 0, requestedAt: UnixTime(request?.requestedAt ?? 0))
    }

    /// contracts.md §5.2, row by row.
    private func refusal(of scripts: [Bytes], fee: UInt64, at now: UnixTime) -> String? {
        guard state == .live || state == .movingFunds else { return "Wallet is not in Live or MovingFunds state" }
        guard !scripts.isEmpty else { return "Redemption below the min size" }
        guard scripts.count <= constants.maxSize else { return "Redemption exceeds the max size" }
        guard fee > 0 else { return "Proposed transaction fee cannot be zero" }
        guard fee <= parameters.txMaxTotalFee else { return "Proposed transaction fee is too high" }
        var seen: Set<Bytes> = []
        for (index, script) in scripts.enumerated() {
            guard let request = request(key(script)) else { return "Not a pending redemption request" }
            guard now.seconds > request.requestedAt + max(constants.requestMinAge, request.delay) else {
                return "Redemption request min age not achieved yet"
            }
            let deadline = request.requestedAt + UInt64(parameters.timeout)
            guard now.seconds < deadline - constants.requestTimeoutSafetyMargin else {
                return "Redemption request timeout safety margin is not preserved"
            }
            let count = UInt64(scripts.count)
            let share = fee / count + (index + 1 == scripts.count ? fee % count : 0)
            guard share <= request.txMaxFee else {
                return "Proposed transaction per-request fee share is too high"
            }
            guard seen.insert(script).inserted else { return "Duplicated request" }
            if let refusal = request.refusal { return refusal }
        }
        return nil
    }
}

extension ChainAnswer {
    /// What no question of ours is answered by: another kind of answer.
    static func wrongKind(for query: ChainQuery) -> ChainAnswer {
        switch query {
        case .host: .bitcoin(.unspentOutputs([]))
        case .bitcoin: .host(.announcedTransactions([]))
        }
    }
}

extension RuleStop {
    /// The rule that failed; nil where facts are missing.
    var failure: RuleFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}

/// The rule that stops a throwing body; nil where it gives a result.
func failure<Result>(_ body: () throws(RuleStop) -> Result) -> RuleFailure? {
    do throws(RuleStop) {
        _ = try body()
        return nil
    } catch {
        return error.failure
    }
}

/// An integer as verdicts carry it.
func value(_ number: UInt64) -> Bytes {
    var bytes = Bytes()
    bytes.append(bigEndian: number)
    return bytes
}

/// A text as verdicts carry it.
func value(_ text: String) -> Bytes { Bytes(text.utf8) }
