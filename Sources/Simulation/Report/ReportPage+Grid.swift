extension ReportPage {
    /// The share of windows lost as operators are down, without reserves and with them.
    func loss(_ rows: [SweepRow]) -> ReportSection {
        let reserves = Set(rows.map(\.cell.reserves)).sorted()
        let down = rows.map(\.cell.down)
        let ticks = PlotFrame.steps(to: rows.compactMap { $0.lostInterval?.upperBound }.max() ?? 1)
        let frame = PlotFrame(
            id: "loss", title: "Windows lost, by operators down",
            description:
                "Points with their bands for what was counted, dashed lines for what the law of the draw says.",
            across: "operators down, of \(rows.first?.cell.operators ?? 0)", upright: "share of windows lost",
            horizontal: -0.3...(Double(down.max() ?? 1) + 0.3), vertical: 0...(ticks.last ?? 1),
            horizontalTicks: Set(down).sorted().map { .init(value: Double($0), label: "\($0)") },
            verticalTicks: ticks.map { .init(value: $0, label: Figure.percent($0, 0)) })
        let series = reserves.enumerated().flatMap { colour, reserve in
            let mine = rows.filter { $0.cell.reserves == reserve }
            let counted = mine.map { row in
                LinePlot.Point(
                    x: Double(row.cell.down), y: row.lostShare ?? 0, range: row.lostInterval,
                    label: "\(row.cell.down) down: \(Figure.percent(row.lostShare ?? 0, 2))")
            }
            let law = mine.map { LinePlot.Point(x: Double($0.cell.down), y: $0.cell.expectedLoss, label: "") }
            return [
                LinePlot.Series(
                    name: reserve == 0 ? "no reserves" : "\(reserve) reserves", points: counted, colour: colour,
                    isJoined: false),
                LinePlot.Series(name: "", points: law, colour: colour, isDotted: false),
            ]
        }
        let legend = Legend(
            names: series.filter(\.isDotted).map(\.name), colours: series.filter(\.isDotted).map(\.colour))
        let told = rows.filter { $0.cell.down == 2 }.map { row in
            "\(Figure.percent(row.lostShare ?? 0)) \(row.cell.reserves == 0 ? "without reserves" : "with \(row.cell.reserves)")"
        }
        return ReportSection(
            heading: "Windows lost",
            sentence: "With 2 of \(rows.first?.cell.operators ?? 0) operators down a wallet loses "
                + told.joined(separator: ", and ") + ".",
            drawings: [legend.html + LinePlot(frame: frame, series: series).svg],
            table: ReportTable(
                caption: "Windows lost",
                columns: ["down", "reserves", "windows", "lost", "share", "95 % band", "by the law"],
                rows: rows.map { row in
                    let band = row.lostInterval.map {
                        "\(Figure.percent($0.lowerBound)) to \(Figure.percent($0.upperBound))"
                    }
                    return [
                        "\(row.cell.down)", "\(row.cell.reserves)", Figure.whole(row.windows), Figure.whole(row.lost),
                        Figure.percent(row.lostShare ?? 0, 2), band ?? "–", Figure.percent(row.cell.expectedLoss, 2),
                    ]
                }),
            note: ownRuns(rows) + " Dashed: the chance that nobody of the leader and its reserves is up.")
    }

    /// The cost of a window in messages and bytes as operators join.
    func cost(_ rows: [SweepRow]) -> ReportSection {
        let (first, last) = (rows.first { $0.cell.operators == 5 } ?? rows.first, rows.last)
        let times = Figure.fixed((last?.messagesPerWindow ?? 0) / max(first?.messagesPerWindow ?? 1, 1), 1)
        return ReportSection(
            heading: "What a window costs",
            sentence: "A window of \(last?.cell.operators ?? 0) operators takes \(times) times the messages of one of"
                + " \(first?.cell.operators ?? 0): cost grows with the square of the operators.",
            drawings: [
                curve("messages", "Messages a window", rows.map { ($0.cell.operators, $0.messagesPerWindow ?? 0) }),
                curve(
                    "bytes", "Kilobytes a window", rows.map { ($0.cell.operators, ($0.bytesPerWindow ?? 0) / 1_000) }),
            ],
            table: ReportTable(
                caption: "Put on links for each window", columns: ["operators", "windows", "messages", "bytes"],
                rows: rows.map { row in
                    [
                        "\(row.cell.operators)", Figure.whole(row.windows), Figure.fixed(row.messagesPerWindow ?? 0, 0),
                        Figure.fixed(row.bytesPerWindow ?? 0, 0),
                    ]
                }),
            note: ownRuns(rows))
    }

    private func curve(_ id: String, _ title: String, _ values: [(operators: Int, value: Double)]) -> String {
        let ticks = PlotFrame.steps(to: values.map(\.value).max() ?? 1)
        let most = values.map(\.operators).max() ?? 1
        let frame = PlotFrame(
            id: id, title: title + ", by operators", description: "A rising curve through the runs.",
            across: "operators of the wallet", upright: title.lowercased(), horizontal: 0...(Double(most) + 0.5),
            vertical: 0...(ticks.last ?? 1),
            horizontalTicks: values.map { .init(value: Double($0.operators), label: "\($0.operators)") },
            verticalTicks: ticks.map { .init(value: $0, label: Figure.fixed($0, 0)) })
        let points = values.map { operators, value in
            LinePlot.Point(
                x: Double(operators), y: value, label: "\(operators) operators: \(Figure.fixed(value, 0))")
        }
        return LinePlot(frame: frame, series: [.init(name: title, points: points, colour: 0)]).svg
    }

    private func ownRuns(_ rows: [SweepRow]) -> String {
        let windows = Set(rows.map(\.windows)).sorted().map(Figure.whole).joined(separator: " or ")
        return
            "From \(rows.count) runs of their own, of \(windows) windows each, with the same seed and without faults."
    }
}
