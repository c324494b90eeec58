/// A part of a report: the statement of a plot in one sentence, the plot, and its numbers beside it.
struct ReportSection: Hashable, Sendable {
    let heading: String
    let sentence: String
    /// The drawings, each with a legend of its colours before it.
    let drawings: [String]
    let table: ReportTable
    /// The origin of the numbers.
    let note: String

    /// The section as markup.
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
