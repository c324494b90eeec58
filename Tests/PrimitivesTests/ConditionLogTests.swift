import Primitives
import Testing

struct ConditionLogTests {
    private let silent = Condition(reason: .sourceSilent, found: "no answer in 10 s", remedy: "start the node")
    private let refused = Condition(reason: .sourceUnauthorized, found: "status 401", remedy: "check auth_file")

    @Test("A subject that turns bad is said once, with its reason; repetitions are counted until it is well again")
    func spell() {
        var log = ConditionLog<String>()
        #expect(log.well("core", at: .seconds(1)) == nil, "a subject that is well from the start is no news")
        #expect(log.bad("core", silent, at: .seconds(2)) == .bad("core", silent, lasting: .zero))
        for second in 3...400 { #expect(log.bad("core", silent, at: .seconds(second)) == nil) }
        #expect(log.troubled == ["core"])
        #expect(
            log.well("core", at: .seconds(402)) == .well("core", after: .seconds(400), observations: 399))
        #expect(log.well("core", at: .seconds(403)) == nil)
        #expect(log.troubled.isEmpty)
        #expect(log.bad("core", silent, at: .seconds(500)) == .bad("core", silent, lasting: .zero), "a new spell")
    }

    @Test("Another reason within a spell is said once, with the age of the spell, also where two take turns")
    func reasons() {
        var log = ConditionLog<String>()
        #expect(log.bad("core", silent, at: .seconds(10)) != nil)
        #expect(log.bad("core", refused, at: .seconds(12)) == .bad("core", refused, lasting: .seconds(2)))
        for second in 13...99 {
            #expect(log.bad("core", second.isMultiple(of: 2) ? silent : refused, at: .seconds(second)) == nil)
        }
    }

    @Test("A subject that flaps is one spell: it is well again after it stayed well for the settling time")
    func flapping() {
        var log = ConditionLog<Int>(settle: .seconds(30))
        #expect(log.bad(7, silent, at: .zero) != nil)
        for second in stride(from: 2, to: 600, by: 4) {
            #expect(log.well(7, at: .seconds(second)) == nil)
            #expect(log.well(7, at: .seconds(second + 1)) == nil)
            #expect(log.bad(7, silent, at: .seconds(second + 2)) == nil)
        }
        #expect(log.well(7, at: .seconds(700)) == nil)
        #expect(log.well(7, at: .seconds(729)) == nil)
        #expect(log.well(7, at: .seconds(730)) == .well(7, after: .seconds(700), observations: 151))
        #expect(log.well(7, at: .seconds(800)) == nil)
    }

    @Test("Subjects do not mix")
    func subjects() {
        var log = ConditionLog<Int>()
        #expect(log.bad(1, silent, at: .zero) != nil)
        #expect(log.bad(2, silent, at: .zero) != nil)
        #expect(log.well(2, at: .seconds(1)) == .well(2, after: .seconds(1), observations: 1))
    }
}
