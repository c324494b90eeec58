/// Rows of words under a heading, each column as wide as its widest word.
struct TextTable {
    /// The alignment of a column.
    enum Side {
        case left
        case right
    }

    private let sides: [Side]
    private var rows: [[String]]

    /// Starts with the heading.
    init(_ columns: [(name: String, side: Side)]) {
        sides = columns.map(\.side)
        rows = [columns.map(\.name)]
    }

    /// Adds a row with a word for every column.
    mutating func add(_ words: [String]) { rows.append(words) }

    /// Adds an empty line.
    mutating func addGap() { rows.append([]) }

    /// The lines of the table.
    var text: String {
        let widths = sides.indices.map { column in rows.filter { !$0.isEmpty }.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, word) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - word.count)
                line += (column == 0 ? "" : "  ") + (sides[column] == .left ? word + space : space + word)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
