import Bitcoin
import Coordination
import Node
import Primitives
import WalletActions

/// Checks of operators' records of transactions and of their signing.
extension InvariantMonitor {
    func recorded(
        _ record: ActionRecord, _ node: Int, head: BlockNumber?
    ) throws(Invariant.Breach) {
        let key = WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
        views[node][key, default: View()].record = record
        if let other = unsigned[record.proposal], other != record.id.unsigned {
            throw breach(.a9, node, key, "one proposal gave two transactions")
        }
        unsigned[record.proposal] = record.id.unsigned
        if record.transaction != nil { fees[record.id.unsigned] = record.fee }
        held[node][record.id] = record.isOver ? nil : record
        switch record.state {
        case .prepared:
            guard let proposal = views[node][key]?.vote?.proposal, proposal.action == record.action,
                proposal.fee ?? 0 == record.fee
            else { throw breach(.a1, node, key, "builds what was not agreed") }
        case .releasing:
            guard views[node][key]?.voted == record.proposal else {
                throw breach(.s3, node, key, "releases for what it did not accept")
            }
            guard views[node][key]?.handedOver == record.proposal || !isHonest(node, in: key.coordinationBlock) else {
                throw breach(.a1, node, key, "releases for what was not agreed")
            }
            for (id, other) in held[node] where id != record.id && id.wallet == record.wallet {
                for input in record.inputs {
                    guard let outPoint = input.outPoint, let head else { continue }
                    if other.locks(outPoint, at: head, signingMargin: profile.signingMargin) {
                        throw breach(.a3, node, key, "releases a second spend of a locked outpoint")
                    }
                }
            }
        case .done:
            guard done[node].insert(record.id).inserted else {
                throw breach(.di6, node, key, "a record is done twice")
            }
        case .signed, .seen, .mined, .settled, .proven, .conflicted, .expired: break
        }
    }

    /// Takes a signed transaction of any process, liars included. Two transactions of one window must not both be able
    /// to confirm, however many operators lie.
    func signed(_ record: ActionRecord) throws(Invariant.Breach) {
        guard record.signedBytes != nil, record.transaction != nil else { return }
        let key = WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
        let inputs = Set(record.inputs.compactMap(\.outPoint))
        for (id, other) in spends[key] ?? [:] where id != record.id && other.isDisjoint(with: inputs) {
            throw Invariant.Breach(
                invariant: .s4, what: "window \(key.coordinationBlock): two signed transactions can both confirm")
        }
        spends[key, default: [:]][record.id] = inputs
    }

    /// Checks an action that expired. Where operators of `t` seats took it over, and only signing was disturbed, some
    /// operator's instance must sign it in time (threshold-signing.md §11).
    func expired(_ key: WindowKey, _ node: Int) throws(Invariant.Breach) {
        guard owesSigning, isHonest(node, in: key.coordinationBlock), let digest = views[node][key]?.handedOver,
            views[node][key]?.record?.signedBytes == nil, let group = groups[key.wallet]
        else { return }
        let signers = cast.operators.indices.filter {
            views[$0][key]?.handedOver == digest && isHonest($0, in: key.coordinationBlock)
                && isUp($0, in: key.coordinationBlock)
        }
        guard group.seatCount(of: signers.map { cast.operators[$0] }) >= group.threshold else { return }
        throw breach(.l1, node, key, "is agreed and not signed")
    }

    func attempted(
        _ step: AttemptStep, _ node: Int, head: BlockNumber?
    ) throws(Invariant.Breach) {
        let key = step.window
        if let other = running[node][key.wallet], other != key {
            throw breach(.s7, node, key, "is signed while that of \(other.coordinationBlock) is under way")
        }
        if views[node][key]?.outcome == nil { running[node][key.wallet] = key }
        guard case .binding = step.step else { return }
        try released(key, node, head: head)
    }

    /// Checks a share that leaves: its record is on disk, and the deadline is not over.
    func released(_ key: WindowKey, _ node: Int, head: BlockNumber?) throws(Invariant.Breach) {
        guard let record = views[node][key]?.record, record.state == .releasing || record.signedBytes != nil else {
            throw breach(.a4, node, key, "a share leaves before its record says so")
        }
        guard let head, head <= record.deadline else {
            throw breach(.a2, node, key, "a share leaves after the deadline")
        }
        // A source that advances but lags looks like one that does not lag. The margin covers this.
        let lag = lag[node].until >= self.head ? lag[node].blocks : 0
        guard self.head <= record.deadline.adding(Self.patience + lag) else {
            throw breach(.a2, node, key, "a share leaves at block \(self.head), long after the deadline")
        }
    }

    /// Reports an operator that took its own message for another process's.
    func haltedForAnother(_ node: Int) throws(Invariant.Breach) {
        guard liars.values.allSatisfy({ !$0.contains(node) }), unfitUntil[node] == BlockNumber(0) else { return }
        throw Invariant.Breach(invariant: .s9, what: "operator \(node) halts for a second process, and there is none")
    }

    /// Reports that the store had another content for one purpose.
    func conflicted(_ intent: String, by node: Int) throws(Invariant.Breach) {
        guard liars.values.allSatisfy({ !$0.contains(node) }), unfitUntil[node] == BlockNumber(0) else { return }
        let invariant: Invariant = intent.hasPrefix("sign/") ? .di4 : .di3
        throw Invariant.Breach(invariant: invariant, what: "operator \(node): two contents for \(intent)")
    }
}

extension Proposal {
    /// The fee to the miners by the record; nil where it pays none.
    fileprivate var fee: UInt64? {
        switch self {
        case .noop, .heartbeat: nil
        case .depositSweep(_, let fee), .redemption(_, let fee), .movingFunds(_, let fee),
            .movedFundsSweep(_, _, let fee):
            fee
        }
    }
}

extension LedgerEvent {
    /// The wallet that votes, hands over or signs by the event; nil for events that only observe and record.
    var actingWallet: WalletPublicKeyHash? {
        switch self {
        case .voted(let key, _, _), .proposalRepeated(let key, _, _), .handedOver(let key, _, _, _): key.wallet
        case .attempt(let step): step.window.wallet
        case .record(let record):
            switch record.state {
            case .prepared, .releasing: record.wallet
            default: nil
            }
        default: nil
        }
    }
}
