import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Begins to find something out, unless that is under way; what the last try could not tell is read again.
    mutating func begin(
        _ purpose: EvaluationKey.Purpose, of name: WalletPublicKeyHash, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let state = wallets[name], state.evaluations[purpose]?.isReading != true else { return [] }
        state.evaluations[purpose, default: Evaluation()].facts.forgetView()
        return run(EvaluationKey(wallet: name, purpose: purpose), now: now, random: &random)
    }

    /// Runs the rules of an evaluation over what is read so far; asks for what is missing, or passes the result on.
    mutating func run(
        _ key: EvaluationKey, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        switch key.purpose {
        case .seed(let block): return readSeed(block, key, now: now, random: &random)
        case .generate(let start, let action): return generate(action, start, key, now: now, random: &random)
        case .validate(let start, let digest): return validate(digest, start, key, now: now, random: &random)
        case .assemble(let start): return assemble(start, key, now: now, random: &random)
        case .track(let record): return track(record, key)
        case .decideFault(let start): return decideFaults(start, key)
        }
    }

    private mutating func readSeed(
        _ number: BlockNumber, _ key: EvaluationKey, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let lookup = block(number, key)
        if case .missing = lookup { return ask(key) }
        wallets[key.wallet]?.evaluations[key.purpose] = nil
        guard case .found(let block) = lookup else { return [] }
        var effects: [NodeEffect] = []
        for start in wallets[key.wallet]?.windows.keys ?? [] {
            guard let window = wallets[key.wallet]?.windows[start], window.window.seedBlock(window.profile) == number,
                window.election == nil,
                let wanted = wallets[key.wallet]?.windows[start]?.machine.seedRead(block.hash)
            else { continue }
            effects += seeded(self.key(key.wallet, start), by: block.hash)
            effects += perform(wanted, window: start, of: key.wallet, now: now, random: &random)
        }
        return effects
    }

    private mutating func generate(
        _ action: ActionKind, _ start: BlockNumber, _ key: EvaluationKey, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let window = wallets[key.wallet]?.windows[start] else { return [] }
        let lookup = block(start, key)
        if case .missing = lookup { return ask(key) }
        var effects: [NodeEffect] = []
        var generation = Generation.failed("chain.host")
        if case .found(let open) = lookup, let context = context(window, at: open, of: key.wallet) {
            let windowKey = self.key(key.wallet, start)
            do throws(RuleStop) {
                let result = try rules(key) { facts throws(RuleStop) in
                    try WalletRules.generate(action, context: context, facts: &facts)
                }
                // A request that is over stays in the index for ever; that it is not pending is no news.
                for item in result.leftOut where item.rule != "redemption.not_pending" {
                    effects.append(.record(.searched(windowKey, action, .leftOut(key: item.key, item.rule))))
                }
                learn(key, context)
                if let proposal = result.proposal {
                    generation = .proposal(proposal)
                } else {
                    generation = .nothing
                    if let reason = result.reason, reason != "action.not_built" {
                        effects.append(.record(.searched(windowKey, action, .gaveNothing(reason))))
                    }
                }
            } catch {
                switch error {
                case .pending: return ask(key)
                case .failed(let failure):
                    // What only our view speaks against now is nothing to do; what cannot be told is worth another try.
                    generation = failure.failureClass == .cannotTell ? .failed(failure.rule) : .nothing
                    effects.append(.record(.searched(windowKey, action, .failed(failure.rule))))
                }
            }
        }
        wallets[key.wallet]?.evaluations[key.purpose] = nil
        let wanted = wallets[key.wallet]?.windows[start]?.machine.generated(action, generation) ?? []
        return effects + perform(wanted, window: start, of: key.wallet, now: now, random: &random)
    }

    private mutating func validate(
        _ digest: ProposalDigest, _ start: BlockNumber, _ key: EvaluationKey, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let window = wallets[key.wallet]?.windows[start], let proposal = window.machine.proposal(digest) else {
            return []
        }
        let lookup = block(start, key)
        if case .missing = lookup { return ask(key) }
        let check: ProposalCheck
        if case .found(let open) = lookup, let context = context(window, at: open, of: key.wallet) {
            wallets[key.wallet]?.foundations[start]?.openHash = open.hash
            do throws(RuleStop) {
                check = try rules(key) { facts throws(RuleStop) in
                    do throws(FactFailure) {
                        return try WalletRules.validate(proposal, context: context, facts: &facts)
                    } catch {
                        throw .pending
                    }
                }
            } catch {
                return ask(key)
            }
            learn(key, context)
            if case .valid = check { remember(key, context) }
        } else {
            check = .failed(
                ProposalCheck.Failure(
                    rule: "chain.host", failureClass: .cannotTell, proposed: [], found: [],
                    block: Verdict.BlockRead(number: start, hash: .zero)))
        }
        // The facts of the host chain at `open` stay for the next look; the window forgets them with itself.
        let wanted = wallets[key.wallet]?.windows[start]?.machine.checked(digest, check) ?? []
        return perform(wanted, window: start, of: key.wallet, now: now, random: &random)
    }

    /// Runs rules over an evaluation's facts, keeping what they noted as missing.
    func rules<Result>(
        _ key: EvaluationKey, _ body: (inout ChainFacts) throws(RuleStop) -> Result
    ) throws(RuleStop) -> Result {
        let state = wallets[key.wallet]
        // Taken out and put back, so that they are changed in place.
        var facts = state?.evaluations[key.purpose]?.takeFacts() ?? ChainFacts()
        defer { state?.evaluations[key.purpose]?.facts = facts }
        return try body(&facts)
    }

    /// What looking for a block gave.
    enum BlockLookup {
        case found(HostBlock)
        /// It is to be read first.
        case missing
        /// The sources cannot tell.
        case unavailable
    }

    /// The block of a number on the followed chain: held, or read.
    mutating func block(_ number: BlockNumber, _ key: EvaluationKey) -> BlockLookup {
        if let held = chain[number] { return .found(held) }
        let query = ChainQuery.host(.block(number))
        do throws(RuleStop) {
            return try rules(key) { facts throws(RuleStop) in
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

    /// Keeps the main UTXO that a validation found: at execution the agreed transaction may have spent it already.
    private func remember(_ key: EvaluationKey, _ context: ActionContext) {
        guard let state = wallets[key.wallet] else { return }
        let found = try? rules(key) { facts throws(RuleStop) in try WalletRules.mainUTXO(context, facts: &facts) }
        guard let utxo = found ?? nil else { return }
        // A wallet has one main UTXO at a time; the one before may still be asked for while its window lasts.
        if state.knownUTXOs.count > 3 { state.knownUTXOs = [:] }
        state.knownUTXOs[utxo.hash] = utxo
    }

    /// Keeps which requests are over, so that no later look reads them again.
    private func learn(_ key: EvaluationKey, _ context: ActionContext) {
        guard let state = wallets[key.wallet], let facts = state.evaluations[key.purpose]?.facts else { return }
        state.requestsOver.note(facts, context)
    }

    /// Has the missing facts read.
    mutating func ask(_ key: EvaluationKey) -> [NodeEffect] {
        guard let state = wallets[key.wallet], let missing = state.evaluations[key.purpose]?.facts.missing,
            !missing.isEmpty
        else { return [] }
        state.evaluations[key.purpose]?.isReading = true
        return [.read(EvaluationKey(wallet: key.wallet, purpose: key.purpose, branch: branch), missing)]
    }

    /// What the rules of a window know besides the chains.
    func context(_ window: OpenWindow, at block: HostBlock, of name: WalletPublicKeyHash) -> ActionContext? {
        guard let state = wallets[name] else { return nil }
        return ActionContext(
            profile: window.profile, wallet: state.held.identity, group: state.held.group, window: window.window,
            block: block, records: Array(state.records.values), requestsOver: state.requestsOver,
            knownUTXOs: state.knownUTXOs,
            busyUntil: state.action.flatMap { $0.window.start == window.window.start ? nil : $0.expiry },
            schnorr: configuration.arithmetic)
    }
}
