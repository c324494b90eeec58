package import Bitcoin
import Coordination
import Ethereum
package import Primitives

/// The wallet's main UTXO as the Bridge names it: output, value, and the whole transaction behind it.
package struct MainUTXO: Hashable, Sendable {
    package let outPoint: OutPoint
    package let output: TxOutput

    /// Describes a main UTXO.
    package init(outPoint: OutPoint, output: TxOutput) {
        self.outPoint = outPoint
        self.output = output
    }

    /// `keccak(txHash ‖ uint32 index ‖ uint64 value)`, what the Bridge keeps (contracts.md §1.2).
    package var hash: Hash32 {
        ContractKeys.mainUtxoHash(
            transaction: outPoint.txid.hash, index: outPoint.index, value: output.value.rawValue)
    }
}

extension ChainFacts {
    /// Finds the main UTXO (wallet-actions.md §3); nil where the Bridge says that there is none.
    ///
    /// Candidates are outputs to the wallet's scripts: of our records, of what now lies unspent at the scripts, and of the
    /// transactions that the Bridge announced. The hash names exactly one output, so the order costs reads and decides
    /// nothing. Without a match the sources cannot tell: class U, never "none".
    mutating func mainUTXO(_ context: ActionContext) throws(RuleStop) -> MainUTXO? {
        let rule: RuleID = "wallet.main_utxo"
        let wanted = try wallet(context).mainUtxoHash
        guard wanted != .zero else { return nil }
        if let known = context.knownUTXOs[wanted] { return known }
        for candidate in context.records.reversed().flatMap({ $0.candidates(context.wallet) })
        where candidate.hash == wanted {
            return try confirmed(candidate, rule: rule)
        }
        let scripts = context.wallet.ownScripts
        try prepare(scripts.map { .bitcoin(.unspentOutputs($0)) })
        for script in scripts {
            guard case .unspentOutputs(let outputs) = try bitcoin(.unspentOutputs(script), rule: rule) else { continue }
            for output in outputs {
                let candidate = MainUTXO(outPoint: output.outPoint, output: output.output)
                if candidate.hash == wanted { return try confirmed(candidate, rule: rule) }
            }
        }
        let announced = HostQuery.announcedTransactions(context.wallet.hash, upTo: context.block.number)
        guard case .announcedTransactions(let hashes) = try host(announced, rule: rule) else {
            throw .fail(rule, .cannotTell, proposed: wanted.bytes)
        }
        for hash in hashes.reversed() {
            guard let found = try transaction(Txid(hash), rule: rule) else { continue }
            for (index, output) in found.transaction.outputs.enumerated() where scripts.contains(output.script) {
                let candidate = MainUTXO(
                    outPoint: OutPoint(txid: Txid(hash), index: UInt32(index)), output: output)
                if candidate.hash == wanted { return candidate }
            }
        }
        throw .fail(rule, .cannotTell, proposed: wanted.bytes)
    }

    /// Takes a candidate's value and script from its whole transaction, which must be confirmed.
    private mutating func confirmed(_ candidate: MainUTXO, rule: RuleID) throws(RuleStop) -> MainUTXO {
        guard let found = try transaction(candidate.outPoint.txid, rule: rule), found.place.confirmations > 0,
            found.transaction.outputs.indices.contains(Int(candidate.outPoint.index)),
            found.transaction.outputs[Int(candidate.outPoint.index)] == candidate.output
        else { throw .fail(rule, .cannotTell, proposed: candidate.hash.bytes) }
        return candidate
    }

    /// Whether the two chains agree (wallet-actions.md §4), where there is a main UTXO: nothing in the view spends it.
    ///
    /// Every spend of it is made with the wallet's key, so a spender is one of ours on its way: class V. Without a main
    /// UTXO the rule looks at deposits and moved funds, whose actions are not built yet.
    ///
    /// `own` is the unsigned id of the agreed transaction, once it is being executed: members who were faster may have
    /// broadcast it already, and it does not stand in its own way.
    mutating func requireAgreement(_ utxo: MainUTXO, except own: Hash32? = nil) throws(RuleStop) {
        let rule: RuleID = "wallet.agreement"
        switch try spender(of: utxo.outPoint, rule: rule) {
        case .unspent: return
        case .spent(let spender) where spender.transaction.unsignedID == own: return
        case .spent(let spender):
            throw .fail(
                rule, .view, proposed: utxo.outPoint.txid.hash.bytes, found: spender.transaction.txid.hash.bytes)
        case .noSuchOutput: throw .fail(rule, .cannotTell, proposed: utxo.outPoint.txid.hash.bytes)
        }
    }
}

extension ActionRecord {
    /// The outputs to the wallet that the record knows of: what it spends, and what its signed transaction makes.
    fileprivate func candidates(_ wallet: WalletIdentity) -> [MainUTXO] {
        let scripts = wallet.ownScripts
        var found = inputs.compactMap { input -> MainUTXO? in
            guard let outPoint = input.outPoint, let spent = input.spent, scripts.contains(spent.script) else {
                return nil
            }
            return MainUTXO(outPoint: outPoint, output: spent)
        }
        if action != .heartbeat, let signedBytes, let transaction = try? Transaction(decoding: signedBytes) {
            for (index, output) in transaction.outputs.enumerated() where scripts.contains(output.script) {
                found.append(
                    MainUTXO(outPoint: OutPoint(txid: transaction.txid, index: UInt32(index)), output: output))
            }
        }
        return found
    }
}
