/// A part of a report: what a plot says in one sentence, the plot, and its numbers beside it.
struct ReportSection: Hashable, Sendable {
    let heading: String
    let sentence: String
    /// The drawings, with a list of what their colours mean before each.
    let drawings: [String]
    let table: ReportTable
    /// How the numbers came about.
    let note: String

    /// The part as markup.
    var html: String {
        """
        <section>
        \(Markup.element("h2", text: heading))
        \(Markup.element("p", text: sentence))
        <div class="pair">
        <figure>
        \(drawings.joined())\(Markup.element("figcaption", text: note))
        </figure>
        \(table.html)</div>
        </section>

        """
    }
}
