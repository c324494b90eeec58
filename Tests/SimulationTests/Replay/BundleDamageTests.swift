import Coordination
import Node
import Primitives
import Testing

@testable import Simulation

/// Bundles that somebody wrote by hand: their digest fits, what is in them need not.
@Suite("Damaged bundles")
struct BundleDamageTests {
    @Test("A byte altered anywhere, with a digest that fits, is refused, seen, or of no effect; nothing dies of it")
    func altered() throws {
        let episode = try RecordedEpisode(seed: 3, windows: 3, healed: 0)
        let bundle = try #require(episode.bundle(0, 48))
        let content = Bytes(bundle.encoded.dropLast(Hash32.byteCount))
        var (refused, differing, equal) = (0, 0, 0)
        var random = SeededRandom(seed: 1, concern: 1)
        for place in stride(from: 15, to: content.count, by: content.count / 400) {
            var touched = content
            touched[place] ^= UInt8(1 << random.below(8))
            do {
                let damaged = try WindowBundle(decoding: touched + sha256(touched).bytes)
                if try Replay(damaged).play().difference == nil { equal += 1 } else { differing += 1 }
            } catch {
                #expect(error is WindowBundle.Failure || error is Replay.Failure)
                refused += 1
            }
        }
        #expect(refused > 20 && differing > 20, "\(refused) refused, \(differing) differing, \(equal) equal")
    }

    @Test("A bundle whose parts do not fit together is refused by its place")
    func unfitting() throws {
        let episode = try RecordedEpisode(seed: 3, windows: 3, healed: 0)
        let bundle = try #require(episode.bundle(0, 48))
        func changed(
            lines: [JournalEntry]? = nil, events: [WindowBundle.Event]? = nil, me: EthereumAddress? = nil
        ) -> WindowBundle {
            WindowBundle(
                build: bundle.build, window: bundle.window, me: me ?? bundle.me, chainID: bundle.chainID,
                finalDepth: bundle.finalDepth, blockMilliseconds: bundle.blockMilliseconds, profile: bundle.profile,
                wallets: bundle.wallets, before: bundle.before,
                lines: lines ?? bundle.lines, events: events ?? bundle.events)
        }
        #expect(throws: Replay.Failure.line(1)) { try Replay(changed(lines: [])) }
        #expect(throws: Replay.Failure.line(1)) { try Replay(changed(lines: Array(bundle.lines.dropFirst()))) }
        #expect(throws: Replay.Failure.wallet(1)) { try Replay(changed(me: .zero)) }
        let second = try #require(bundle.events.dropFirst().first)
        #expect(throws: Replay.Failure.event(second.sequence)) {
            try Replay(changed(events: Array(bundle.events.dropFirst())))
        }
        let place = try #require(bundle.lines.firstIndex { $0.after > second.sequence })
        var lines = bundle.lines
        let line = lines[place]
        lines[place] = JournalEntry(after: 0, block: line.block, time: line.time, body: line.body)
        #expect(throws: Replay.Failure.self) { try Replay(changed(lines: lines)) }
    }
}
