package import Bitcoin
import Coordination
import Ethereum
package import Primitives
import Secp256k1

/// The wallet's main UTXO as the Bridge names it.
package struct MainUTXO: Hashable, Sendable {
    package let outPoint: OutPoint
    package let output: TxOutput

    /// Describes a main UTXO.
    package init(outPoint: OutPoint, output: TxOutput) {
        self.outPoint = outPoint
        self.output = output
    }

    /// `keccak(txHash ‖ uint32 index ‖ uint64 value)`, the hash that the Bridge keeps (contracts.md §1.2).
    package var hash: Hash32 {
        ContractKeys.mainUtxoHash(
            transaction: outPoint.txid.hash, index: outPoint.index, value: output.value.rawValue)
    }
}

extension ChainFacts {
    /// Checks rules 2 to 5 of section 9.1, the first half of rule 4 only, and gives the main UTXO; nil where the Bridge
    /// names none.
    mutating func requireReady(_ context: ActionContext) throws(RuleStop) -> MainUTXO? {
        _ = try wallet(context)
        _ = try tip()
        try context.requireIdle()
        return try mainUTXO(context)
    }

    /// Finds the main UTXO (wallet-actions.md §3); nil where the Bridge names none.
    ///
    /// Candidates are outputs to the wallet's scripts: of our records, of the transaction that the Bridge announced
    /// last, of the unspent outputs at the scripts, and of the older announced transactions. The hash names exactly one
    /// output, so the order affects the number of reads and not the result. Without a match the sources cannot answer:
    /// class U, never "none".
    mutating func mainUTXO(_ context: ActionContext) throws(RuleStop) -> MainUTXO? {
        let wanted = try wallet(context).mainUtxoHash
        guard wanted != .zero else { return nil }
        if let known = context.knownUTXOs[wanted] { return known }
        for record in context.records {
            if let found = record.candidates(context.wallet).first(where: { $0.hash == wanted }) {
                return try confirmed(found)
            }
        }
        let announced = try announced(context.wallet.hash, upTo: context.block.number, rule: .walletMainUTXO)
        if let newest = announced.last, let found = try candidate(wanted, in: newest, context) { return found }
        let scripts = context.wallet.ownScripts
        try prepare(scripts.map { .bitcoin(.unspentOutputs($0)) })
        for script in scripts {
            guard case .unspentOutputs(let outputs) = try bitcoin(.unspentOutputs(script), rule: .walletMainUTXO)
            else { throw .fail(.walletMainUTXO, .cannotTell, proposed: wanted.bytes) }
            let candidates = outputs.map { MainUTXO(outPoint: $0.outPoint, output: $0.output) }
            if let found = candidates.first(where: { $0.hash == wanted }) { return try confirmed(found) }
        }
        for older in announced.dropLast().reversed() {
            if let found = try candidate(wanted, in: older, context) { return found }
        }
        throw .fail(.walletMainUTXO, .cannotTell, proposed: wanted.bytes)
    }

    /// The output to the wallet with this hash in a confirmed transaction; nil where the transaction is unknown, or has
    /// no such output.
    private mutating func candidate(
        _ wanted: Hash32, in txid: Txid, _ context: ActionContext
    ) throws(RuleStop) -> MainUTXO? {
        guard let found = try transaction(txid, rule: .walletMainUTXO), found.place.confirmations > 0 else {
            return nil
        }
        return found.transaction.outputs(to: context.wallet).first { $0.hash == wanted }
    }

    /// Takes a candidate's value and script from its whole transaction, which must be confirmed (rule `tx.prevouts`).
    private mutating func confirmed(_ candidate: MainUTXO) throws(RuleStop) -> MainUTXO {
        guard let found = try transaction(candidate.outPoint.txid, rule: .walletMainUTXO),
            found.place.confirmations > 0
        else { throw .fail(.walletMainUTXO, .cannotTell, proposed: candidate.hash.bytes) }
        let index = Int(candidate.outPoint.index)
        guard found.transaction.outputs.indices.contains(index), found.transaction.outputs[index] == candidate.output
        else {
            throw .fail(
                .txPrevouts, .cannotTell, proposed: candidate.output.encoded, found: candidate.outPoint.txid.bytes)
        }
        return candidate
    }

    /// Requires that the main UTXO's hash is the one that the Bridge named at `open` (wallet-actions.md §10, step 1).
    mutating func requireUnmoved(_ context: ActionContext) throws(RuleStop) {
        guard case .block(let open) = try host(.block(context.window.start)) else { throw contradiction(.chainHost) }
        let before = try call(Bridge.Wallets(context.wallet.hash.hash), at: open.reference)
        let now = try wallet(context).mainUtxoHash
        guard now == before.mainUtxoHash else {
            throw .fail(.walletMainUTXOMoved, .view, proposed: before.mainUtxoHash.bytes, found: now.bytes)
        }
    }

    /// The spender of the main UTXO in our view (wallet-actions.md §4); nil where the two chains agree.
    ///
    /// Only the wallet's key can have made such a spend. So a source that shows one with a signature that does not
    /// verify contradicts itself. Without a main UTXO the rule checks deposits and moved funds; their actions are not
    /// built yet.
    mutating func inFlight(_ utxo: MainUTXO, _ context: ActionContext) throws(RuleStop) -> ConflictingSpend? {
        switch try spender(of: utxo.outPoint, rule: .walletAgreement) {
        case .unspent: return nil
        case .spent(let spender):
            let spent = try flaw(
                of: spender.transaction, spending: utxo.outPoint, utxo.output, rule: .walletAgreement, context.schnorr)
            guard spent == nil else {
                throw .fail(
                    .walletAgreement, .cannotTell, proposed: utxo.outPoint.encoded,
                    found: ChainAnswer.Unavailable.contradiction.rawValue)
            }
            return ConflictingSpend(
                transaction: spender.transaction,
                stop: .fail(
                    .walletAgreement, .view, proposed: utxo.outPoint.encoded,
                    found: spender.transaction.txid.bytes))
        case .noSuchOutput:
            throw .fail(.walletAgreement, .cannotTell, proposed: utxo.outPoint.encoded, found: "no such output")
        }
    }

    /// The reason that a transaction does not satisfy an output's script; nil where it does. A taproot signature covers
    /// every output that is spent beside it. Where the sources cannot show one of those, `rule` fails in class U.
    mutating func flaw(
        of transaction: Transaction, spending outPoint: OutPoint, _ output: TxOutput, rule: ActionRule,
        _ schnorr: any SchnorrVerification
    ) throws(RuleStop) -> SpendFailure? {
        let contradiction = RuleStop.fail(
            rule, .cannotTell, proposed: outPoint.encoded, found: ChainAnswer.Unavailable.contradiction.rawValue)
        guard let index = transaction.inputs.firstIndex(where: { $0.outPoint == outPoint }) else { throw contradiction }
        let others = transaction.inputs.map(\.outPoint).filter { $0 != outPoint }
        try prepare(others.map { .bitcoin(.transaction($0.txid)) })
        var spent: [TxOutput] = []
        for input in transaction.inputs {
            if input.outPoint == outPoint {
                spent.append(output)
                continue
            }
            guard
                let outputs = try self.transaction(input.outPoint.txid, rule: rule)?.transaction.outputs,
                outputs.indices.contains(Int(input.outPoint.index))
            else { throw contradiction }
            spent.append(outputs[Int(input.outPoint.index)])
        }
        do throws(SpendFailure) {
            try SpendVerifier.verify(transaction, input: index, spent: spent, schnorr: schnorr)
            return nil
        } catch {
            return error
        }
    }
}

extension Transaction {
    /// The outputs that pay the wallet, by index.
    fileprivate func outputs(to wallet: WalletIdentity) -> [MainUTXO] {
        let scripts = wallet.ownScripts
        return outputs.enumerated().filter { scripts.contains($0.element.script) }.map { index, output in
            MainUTXO(outPoint: OutPoint(txid: txid, index: UInt32(index)), output: output)
        }
    }
}

extension ActionRecord {
    /// The outputs to the wallet in the record: those that it spends, and those of its signed transaction.
    fileprivate func candidates(_ wallet: WalletIdentity) -> [MainUTXO] {
        let spent = inputs.compactMap { input -> MainUTXO? in
            guard let outPoint = input.outPoint, let spent = input.spent, wallet.ownScripts.contains(spent.script)
            else { return nil }
            return MainUTXO(outPoint: outPoint, output: spent)
        }
        return spent + (signedTransaction?.outputs(to: wallet) ?? [])
    }
}
