// Fills the tables of docs/reasons.md from Sources/Primitives/Reasons, with which it is compiled (Scripts/reasons).
import Foundation

/// A table of the document: its name in the marks `<!-- table: name -->` and `<!-- end -->`, and its lines.
struct Table {
    let name: String
    let lines: [String]

    init<Row: Reason>(
        _ name: String, _ rows: [Row], _ columns: [(head: String, cell: (Row) -> String)]
    ) {
        self.name = name
        let cells = rows.map { row in columns.map { $0.cell(row) } }
        // A column in which no row says anything is left out.
        let kept = columns.indices.filter { column in cells.contains { !$0[column].isEmpty } }
        func line(_ words: [String]) -> String { "| " + kept.map { words[$0] }.joined(separator: " | ") + " |" }
        lines =
            [line(columns.map(\.head)), "|" + String(repeating: "---|", count: kept.count)] + cells.map(line)
    }

    init<Row: Reason>(_ name: String, _ rows: [Row] = Array(Row.allCases)) {
        self.init(name, rows, [Self.id(), Self.cause(), Self.remedy()])
    }

    static func id<Row: Reason>(_ head: String = "id") -> (String, (Row) -> String) { (head, { "`\($0)`" }) }
    static func cause<Row: Reason>() -> (String, (Row) -> String) { ("cause", { $0.cause }) }
    static func remedy<Row: Reason>() -> (String, (Row) -> String) { ("what to do", { $0.remedy }) }

    static func rules<Row: ProposalRule>(_ name: String, _ rows: [Row] = Array(Row.allCases)) -> Table {
        let letters: [(FailureClass, String)] = [(.invalid, "I"), (.view, "V"), (.cannotTell, "U")]
        return Table(
            name, rows,
            [
                id(),
                ("class", { row in letters.filter { row.classes.contains($0.0) }.map(\.1).joined(separator: ", ") }),
                cause(),
            ])
    }

    static func conditions(_ name: String, _ begins: [String]) -> Table {
        Table(name, ConditionReason.allCases.filter { row in begins.contains { row.rawValue.hasPrefix($0) } })
    }
}

@main enum Reasons {
    static let tables: [Table] = [
        Table(
            "commands", Array(CommandReason.allCases),
            [
                Table.id(), ("exit", { "\($0.exitCode)" }), Table.cause(), Table.remedy(),
            ]),
        Table("usage", Array(UsageReason.allCases)),
        Table("start", Array(StartNote.allCases)),
        Table(
            "replay", Array(ReplayNote.allCases),
            [
                Table.id(), Table.cause(), ("what it means for the play", { $0.remedy }),
            ]),
        Table("outcomes", Array(OutcomeCode.allCases), [Table.id("outcome"), Table.cause(), Table.remedy()]),
        Table("sync", Array(SyncReason.allCases)),
        Table("failures", Array(ActionFailure.allCases)),
        Table("halts", Array(HaltReason.allCases)),
        Table("ends", Array(WalletEnd.allCases)),
        .rules("rules", Array(ActionRule.allCases)),
        .rules("window-rules", Array(WindowRule.allCases)),
        Table("faults", Array(FaultReason.allCases)),
        Table("messages", Array(MessageDrop.allCases)),
        Table("signing", Array(SigningDrop.allCases)),
        Table("frames", Array(FrameDrop.allCases)),
        Table("accept", Array(TurnedAway.allCases)),
        .conditions("sources", ["source.", "host_chain.", "bitcoin.", "clock.", "store.", "broadcast.", "wallet"]),
        Table("refusals", Array(LinkRefusal.allCases)),
        .conditions("links", ["link."]),
        .conditions("strangers", ["strangers."]),
        .conditions("listener", ["listener."]),
    ]

    static func main() throws {
        let path = CommandLine.arguments[1]
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.lines) })
        var (filled, open, seen): ([String], String?, Set<String>) = ([], nil, [])
        for line in text.components(separatedBy: "\n") {
            if line == "<!-- end -->" { open = nil }
            if open == nil { filled.append(line) }
            guard line.hasPrefix("<!-- table: "), line.hasSuffix(" -->") else { continue }
            let name = String(line.dropFirst(12).dropLast(4))
            guard open == nil, let lines = tables[name], seen.insert(name).inserted else {
                throw Failure("\(path): \(line): no table of that name, or one within another, or twice")
            }
            open = name
            filled += [""] + lines + [""]
        }
        if let open { throw Failure("\(path): the table \(open) has no end") }
        let missing = tables.keys.filter { !seen.contains($0) }.sorted()
        guard missing.isEmpty else { throw Failure("\(path): no place for \(missing.joined(separator: ", "))") }
        try filled.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
