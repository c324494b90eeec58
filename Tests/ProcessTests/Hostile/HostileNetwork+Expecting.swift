import ChainModels
import Coordination
import DevNet
import Foundation
import Ledger
import Node
import Primitives
import TestKit
import Testing
import WalletActions

extension HostileNetwork {
    /// How each window of a wallet, of the first without one, ended at a node, by its coordination block.
    func outcomes(at node: HostileNode, of wallet: WalletPublicKeyHash? = nil) -> [BlockNumber: Outcome] {
        var outcomes: [BlockNumber: Outcome] = [:]
        for case .ended(let key, let outcome) in node.ledger.events
        where outcome.isFinal && key.wallet == wallet ?? group.wallet {
            outcomes[key.coordinationBlock] = outcome
        }
        return outcomes
    }

    /// The next windows that open from now on.
    func nextWindows(_ count: Int) async -> [BlockNumber] {
        let frequency = DevNetChains.profile.frequency
        let first = (await head.rawValue / frequency + 1) * frequency
        return (0..<count).map { BlockNumber(first + UInt64($0) * frequency) }
    }

    /// The windows from one on and before another.
    func windows(from first: BlockNumber, before last: BlockNumber) -> [BlockNumber] {
        stride(from: first.rawValue, to: last.rawValue, by: Int(DevNetChains.profile.frequency)).map(BlockNumber.init)
    }

    /// Waits until these windows are over at these nodes, and expects that they were executed: each by every one of them,
    /// or by as many as it is told.
    func expect(
        _ windows: [BlockNumber], of wallet: WalletPublicKeyHash? = nil, executedBy nodes: [HostileNode],
        atLeast least: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let least = least ?? nodes.count
        let end = (windows.last ?? BlockNumber(0)).adding(2 * DevNetChains.profile.frequency)
        while await head < end {
            await look()
            let isOver = windows.allSatisfy { window in
                nodes.count { outcomes(at: $0, of: wallet)[window] != nil } == nodes.count
            }
            if isOver { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        for window in windows {
            let outcomes = nodes.map { self.outcomes(at: $0, of: wallet)[window]?.code ?? "nothing" }
            #expect(
                outcomes.count { $0 == Outcome.executed.code } >= least,
                "window \(window): \(outcomes); \(nodes.last?.log.suffix(2_000) ?? "")",
                sourceLocation: sourceLocation)
        }
    }

    /// Expects that a node which was started again resumes: its ledger says so.
    func expectBoot(
        of node: HostileNode, after boots: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let resumes = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
            await look()
            try #require(node.isRunning, "it ended: \(node.log.suffix(1_000))", sourceLocation: sourceLocation)
            return node.boots > boots
        }
        #expect(resumes, "it does not resume: \(node.log.suffix(1_000))", sourceLocation: sourceLocation)
    }

    /// Those of some windows that an operator led, by the seeds that the ledgers tell.
    func windows(_ windows: [BlockNumber], ledBy leader: EthereumAddress) -> [BlockNumber] {
        var leaders: [BlockNumber: EthereumAddress] = [:]
        for case .windowSeeded(let key, let seed) in nodes.flatMap(\.ledger.events) {
            let index = WindowIndex(key.coordinationBlock.rawValue / DevNetChains.profile.frequency)
            let election = Election(
                wallet: key.wallet, safeBlockHash: seed, window: index, operators: group.operators,
                profile: DevNetChains.profile)
            leaders[key.coordinationBlock] = election.leader
        }
        return windows.filter { leaders[$0] == leader }
    }

    /// What a member can know of the network now.
    var scene: HostileMessages.Scene {
        get async {
            var (digests, jobs, heard): ([ProposalDigest], [Hash32], [Bytes]) = ([], [], [])
            for event in nodes[0].ledger.events {
                if let (_, digest) = Self.choice(event, of: nodes[0]), digests.last != digest { digests.append(digest) }
                switch event {
                case .attempt(let step) where jobs.last != step.job: jobs.append(step.job)
                case .envelopeKept(_, _, let envelope), .voted(_, _, let envelope): heard.append(envelope)
                default: break
                }
            }
            let head = await chains.host.head.block.reference
            return HostileMessages.Scene(head: head, digests: digests, jobs: jobs, heard: heard.suffix(40))
        }
    }

    /// Expects what holds after every attack: all nodes run, each below so many MiB of resident memory and within its other
    /// bounds; every ledger is whole; nobody is seen to have chosen twice in a window, and nobody is charged, but of what
    /// `allows` names. Of `hostile` nothing is expected.
    func expectSound(
        but hostile: EthereumAddress? = nil, below mebibytes: Int, allows: (Fault) -> Bool = { _ in false },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await look()
        var chosen: [Choice: Set<ProposalDigest>] = [:]
        for node in nodes where node.address != hostile {
            let name = "operator \(node.number)"
            #expect(node.isRunning, "\(name) ended: \(node.log.suffix(1_000))", sourceLocation: sourceLocation)
            #expect(
                node.mostMemory < mebibytes * 1_024, "\(name): KiB of memory", sourceLocation: sourceLocation)
            #expect(
                node.mostFiles < HostileSize.mostFiles, "\(name): open files", sourceLocation: sourceLocation)
            #expect(node.ledger.breaks.isEmpty, "\(name): its ledger's chain", sourceLocation: sourceLocation)
            for event in node.ledger.events {
                if let (choice, digest) = Self.choice(event, of: node) { chosen[choice, default: []].insert(digest) }
            }
            let equivocations: [FaultKind] = [.leaderEquivocation, .verdictEquivocation, .signingEquivocation]
            let faults = node.ledger.faults.filter {
                $0.culprit != hostile && (equivocations.contains($0.kind) || !allows($0))
            }
            #expect(faults.isEmpty, "\(name) charges", sourceLocation: sourceLocation)
        }
        for (choice, digests) in chosen where choice.signer != hostile {
            #expect(digests.count == 1, "\(choice.signer) chose twice", sourceLocation: sourceLocation)
        }
        #expect(chosen.count > 2, "choices were seen", sourceLocation: sourceLocation)
        report()
    }

    /// An operator in a window.
    private struct Choice: Hashable {
        let window: WindowKey
        let signer: EthereumAddress
    }

    /// What somebody proposed or accepted, by its own ledger or by another's.
    private static func choice(_ event: LedgerEvent, of node: HostileNode) -> (Choice, ProposalDigest)? {
        switch event {
        case .voted(let key, let vote, _): return (Choice(window: key, signer: node.address), vote.digest)
        case .proposalRepeated(let key, let digest, _):
            return (Choice(window: key, signer: node.address), digest)
        case .envelopeKept(let key, let signer, let raw):
            guard let envelope = try? Envelope(decoding: raw) else { return nil }
            let choice = Choice(window: key, signer: signer)
            switch envelope.kind {
            case .proposal:
                let domain = Domain(chainID: DevNetChains.chainID, profile: DevNetChains.profile)
                return (
                    choice,
                    ProposalDigest(
                        payload: envelope.payload, domain: domain, wallet: key.wallet,
                        coordinationBlock: key.coordinationBlock)
                )
            case .verdict:
                guard let verdict = try? Verdict(decoding: envelope.payload), verdict.isAccept else { return nil }
                return (choice, verdict.digest)
            default: return nil
            }
        default: return nil
        }
    }

    /// Prints what the nodes took, so that a run shows its figures.
    private func report() {
        let memory = nodes.map { "\($0.mostMemory / 1_024)" }.joined(separator: ", ")
        let files = nodes.map { "\($0.mostFiles)" }.joined(separator: ", ")
        print("hostile: MiB \(memory); open files \(files)")
    }
}
