/// The numbers of a plot, for readers who prefer them to a drawing. The first column names the rows.
struct ReportTable: Hashable, Sendable {
    let caption: String
    let columns: [String]
    let rows: [[String]]

    /// The table, in a box that scrolls by itself where space is short, also by the keyboard.
    var html: String {
        let head = columns.map { Markup.element("th", "scope=\"col\"", text: $0) }.joined()
        let body = rows.map { row in
            let cells = row.enumerated().map { place, text in
                place == 0 ? Markup.element("th", "scope=\"row\"", text: text) : Markup.element("td", text: text)
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return """
            <div class="table" role="region" tabindex="0" aria-label="\(Markup.escaped(caption))"><table>
            \(Markup.element("caption", text: caption))
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body.joined(separator: "\n"))
            </tbody></table></div>

            """
    }
}
