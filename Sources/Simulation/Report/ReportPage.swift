/// The report of a run as one self-contained page: it needs no network, no script and no other file. Equal runs give
/// equal pages.
package struct ReportPage: Sendable {
    let run: SimulationRun
    private let grid: ReportGrid?
    private let command: String
    private let replay: String?

    /// Takes the content, the command that makes the page again, and the command that replays a violation.
    package init(_ run: SimulationRun, grid: ReportGrid?, command: String, replay: String?) {
        self.run = run
        self.grid = grid
        self.command = command
        self.replay = replay
    }

    /// The page: HTML that is well-formed XML too.
    package var html: String {
        let sections = [leaders, outcomes, delays] + (grid.map { [loss($0.loss), cost($0.cost)] } ?? [])
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
            \(violation)\(Self.list(facts))
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
        let signers =
            settings.seatCount == settings.operators
            ? ", \(settings.threshold) of whom sign; "
            : " with \(settings.seatCount) seats, \(settings.threshold) of which sign; "
        text += " of \(settings.operators) operators" + signers
        text += settings.faults.isEmpty ? "no faults. " : "faults of \(settings.faults.count) kinds. "
        guard let (episode, violation) = run.violation else { return text + "Every promise held." }
        let (invariant, when) = (violation.breach.invariant, "in step \(violation.step) of episode \(episode)")
        return text + "Promise \(invariant.rawValue) was broken \(when), and the run ended there."
    }

    /// The broken promise and its place; empty where every promise held.
    private var violation: String {
        guard let (episode, violation) = run.violation else { return "" }
        let breach = violation.breach
        let kind = breach.invariant.isLiveness ? "liveness" : "safety"
        let places = [
            ("invariant", breach.invariant.rawValue), ("episode", "\(episode)"), ("step", "\(violation.step)"),
            ("block", "\(violation.block)"),
        ]
        return """
            <section class="violation">
            \(Markup.element("h2", text: "A promise of \(kind) was broken"))
            \(Markup.element("p", text: breach.what))
            \(Self.list(places))
            <pre tabindex="0">\(Markup.element("code", text: replay ?? ""))</pre>
            </section>

            """
    }

    private static func list(_ facts: [(String, String)]) -> String {
        let items = facts.map { "<div>\(Markup.element("dt", text: $0))\(Markup.element("dd", text: $1))</div>" }
        return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
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
