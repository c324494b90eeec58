import Coordination
import Node
import Primitives
import Testing
import ThresholdSigning

@testable import Simulation

/// Windows of nodes on the curve, cut out of their ledgers and journals and played again.
@Suite("Replay")
struct ReplayTests {
    /// What befell the windows that were played again, so that none of these is left out unseen.
    private struct Coverage {
        var proposals = 0
        var accepts = 0
        var ownSessions = 0
        var restarts = 0
        var restartsWhileSigning = 0
        var reorganisations = 0
        var faults = 0
        var begunByMemory = 0
        var executed = 0

        mutating func add(_ bundle: WindowBundle) {
            let events = bundle.decodedEvents
            let steps = bundle.steps
            for case .voted(_, let vote, _) in events {
                if vote.form == .proposal { proposals += 1 } else { accepts += 1 }
            }
            for case .sent(let raw) in steps where EnvelopeHeader(raw)?.kind == .frostRequest { ownSessions += 1 }
            var isSigning = false
            for event in events {
                switch event {
                case .attempt: isSigning = true
                case .booted:
                    restarts += 1
                    if isSigning { restartsWhileSigning += 1 }
                case .ended: isSigning = false
                case .fault: faults += 1
                case .reorganised: reorganisations += 1
                default: break
                }
            }
            if case .remembered? = steps.first { begunByMemory += 1 }
            if events.contains(.ended(bundle.window, .executed)) { executed += 1 }
        }
    }

    private func expectEqual(_ bundle: WindowBundle, _ comment: Comment) throws {
        let copy = try WindowBundle(decoding: bundle.encoded)
        let result = try Replay(copy).play()
        #expect(result.difference == nil, comment)
        #expect(result.events == bundle.events.count, comment)
        // Who is late for a job of a window before still gets its signatures, which are in no bundle.
        let answers = bundle.steps.filter { step in
            guard case .sent(let raw) = step, let header = EnvelopeHeader(raw) else { return false }
            return header.kind == .signResult && header.key.coordinationBlock < bundle.window.coordinationBlock
        }
        #expect(result.inherited <= answers.count, comment)
        #expect(result.outcome == result.recorded && result.outcome != nil, comment)
    }

    @Test("Every window of every operator is played again bit for bit: led, followed, signed, with nothing wrong")
    func honest() throws {
        var coverage = Coverage()
        let episode = try RecordedEpisode(seed: 3, windows: 5, healed: 0)
        for bundle in episode.bundles {
            try expectEqual(bundle, "window \(bundle.window.coordinationBlock) of \(bundle.me)")
            coverage.add(bundle)
        }
        #expect(coverage.proposals > 0 && coverage.accepts > 0 && coverage.ownSessions > 0)
        #expect(coverage.begunByMemory > 8 && coverage.executed > 8, "\(coverage)")
    }

    @Test("So it is with several seats an operator, of which some sign in sessions of their own operator")
    func seats() throws {
        var coverage = Coverage()
        let episode = try RecordedEpisode(
            seed: 5, faults: [.crashAtInput, .loss], perThousand: 300, windows: 5, healed: 1, seats: 9, threshold: 6)
        for bundle in episode.bundles {
            try expectEqual(bundle, "window \(bundle.window.coordinationBlock) of \(bundle.me)")
            coverage.add(bundle)
        }
        #expect(coverage.ownSessions > 0 && coverage.executed > 8, "\(coverage)")
    }

    @Test("So it is with crashes in every place, restarts, reorganisations, liars, and sources that fail")
    func faults() throws {
        var coverage = Coverage()
        // Whoever runs with another share, profile or seat list holds other wallets than its bundle says.
        let left: Set<InjectedFault> = [.missingShare, .mixedProfile, .otherSeats, .duplicateIdentity, .replay]
        let faults = Set(InjectedFault.allCases).subtracting(left)
        for seed in UInt64(1)...4 {
            let episode = try RecordedEpisode(seed: seed, faults: faults, perThousand: 400)
            for bundle in episode.bundles {
                try expectEqual(bundle, "seed \(seed), window \(bundle.window.coordinationBlock) of \(bundle.me)")
                coverage.add(bundle)
            }
        }
        #expect(coverage.restarts > 4 && coverage.restartsWhileSigning > 0 && coverage.faults > 0, "\(coverage)")
        #expect(coverage.reorganisations > 0 && coverage.begunByMemory > 0, "\(coverage)")
    }
}
