/// What came of a run as one page that needs nothing beside it: no network, no script, no other file. Equal runs give
/// equal pages.
package struct ReportPage: Sendable {
    let run: SimulationRun
    let grid: ReportGrid
    private let command: String

    /// Takes what is shown, and the command that makes the page again.
    package init(_ run: SimulationRun, grid: ReportGrid, command: String) {
        self.run = run
        self.grid = grid
        self.command = command
    }

    /// The page: HTML that is well-formed XML too.
    package var html: String {
        let sections = [leaders, outcomes, delays, loss, cost]
        let title = "coord-sim run, seed \(run.settings.seed)"
        return """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
            \(Markup.element("title", text: title))
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <header>
            \(Markup.element("h1", text: title))
            \(Markup.element("p", "class=\"verdict\"", text: verdict))
            <dl>
            \(facts.map { "<div>\(Markup.element("dt", text: $0))\(Markup.element("dd", text: $1))</div>" }
                .joined(separator: "\n"))
            </dl>
            </header>
            <main>
            \(sections.map(\.html).joined())</main>
            <footer>
            \(Markup.element("h2", text: "The same page again"))
            <pre tabindex="0">\(Markup.element("code", text: command))</pre>
            \(Markup.element("p", text: "Equal seeds give equal runs on every machine. Digest of all that happened:"))
            <pre tabindex="0">\(Markup.element("code", text: "\(run.sums.digest)"))</pre>
            </footer>
            </body>
            </html>

            """
    }

    private var verdict: String {
        let settings = run.settings
        var text = settings.wallets == 1 ? "A wallet" : "\(settings.wallets) wallets"
        text += " of \(settings.operators) operators, \(settings.threshold) of whom sign; "
        text += settings.faults.isEmpty ? "no faults. " : "faults of \(settings.faults.count) kinds. "
        guard let (episode, violation) = run.violation else { return text + "Every promise held." }
        return text + "Violated: \(violation.breach.invariant.rawValue), \(violation.breach.what) (episode \(episode))."
    }

    private var facts: [(String, String)] {
        let sums = run.sums
        let each = Double(max(sums.windows, 1))
        return [
            ("windows", Figure.whole(sums.windows)),
            ("without agreement", Figure.percent(Figure.share(sums.lost, of: sums.windows))),
            ("transactions", Figure.whole(sums.transactions)),
            ("faults made", Figure.whole(sums.faults.values.reduce(0, +))),
            ("messages a window", Figure.fixed(Double(sums.messages) / each, 0)),
            ("bytes a window", Figure.fixed(Double(sums.bytes) / each, 0)),
        ]
    }
}
