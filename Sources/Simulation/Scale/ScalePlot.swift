import Coordination

/// The plot of docs/scale.md: bytes a window against the operators of a wallet, measured and computed.
package struct ScalePlot: Sendable {
    private let model: ScaleModel
    private let rows: [SweepRow]

    /// Takes the model and the runs from which it was measured.
    package init(_ model: ScaleModel, rows: [SweepRow]) {
        self.model = model
        self.rows = rows
    }

    /// The names of the series, in the order of their colours.
    package static let names: [(way: ScaleModel.Way, name: String)] = [
        (.mesh, "full mesh"), (.gossip, "gossip"), (.mixed, "proposals by gossip, the rest direct"),
    ]

    /// A self-contained drawing with its own colours, for light and dark.
    package var svg: String {
        let sizes = Array(stride(from: 5.0, through: 200, by: 5))
        func kilobytes(_ cost: ScaleModel.Cost) -> Double { cost.bytes / 1_000 }
        let ways = Self.names.enumerated().map { colour, way in
            LinePlot.Series(
                name: way.name,
                points: sizes.map { .init(x: $0, y: kilobytes(model.wallet($0, way.way)), label: "") }, colour: colour,
                isDotted: false)
        }
        let measured = LinePlot.Series(
            name: "measured",
            points: rows.map { row in
                let windows =
                    Double(row.traffic[kind: .status].messages)
                    / ScaleModel.shape(.status, Double(row.cell.operators))
                let bytes = Double(row.bytes - row.traffic[kind: .status].bytes) / max(windows, 1)
                return .init(
                    x: Double(row.cell.operators), y: bytes / 1_000,
                    label: "\(row.cell.operators) operators: \(Figure.fixed(bytes, 0)) bytes")
            }, colour: 0, isJoined: false)
        let frame = PlotFrame(
            id: "scale", title: "Bytes a window, by operators of the wallet",
            description: "Dots: measured, full mesh. Lines: computed for full mesh, gossip, and proposals by gossip.",
            across: "operators of the wallet", upright: "kilobytes a window of one wallet, without statuses",
            horizontal: 0...200, vertical: 10...100_000, scale: .logarithmic,
            horizontalTicks: [5, 20, 50, 100, 150, 200].map { .init(value: $0, label: Figure.fixed($0, 0)) },
            verticalTicks: [10, 100, 1_000, 10_000, 100_000].map { .init(value: $0, label: Figure.fixed($0, 0)) })
        let style = """
            <style>
            svg { --page: #fcfcfb; --ink: #1a1a19; --soft: #5c5b57; --line: #d9d8d3; --s0: #2a78d6; --s1: #eb6834;
              --s2: #1baf7a; background: var(--page); }
            @media (prefers-color-scheme: dark) { svg { --page: #1a1a19; --ink: #f4f3ef; --soft: #b3b2ac; --line: #3d3c39;
              --s0: #3987e5; --s1: #d95926; --s2: #199e70; } }
            text { font: 12px system-ui, sans-serif; fill: var(--soft); }
            .note { fill: var(--ink); }
            .middle { text-anchor: middle; }
            .end { text-anchor: end; }
            .grid { stroke: var(--line); }
            .axis { stroke: var(--soft); }
            .line { fill: none; stroke: var(--c); stroke-width: 2; }
            .dot { fill: var(--c); stroke: var(--page); }
            .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); }
            </style>

            """
        var marks = ""
        for (place, way) in Self.names.enumerated() {
            let y = PlotFrame.bottom - 50 + 17 * Double(place)
            marks += "<g class=\"s\(place)\"><line class=\"line\" x1=\"340\" x2=\"364\""
            marks += " y1=\"\(Figure.place(y - 4))\" y2=\"\(Figure.place(y - 4))\"/></g>"
            marks += frame.text(way.name, "note", 370, y)
        }
        let plot = LinePlot(frame: frame, series: ways + [measured]).svg(beside: marks)
        return plot.replacing("<title id", with: style + "<title id", maxReplacements: 1)
    }
}
