import Coordination
import Node
import Primitives
import WalletActions

/// Checks that the monitor makes when windows are over.
extension InvariantMonitor {
    /// Takes note that a window opens: windows long over are counted and forgotten. `seed` is the hash, by now final,
    /// that seeded the window two before it.
    func windowOpened(_ start: BlockNumber, seed: Hash32?, at time: UInt64) throws(Invariant.Breach) {
        waits.opened(start, at: time)
        let over = start.subtracting(2 * profile.frequency)
        let oldest = start.subtracting(16 * profile.frequency)
        for (place, wallet) in cast.wallets.enumerated() where over.rawValue > 0 {
            tally.windows += 1
            let counted = WindowKey(wallet: wallet.identity.hash, coordinationBlock: over)
            let isAgreed = views.contains { $0[counted]?.isAgreed ?? false }
            if !isAgreed {
                tally.lost += 1
                tally.lostByWallet[place] += 1
            }
            waits.over(counted, index: over.rawValue / profile.frequency, isAgreed: isAgreed)
            if let seed { elected(wallet, over, seed) }
            let key = WindowKey(wallet: wallet.identity.hash, coordinationBlock: oldest)
            for node in views.indices {
                views[node][key] = nil
                heardOfLiars[node][key] = nil
            }
            for digest in agreed[key] ?? [] { unsigned[digest] = nil }
            agreed[key] = nil
            spends[key] = nil
            elections[key] = nil
            unowed.remove(key)
            waits.forget(key)
        }
        liars[oldest] = nil
        for node in hearing.indices { hearing[node].late = hearing[node].late.filter { $0 >= oldest } }
        shaken.remove(oldest)
    }

    /// Counts the leader, and notes a window that cannot be agreed.
    private func elected(_ wallet: Cast.Wallet, _ start: BlockNumber, _ seed: Hash32) {
        let key = WindowKey(wallet: wallet.identity.hash, coordinationBlock: start)
        guard let election = elections[key]?[seed] ?? elect(key, from: seed) else { return }
        if let leader = election.leader.flatMap({ places[$0] }) { tally.led[leader] += 1 }
        let proposers = election.proposers.contains { places[$0].map { isUp($0, in: start) } ?? false }
        if !proposers || wallet.group.seatCount(of: cast.operators[present]) < wallet.group.threshold {
            unowed.insert(key)
        }
    }

    // MARK: - The end

    /// Checks the windows of the healed time, once enough time has passed: each is agreed, where it can be, and over,
    /// at every operator that is up.
    func healed(from first: BlockNumber, to last: BlockNumber) throws(Invariant.Breach) {
        var start = first
        while start <= last {
            for wallet in cast.wallets {
                let key = WindowKey(wallet: wallet.identity.hash, coordinationBlock: start)
                for node in present where isUp(node, in: start) {
                    guard let view = views[node][key] else { throw breach(.l1, node, key, "knows nothing of it") }
                    guard view.isAgreed || unowed.contains(key) else {
                        throw breach(.l1, node, key, "ended \(view.outcome.map { "\($0)" } ?? "not at all")")
                    }
                    guard view.outcome != nil else { throw breach(.s6, node, key, "has no final outcome") }
                }
            }
            start = start.adding(profile.frequency)
        }
        for node in views.indices where restingSince[node] == nil {
            for record in held[node].values.sorted(by: { $0.id < $1.id })
            where record.signedBytes != nil && record.transaction != nil && record.coordinationBlock < last {
                let key = WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
                throw breach(.a5, node, key, "a signed transaction is not proven")
            }
        }
    }
}
