import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension WalletMachine {
    /// Begins an evaluation, unless it is already in progress. Facts that the last try could not read are read again.
    mutating func begin(_ purpose: EvaluationKey.Purpose) {
        guard evaluations[purpose]?.isReading != true else { return }
        evaluations[purpose, default: Evaluation()].facts.forgetView()
        work.append(.run(purpose))
    }

    /// Runs the rules of an evaluation over the facts read so far; then asks for the missing facts, or passes the
    /// result on.
    mutating func run(_ purpose: EvaluationKey.Purpose, _ turn: inout NodeTurn<some SecureRandom>) {
        switch purpose {
        case .seed(let block): readSeed(block, &turn)
        case .generate(let start, let action): generate(action, start, &turn)
        case .validate(let start, let digest): validate(digest, start, &turn)
        case .assemble(let start): assemble(start, &turn)
        case .track(let record): track(record, &turn)
        case .decideFault(let start): decideFaults(start, &turn)
        }
    }

    private mutating func readSeed(_ number: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>) {
        let purpose = EvaluationKey.Purpose.seed(number)
        let lookup = block(number, purpose, turn.node)
        if case .missing = lookup { return ask(purpose, &turn) }
        evaluations[purpose] = nil
        guard case .found(let block) = lookup else { return }
        for start in windows.keys {
            guard let window = windows[start], window.window.seedBlock(window.profile) == number,
                window.election == nil
            else { continue }
            seeded(start, by: block.hash, &turn)
            push(window.machine.seedRead(block.hash), start)
        }
    }

    private mutating func generate(
        _ action: ActionKind, _ start: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let purpose = EvaluationKey.Purpose.generate(window: start, action)
        guard let window = windows[start] else { return }
        let lookup = block(start, purpose, turn.node)
        if case .missing = lookup { return ask(purpose, &turn) }
        var result = SearchResult.failed(ActionRule.chainHost.id)
        if case .found(let open) = lookup {
            let context = context(window, at: open)
            do throws(RuleStop) {
                let found = try rules(purpose) { facts throws(RuleStop) in
                    try WalletRules.generate(action, context: context, facts: &facts)
                }
                // A request that is over stays in the index for ever, so its not being pending is not recorded.
                for item in found.leftOut where item.rule != ActionRule.redemptionNotPending.id {
                    turn.effects.append(.record(.searched(key(start), action, .leftOut(key: item.key, item.rule))))
                }
                learn(purpose, context)
                if let proposal = found.proposal {
                    result = .proposal(proposal)
                } else {
                    result = .nothing
                    if let reason = found.reason, reason != ActionRule.actionNotBuilt.id {
                        turn.effects.append(.record(.searched(key(start), action, .gaveNothing(reason))))
                    }
                }
            } catch {
                switch error {
                case .pending: return ask(purpose, &turn)
                case .failed(let failure):
                    // A failure that only our own view shows means that there is nothing to do. A question that the
                    // sources cannot answer is tried again.
                    result = failure.failureClass == .cannotTell ? .failed(failure.rule) : .nothing
                    turn.effects.append(.record(.searched(key(start), action, .failed(failure.rule))))
                }
            }
        }
        evaluations[purpose] = nil
        push(window.machine.generated(action, result), start)
    }

    private mutating func validate(
        _ digest: ProposalDigest, _ start: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let purpose = EvaluationKey.Purpose.validate(window: start, digest)
        guard let window = windows[start], let proposal = window.machine.proposal(digest) else { return }
        let lookup = block(start, purpose, turn.node)
        if case .missing = lookup { return ask(purpose, &turn) }
        let check: ProposalCheck
        if case .found(let open) = lookup {
            let context = context(window, at: open)
            blockHashes[start]?.openHash = open.hash
            do throws(RuleStop) {
                check = try rules(purpose) { facts throws(RuleStop) in
                    do throws(FactFailure) {
                        return try WalletRules.validate(proposal, context: context, facts: &facts)
                    } catch {
                        throw .pending
                    }
                }
            } catch {
                return ask(purpose, &turn)
            }
            learn(purpose, context)
            if case .valid = check { remember(purpose, context) }
        } else {
            check = .failed(
                ProposalCheck.Failure(
                    rule: ActionRule.chainHost.id, failureClass: .cannotTell, proposed: [], found: [],
                    block: BlockReference(number: start, hash: .zero)))
        }
        // The facts of the host chain at `open` are kept for the next check and forgotten with the window.
        push(window.machine.checked(digest, check), start)
    }

    /// Runs rules over an evaluation's facts, and keeps the facts that they noted as missing.
    mutating func rules<Result>(
        _ purpose: EvaluationKey.Purpose, _ body: (inout ChainFacts) throws(RuleStop) -> Result
    ) throws(RuleStop) -> Result {
        // Taken out and put back, so that they are changed in place.
        var facts = evaluations[purpose]?.takeFacts() ?? ChainFacts()
        defer { evaluations[purpose]?.facts = facts }
        return try body(&facts)
    }

    /// The result of looking for a block.
    enum BlockLookup {
        case found(HostBlock)
        /// The block must be read first.
        case missing
        /// The sources cannot answer.
        case unavailable
    }

    /// The block with a number on the followed chain: held, or read.
    mutating func block(
        _ number: BlockNumber, _ purpose: EvaluationKey.Purpose, _ node: NodeSituation
    ) -> BlockLookup {
        if let held = node.chain[number] { return .found(held) }
        let query = ChainQuery.host(.block(number))
        do throws(RuleStop) {
            return try rules(purpose) { facts throws(RuleStop) in
                do throws(FactFailure) {
                    guard case .host(.block(let block)) = try facts.answer(query), block.number == number else {
                        return .unavailable
                    }
                    return .found(block)
                } catch {
                    guard case .pending = error else { return .unavailable }
                    throw .pending
                }
            }
        } catch {
            return .missing
        }
    }

    /// Keeps the main UTXO that a validation found. At execution the agreed transaction may already have spent it.
    private mutating func remember(_ purpose: EvaluationKey.Purpose, _ context: ActionContext) {
        let found = try? rules(purpose) { facts throws(RuleStop) in
            try WalletRules.mainUTXO(context, facts: &facts)
        }
        guard let utxo = found ?? nil else { return }
        // A wallet has one main UTXO at a time. The previous one may still be asked for while its window lasts.
        if knownUTXOs.count > 3 { knownUTXOs = [:] }
        knownUTXOs[utxo.hash] = utxo
    }

    /// Keeps which requests are over, so that no later evaluation reads them again.
    private mutating func learn(_ purpose: EvaluationKey.Purpose, _ context: ActionContext) {
        guard let facts = evaluations[purpose]?.facts else { return }
        closedRedemptions.note(facts, context)
    }

    /// Asks for the missing facts.
    mutating func ask(_ purpose: EvaluationKey.Purpose, _ turn: inout NodeTurn<some SecureRandom>) {
        guard let missing = evaluations[purpose]?.facts.missing, !missing.isEmpty else { return }
        evaluations[purpose]?.isReading = true
        turn.effects.append(
            .read(EvaluationKey(wallet: wallet, purpose: purpose, reorgCount: turn.node.reorgCount), missing))
    }

    /// The inputs of a window's rules besides the chains.
    func context(_ window: WindowRun, at block: HostBlock) -> ActionContext {
        ActionContext(
            profile: window.profile, wallet: held.identity, group: held.group, window: window.window, block: block,
            records: Array(records.values), closedRedemptions: closedRedemptions, knownUTXOs: knownUTXOs,
            busyUntil: state.action.flatMap { $0.window.start == window.window.start ? nil : $0.expiry },
            schnorr: configuration.arithmetic)
    }
}
