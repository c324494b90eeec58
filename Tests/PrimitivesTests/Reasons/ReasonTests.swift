import Primitives
import TestKit
import Testing

/// The tables of reasons that `docs/reasons.md` shows.
@Suite struct ReasonTests {
    private static func rows<Row: Reason>(_: Row.Type) -> [any Reason] { Array(Row.allCases) }

    private static let all: [any Reason] =
        rows(ActionRule.self) + rows(WindowRule.self) + rows(SyncReason.self) + rows(ActionFailure.self)
        + rows(HaltReason.self) + rows(WalletEnd.self) + rows(FaultReason.self) + rows(OutcomeCode.self)
        + rows(MessageDrop.self)
        + rows(SigningDrop.self)
        + rows(FrameDrop.self) + rows(TurnedAway.self) + rows(LinkRefusal.self) + rows(ConditionReason.self)
        + rows(CommandReason.self) + rows(UsageReason.self) + rows(StartNote.self) + rows(ReplayNote.self)

    @Test("Each reason has a cause in one line that fits a table, and an id of one word")
    func rows() {
        for reason in Self.all {
            #expect(!reason.cause.isEmpty, "\(reason)")
            for text in [reason.cause, reason.remedy] {
                #expect(!text.contains { $0.isNewline || $0 == "|" }, "\(reason)")
            }
            #expect(reason.rawValue.wholeMatch(of: /[a-z][a-z0-9_.-]*/) != nil, "\(reason)")
            #expect("\(reason)" == reason.rawValue)
        }
    }

    @Test("What verdicts, outcomes, faults and halts carry keeps the form of a rule's id, and reads back as it was")
    func ids() throws {
        let ids =
            ActionRule.allCases.map(\.id) + WindowRule.allCases.map(\.id) + SyncReason.allCases.map(\.id)
            + ActionFailure.allCases.map(\.id) + HaltReason.allCases.map(\.id) + WalletEnd.allCases.map(\.id)
        // A transaction that is signed already is a rule of a proposal, and why an action failed.
        #expect(Set(ids).count == ids.count - 1)
        for id in ids {
            var reader = ByteReader(id.encoded)
            #expect(try RuleID(from: &reader) == id)
        }
    }

    @Test("An id that no table of this build has is kept as a peer wrote it; what is no id is refused")
    func unknown() throws {
        let newer: RuleID = "moving_funds.of_a_newer_build"
        var reader = ByteReader(newer.encoded)
        #expect(try RuleID(from: &reader).name == "moving_funds.of_a_newer_build")
        for text in ["", "Upper", "with space", "a|b", String(repeating: "a", count: 65)] {
            #expect(RuleID(outside: text) == nil, "\(text)")
        }
    }
}
