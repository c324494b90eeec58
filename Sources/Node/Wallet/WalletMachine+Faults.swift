import Coordination
import Primitives
import WalletActions

extension WalletMachine {
    /// Records a charge, once for each window, culprit and rule.
    mutating func charge(_ fault: Fault, _ window: WindowRun, _ turn: inout NodeTurn<some SecureRandom>) {
        guard window.charged.insert(WindowRun.Charge(fault)).inserted else { return }
        if fault.isProvisional { undecided.append(fault) }
        if fault.kind == .leaderIdleness {
            let entry = Status.IdleLeader(
                wallet: fault.wallet, coordinationBlock: fault.coordinationBlock, leader: fault.culprit)
            idle[entry] = [configuration.me]
            // Old idleness is no longer relevant.
            let oldest = fault.coordinationBlock.subtracting(4 * configuration.profiles.frequency)
            idle = idle.filter { $0.key.coordinationBlock >= oldest }
            confirmedIdle = confirmedIdle.filter { idle[$0] != nil }
        }
        turn.effects.append(.record(.fault(fault)))
    }

    /// Takes another operator's report of the same idle leader. With reports of operators of `t` seats the fault
    /// stands.
    mutating func confirmIdle(
        _ entry: Status.IdleLeader, by peer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard idle[entry] != nil else { return }
        idle[entry]?.insert(peer)
        guard let witnesses = idle[entry], held.group.seatCount(of: witnesses) >= held.group.threshold,
            confirmedIdle.insert(entry).inserted
        else { return }
        let fault = Fault(
            kind: .leaderIdleness, culprit: entry.leader, wallet: entry.wallet,
            coordinationBlock: entry.coordinationBlock)
        turn.effects.append(.record(.faultDecided(fault, stands: true)))
    }

    /// Decides provisional faults whose blocks cannot change any more. They stand if those blocks are the ones that
    /// they rested on.
    mutating func decideFaults(_ turn: inout NodeTurn<some SecureRandom>) {
        guard let head = turn.node.chain.head?.number else { return }
        let waiting = Set(undecided.map(\.coordinationBlock))
        let open = windows.keys
        blockHashes.keep { waiting.contains($0) || open.contains($0) }
        for start in waiting.sorted() where start.adding(configuration.finalDepth) <= head {
            let purpose = EvaluationKey.Purpose.decideFault(window: start)
            guard evaluations[purpose]?.isReading != true else { continue }
            evaluations[purpose] = Evaluation()
            decideFaults(start, &turn)
        }
    }

    mutating func decideFaults(_ start: BlockNumber, _ turn: inout NodeTurn<some SecureRandom>) {
        let purpose = EvaluationKey.Purpose.decideFault(window: start)
        let index = WindowIndex(start.rawValue / configuration.profiles.frequency)
        let seedBlock = start.subtracting(configuration.profiles.profile(of: index).safeBlockShift)
        let lookups = (block(seedBlock, purpose, turn.node), block(start, purpose, turn.node))
        if case (.missing, _) = lookups { return ask(purpose, &turn) }
        if case (_, .missing) = lookups { return ask(purpose, &turn) }
        evaluations[purpose] = nil
        // A question that the sources cannot answer now is asked again with the next block.
        guard case (.found(let seed), .found(let open)) = lookups else { return }
        // Without the hashes that it rested on, a fault has no support.
        let stands = blockHashes[start].map { hashes in
            seed.hash == hashes.seedHash && (hashes.openHash ?? open.hash) == open.hash
        }
        for fault in undecided where fault.coordinationBlock == start {
            turn.effects.append(.record(.faultDecided(fault, stands: stands ?? false)))
        }
        undecided.removeAll { $0.coordinationBlock == start }
    }
}
