import Coordination
import Node
import Primitives
import Testing
import ThresholdSigning

@testable import Simulation

/// What-ifs on windows of nodes on the curve.
@Suite("ReplayEdit")
struct ReplayEditTests {
    /// An honest episode of five operators, of whom one stands in no reserve, and a redemption or heartbeat to sign.
    private static let episode = Result { try RecordedEpisode(seed: 3, windows: 5, healed: 0, operators: 5) }

    private struct Play {
        let result: Replay.Result
        let remarks: [Replay.Remark]

        func says(_ words: String) -> Bool { remarks.contains { $0.text.contains(words) } }
    }

    private func play(_ bundle: WindowBundle, _ edits: String...) throws -> Play { try play(bundle, edits) }

    private func play(_ bundle: WindowBundle, _ edits: [String]) throws -> Play {
        var remarks: [Replay.Remark] = []
        let replay = try Replay(bundle, edits: edits.map { try #require(ReplayEdit($0)) })
        let result = replay.play { remarks.append($0) }
        return Play(result: result, remarks: remarks)
    }

    /// An executed window with the bundle of the operator in this place of the leader order.
    private func executed(place: Int) throws -> (bundle: WindowBundle, order: [EthereumAddress]) {
        let episode = try Self.episode.get()
        for bundle in episode.bundles {
            let seed = bundle.decodedEvents.compactMap { event in
                if case .windowSeeded(bundle.window, let hash) = event { hash } else { nil }
            }.first
            let opened = CoordinationWindow(openedBy: bundle.window.coordinationBlock, profile: episode.profile)
            guard let seed, let opened, bundle.decodedEvents.contains(.ended(bundle.window, .executed)) else {
                continue
            }
            let election = Election(
                wallet: bundle.window.wallet, safeBlockHash: seed, window: opened.index,
                operators: episode.cast.operators, profile: episode.profile)
            if election.leaderOrder[place] == bundle.me { return (bundle, election.leaderOrder) }
        }
        throw Missing()
    }

    private struct Missing: Error {}

    /// The line that first told of a window's proposal.
    private func proposal(_ bundle: WindowBundle, from sender: EthereumAddress) throws -> Int {
        try line(bundle) { step in
            guard case .told(.received(let raw, sender)) = step, let header = EnvelopeHeader(raw) else { return false }
            return header.kind == .proposal && header.key == bundle.window
        }
    }

    private func line(_ bundle: WindowBundle, _ fits: (JournalStep) -> Bool) throws -> Int {
        let place = bundle.steps.firstIndex(where: fits)
        return try #require(place) + 1
    }

    private func votes(_ play: Play, _ bundle: WindowBundle) -> [Replay.Remark] {
        play.remarks.filter { $0.text.hasPrefix("\(bundle.window.coordinationBlock) votes") }
    }

    @Test("A line that is not told leads to nothing, and what followed from it is where play and record part")
    func drop() throws {
        let (bundle, order) = try executed(place: 3)
        let line = try proposal(bundle, from: order[0])
        let dropped = try play(bundle, "drop:\(line)")
        let difference = try #require(dropped.result.difference)
        #expect(difference.line == line && difference.played == "nothing")
        #expect(difference.written.contains("keeps a proposal") || difference.written.contains("votes"))
        let left = dropped.remarks.filter { $0.text.hasPrefix("not told: gets a proposal") }
        // Copies that came by other ways changed nothing, so the journal does without them.
        #expect(left.map(\.line) == [line])
        #expect(try play(bundle).result.difference == nil)
    }

    @Test("A silent leader is followed by its reserve, which says the same; without reserves the window is idle")
    func silent() throws {
        let (bundle, order) = try executed(place: 3)
        let silent = "silent:\(order[0].hex.prefix(10))"
        let reserve = try play(bundle, silent)
        #expect(reserve.result.outcome == .executed && reserve.result.recorded == .executed)
        #expect(reserve.result.difference != nil)
        let before = try #require(votes(try play(bundle), bundle).first)
        let after = try #require(votes(reserve, bundle).first)
        #expect(after.block > before.block && after.text == before.text)
        #expect(reserve.says("charges \(order[0].hex.prefix(8)) with leader_idleness"))

        let idle = try play(bundle, silent, "set:reserveLeaders=0")
        #expect(idle.result.outcome == .leaderIdle && votes(idle, bundle).isEmpty)
        #expect(idle.says("charges \(order[0].hex.prefix(8)) with leader_idleness"))
        let alone = try play(
            bundle, silent, "silent:\(order[1].hex)", "silent:\(order[2].hex)", "silent:\(order[4].hex)")
        #expect(alone.result.outcome == .leaderIdle && !alone.says("leader_idleness"))
    }

    @Test("A message that came later is acted upon later")
    func delay() throws {
        let (bundle, order) = try executed(place: 3)
        let line = try proposal(bundle, from: order[0])
        // Two blocks, also for what the others pass on.
        let late = try play(bundle, "delay:\(line):24000")
        let before = try #require(votes(try play(bundle), bundle).first)
        let after = try #require(votes(late, bundle).first)
        #expect(after.time == bundle.lines[line - 1].time + 24_000 && after.text == before.text)
        #expect(after.block > before.block && after.line == line)
        #expect(late.result.outcome == .executed && !late.says("replay.unanswered"))
        // After the last line of the process it is never told.
        #expect(votes(try play(bundle, "delay:\(line):1000000000"), bundle).first?.line != line)
    }

    @Test("A process that starts again where it did not votes no second time, and signs on with numbers of its own")
    func restart() throws {
        // In the first window everything was read from the chains that a process asks for anew.
        let first = try Self.episode.get().bundles.filter { $0.window.coordinationBlock == BlockNumber(24) }
        let bundle = try #require(
            first.first { bundle in
                let votes = bundle.decodedEvents.contains {
                    if case .voted(_, let vote, _) = $0 { vote.form == .verdict } else { false }
                }
                return votes && bundle.steps.contains(where: \.asksForShares)
            })
        #expect(bundle.decodedEvents.contains(.ended(bundle.window, .executed)))
        let voted = try #require(votes(try play(bundle), bundle).first?.line)
        let next = try line(Bundle(bundle, after: voted))
        let again = try play(bundle, "restart:\(next)")
        #expect(votes(again, bundle).count == 1 && again.result.outcome == .executed)
        #expect(again.remarks.contains { $0.line == next && $0.text.hasPrefix("what if") })
        let shares = try line(bundle, \.asksForShares)
        let signing = try play(bundle, "restart:\(shares)")
        #expect(votes(signing, bundle).count == 1)
        // The new nonces were never signed, nor ever asked for by the others, whose signature comes all the same.
        #expect(signing.says("replay.unsigned: a frost/nonces that this node never signed"))
        #expect(signing.says("attempt 16 marker") && signing.result.outcome == .executed)
    }

    /// The first input after a line.
    private func line(_ place: Bundle) throws -> Int {
        let steps = place.bundle.steps
        let next = steps.indices.dropFirst(place.line).first { if case .told = steps[$0] { true } else { false } }
        return try #require(next) + 1
    }

    private struct Bundle {
        let bundle: WindowBundle
        let line: Int

        init(_ bundle: WindowBundle, after line: Int) { (self.bundle, self.line) = (bundle, line) }
    }

    @Test("A process that goes on where it was started again has its memory still, and boots no second time")
    func carryOn() throws {
        let episode = try RecordedEpisode(
            seed: 2, faults: [.crashAfterAccept, .crashAtInput], perThousand: 800, windows: 4, healed: 0)
        var played = 0
        for bundle in episode.bundles {
            let started = bundle.steps.indices.dropFirst().first { place in
                if case .started = bundle.steps[place] { true } else { false }
            }
            guard let started else { continue }
            played += 1
            let on = try play(bundle, "continue:\(started + 1)")
            let difference = try #require(on.result.difference)
            #expect(difference.line <= started + 1 && difference.written.hasPrefix("booted"))
            #expect(on.remarks.filter { $0.text == "booted" }.count < bundle.decodedEvents.count(where: \.isBoot))
            #expect(votes(on, bundle).count <= 1)
        }
        #expect(played > 0)
    }

    @Test("A question that the record does not answer stays without an answer, which is said")
    func unanswered() throws {
        let (bundle, _) = try executed(place: 3)
        let answers = bundle.steps.enumerated().filter { _, step in
            guard case .told(.answered(let key, _)) = step, case .validate = key.purpose else { return false }
            return true
        }
        #expect(!answers.isEmpty)
        let play = try play(bundle, answers.map { "drop:\($0.offset + 1)" })
        #expect(play.says("replay.unanswered: \(bundle.window.coordinationBlock) is "))
        #expect(votes(play, bundle).isEmpty && play.result.outcome?.code == "not_synced")
    }

    @Test(
        "What is no edit is refused",
        arguments: [
            "", "drop", "drop:", "drop:x", "drop:1:2", "drop:-1", "delay:1", "delay:1:-5",
            "delay:1:99999999999999999999",
            "silent:xyz", "silent:0x", "restart", "continue:", "set:reserveLeaders", "set:=1", "set:a=b", "Drop:1",
        ])
    func words(text: String) {
        // A field of no name is found out when it is looked for.
        if text != "set:=1" { #expect(ReplayEdit(text) == nil) }
    }

    @Test("An edit that does not fit the bundle is refused, with what is wrong")
    func unfitting() throws {
        let (bundle, _) = try executed(place: 3)
        let count = bundle.lines.count
        func failure(_ text: String) throws -> ReplayEdit.Failure? {
            let edit = try #require(ReplayEdit(text))
            do throws(Replay.Failure) {
                _ = try Replay(bundle, edits: [edit])
            } catch {
                if case .edit(let failure) = error { return failure }
            }
            return nil
        }
        #expect(try failure("drop:0") == .noLine(0, of: count))
        #expect(try failure("drop:\(count + 1)") == .noLine(count + 1, of: count))
        let head = try line(bundle) { if case .told(.head) = $0 { true } else { false } }
        #expect(try failure("delay:\(head):5") == .otherLine(head, "a message, an answer or a link"))
        #expect(try failure("drop:1") == .otherLine(1, "what the node was told"))
        #expect(try failure("continue:1") == .otherLine(1, "a start of the process after the first"))
        #expect(try failure("silent:\(bundle.me.hex)") == .operator(bundle.me.hex, matches: 0))
        #expect(try failure("set:frequency=48") == .field("frequency"))
        #expect(try failure("set:nothing=1") == .field("nothing"))
        #expect(try failure("set:voteMargin=99") == .rule(.voteMargin))
        #expect(try failure("set:blockSeconds=0") == .range("blockSeconds", 1...3_600))
    }
}

extension JournalStep {
    fileprivate var asksForShares: Bool {
        if case .told(.received(let raw, _)) = self { EnvelopeHeader(raw)?.kind == .frostRequest } else { false }
    }
}

extension LedgerEvent {
    fileprivate var isBoot: Bool { if case .booted = self { true } else { false } }
}
