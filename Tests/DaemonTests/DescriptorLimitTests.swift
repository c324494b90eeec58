import Daemon
import Foundation
import Testing

/// How far the limit of open files is raised.
@Suite struct DescriptorLimitTests {
    /// What the system has, whether it lets us raise it, and what comes of it.
    struct Case: CustomTestStringConvertible {
        let soft: rlim_t
        let hard: rlim_t
        var isAllowed = true
        /// The soft limit that is asked for; nil where none is.
        let wanted: rlim_t?
        let inForce: Int

        var testDescription: String { "\(soft) of \(hard)\(isAllowed ? "" : ", refused")" }
    }

    private static let infinity = rlim_t.max
    private static let most = Int(DescriptorLimit.most)

    @Test(
        "The soft limit is raised to the hard one, at most to a number that is granted where the hard one is infinite",
        arguments: [
            Case(soft: 1_024, hard: 4_096, wanted: 4_096, inForce: 4_096),
            Case(soft: 1_024, hard: infinity, wanted: DescriptorLimit.most, inForce: most),
            Case(soft: 1_024, hard: infinity, isAllowed: false, wanted: DescriptorLimit.most, inForce: 1_024),
            Case(soft: infinity, hard: infinity, wanted: nil, inForce: most),
            Case(soft: 4_096, hard: 4_096, wanted: nil, inForce: 4_096),
            Case(soft: 0, hard: 0, wanted: nil, inForce: 0),
            Case(soft: 1_024, hard: 4_096, isAllowed: false, wanted: 4_096, inForce: 1_024),
        ])
    func raised(limit: Case) {
        var asked: [rlimit] = []
        let inForce = DescriptorLimit.raised(
            read: { rlimit(rlim_cur: limit.soft, rlim_max: limit.hard) },
            write: {
                asked.append($0)
                return limit.isAllowed
            })
        #expect(asked.map(\.rlim_cur) == [limit.wanted].compactMap(\.self))
        #expect(asked.allSatisfy { $0.rlim_max == limit.hard }, "the hard limit stays")
        #expect(inForce == limit.inForce)
    }

    @Test("A limit that cannot be read is taken for the usual one")
    func unreadable() {
        #expect(DescriptorLimit.raised(read: { nil }, write: { _ in true }) == 1_024)
    }
}
