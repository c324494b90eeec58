import ArgumentParser
import Testing

@testable import OperatorCLI

/// What of an operator's log tells why it ended.
@Suite struct DevNetOperatorTests {
    private static let ordinary = "2026-01-01T00:00:00Z info coord: window ended outcome=executed\n"
    private static let warning = "2026-01-01T00:00:00Z warning coord: no anchor reason=store.no_anchor\n"

    @Test(
        "The failure at a log's end is its trouble, else its last warning; an ordinary line never is",
        arguments: [
            (ordinary, nil), ("", nil), (ordinary.replacing("window", with: "warning"), nil),
            (warning + ordinary, "2026-01-01T00:00:00Z warning coord: no anchor reason=store.no_anchor"),
            (
                warning + ordinary + "error: store\ncause: it is full\nfix:   make room\n",
                "error: store; cause: it is full; fix:   make room"
            ),
        ] as [(String, String?)])
    func trouble(log: String, trouble: String?) {
        #expect(DevNetOperator.lastTrouble(in: log) == trouble)
    }

    @Test(
        "The default threshold is three, or all seats where there are fewer",
        arguments: [(1, 1), (2, 2), (3, 3), (9, 3)])
    func threshold(operators: Int, signers: Int) throws {
        #expect(try DevNetCommand.parse(["--operators", "\(operators)"]).signers == signers)
    }
}
