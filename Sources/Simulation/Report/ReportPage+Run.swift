import Primitives

extension ReportPage {
    /// The share of windows that each operator led, against the even share.
    var leaders: ReportSection {
        let led = run.sums.led
        let windows = led.reduce(0, +)
        let fair = 1 / Double(max(led.count, 1))
        // All bands hold together with 99 %: each may miss with an equal part of the rest.
        let bands = led.map { ConfidenceInterval(successes: $0, trials: windows, miss: 0.01 * fair) }
        let outside = bands.filter { !$0.range.contains(fair) }.count
        let ticks = PlotFrame.steps(to: max(bands.map(\.upper).max() ?? 1, fair))
        let frame = PlotFrame(
            id: "leaders", title: "Share of windows led, by operator",
            description: "A point for each operator with its band, and a line at the even share.", across: "operator",
            upright: "share of windows led", horizontal: -0.5...(Double(max(led.count, 1)) - 0.5),
            vertical: 0...(ticks.last ?? 1),
            horizontalTicks: PlotFrame.wholes(0...max(led.count - 1, 0)).map {
                .init(value: Double($0), label: "\($0)")
            },
            verticalTicks: ticks.map { .init(value: $0, label: Figure.percent($0, 0)) })
        let shares = led.map { Figure.share($0, of: windows) }
        let points = led.indices.map { place in
            LinePlot.Point(
                x: Double(place), y: shares[place], range: bands[place].range,
                label: "operator \(place): \(Figure.percent(shares[place], 2))")
        }
        let plot = LinePlot(
            frame: frame, series: [.init(name: "operators", points: points, colour: 0, isJoined: false)],
            reference: .init(value: fair, label: "even share"))
        let even = Figure.percent(fair, 2)
        let sentence =
            outside == 0
            ? "Every operator's band holds the even share of \(even): nothing speaks against a fair draw."
            : "The bands of \(outside) operators do not hold the even share of \(even): the draw is not fair."
        return ReportSection(
            heading: "Leaders", sentence: sentence, drawings: [plot.svg],
            table: ReportTable(
                caption: "Windows led", columns: ["operator", "windows", "share", "from", "to"],
                rows: led.indices.map { place in
                    [
                        "\(place)", Figure.whole(led[place]), Figure.percent(shares[place], 2),
                        Figure.percent(bands[place].lower, 2), Figure.percent(bands[place].upper, 2),
                    ]
                }),
            note:
                "From this run. Bands: Wilson's intervals that hold the true shares, all at once, with 99 %. Dashed: the even"
                + " share.")
    }

    /// The outcomes of windows in the course of the run.
    var outcomes: ReportSection {
        let timeline = run.sums.timeline
        let ranked = run.sums.outcomes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        // A reader cannot tell more than seven colours apart, so the rarest outcomes share one.
        let named = ranked.count > 8 ? Array(ranked.prefix(7)) : ranked
        let names = named.count < ranked.count ? named + ["other"] : named
        func counts(_ group: OutcomeTimeline.Group) -> [UInt64] {
            var counts = named.map { group.outcomes[$0] ?? 0 }
            if names.count > named.count { counts.append(group.outcomes.values.reduce(0, +) - counts.reduce(0, +)) }
            return counts
        }
        let columns = timeline.groups.map { group in
            let (counts, total) = (counts(group), group.outcomes.values.reduce(0, +))
            return counts.enumerated().map { place, count in
                let share = Figure.share(count, of: total)
                return BarPlot.Part(
                    value: share, colour: place, label: "\(names[place]): \(Figure.percent(share))")
            }
        }
        var before: [UInt64] = [0]
        for group in timeline.groups { before.append((before.last ?? 0) + group.windows) }
        let quarter = max(1, timeline.groups.count / 4)
        let frame = PlotFrame(
            id: "outcomes", title: "Outcomes over time",
            description: "A column for each part of the run, made of the shares of the outcomes.",
            across: "windows played", upright: "share of outcomes", horizontal: 0...Double(max(columns.count, 1)),
            vertical: 0...1,
            horizontalTicks: stride(from: 0, through: timeline.groups.count, by: quarter).map {
                .init(value: Double($0), label: Figure.whole(before[$0]))
            },
            verticalTicks: [0, 0.25, 0.5, 0.75, 1].map { .init(value: $0, label: Figure.percent($0, 0)) })
        let total = run.sums.outcomes.values.reduce(0, +)
        let good = OutcomeCode.good.map { run.sums.outcomes[$0.rawValue] ?? 0 }.reduce(0, +)
        return ReportSection(
            heading: "Outcomes over time",
            sentence: "Of all outcomes that operators recorded, \(Figure.percent(Figure.share(good, of: total))) are an"
                + " action that took effect or a window with nothing to do; the others are what the faults cost.",
            drawings: [
                Legend(names: names, colours: Array(names.indices)).html + BarPlot(frame: frame, columns: columns).svg
            ],
            table: ReportTable(
                caption: "Outcomes, in percent, by windows played",
                columns: ["from"] + names,
                rows: zip(before, timeline.groups).map { first, group in
                    let total = group.outcomes.values.reduce(0, +)
                    return [Figure.whole(first)]
                        + counts(group).map { Figure.fixed(Figure.share($0, of: total) * 100, 1) }
                } + [
                    ["all"]
                        + counts(.init(windows: run.sums.windows, outcomes: run.sums.outcomes)).map {
                            Figure.fixed(Figure.share($0, of: total) * 100, 1)
                        }
                ]),
            note: "From this run. Every operator counts for itself: a window of 5 operators has 5 outcomes.")
    }

    /// The delays of agreement and completion, and their tails.
    var delays: ReportSection {
        let (agreement, completion) = (run.sums.waits.agreement, run.sums.waits.completion)
        let parts: [(UInt64, UInt64, String)] = [
            (50, 100, "half"), (90, 100, "90 %"), (99, 100, "99 %"), (999, 1_000, "99.9 %"),
        ]
        let rows = parts.map { part, whole, name in
            [
                name, Figure.seconds(tenths: agreement.percentile(part, of: whole)),
                Figure.seconds(tenths: completion.percentile(part, of: whole)),
            ]
        }
        let counted = ["windows", Figure.whole(agreement.count), Figure.whole(completion.count)]
        return ReportSection(
            heading: "How long it takes",
            sentence: "Of 100 windows that were agreed, 99 were so within"
                + " \(Figure.seconds(tenths: agreement.percentile(99))) of their opening; of 100 actions that took effect,"
                + " 99 had done so within \(Figure.seconds(tenths: completion.percentile(99))).",
            drawings: [
                histogram(of: agreement, id: "agreement", title: "From opening to agreement"),
                histogram(of: completion, id: "completion", title: "From opening to the action's effect"),
            ],
            table: ReportTable(
                caption: "Within how long", columns: ["of them", "agreement", "completion"], rows: rows + [counted]),
            note: "From this run; virtual time. Each line of the upright axis is ten times the one below.")
    }

    private func histogram(of delays: DelayCounts, id: String, title: String) -> String {
        let bins = Histogram.bins(of: delays)
        let most = Double(max(bins.map(\.count).max() ?? 1, 1))
        let last = bins.last?.upper ?? 1
        let ticks = PlotFrame.steps(to: last).filter { $0 <= last }
        var decades: [PlotFrame.Tick] = []
        var decade: UInt64 = 1
        while Double(decade) <= most, decades.count < 15 {
            decades.append(.init(value: Double(decade), label: Figure.whole(decade)))
            decade *= 10
        }
        let frame = PlotFrame(
            id: id, title: title,
            description:
                "How many windows took how long, with the times within which half, 99 and 99.9 of 100 are over.",
            across: "seconds of virtual time", upright: "windows: " + title.lowercased(), horizontal: 0...last,
            vertical: 0.5...most, scale: .logarithmic,
            horizontalTicks: ticks.map { .init(value: $0, label: Figure.fixed($0, last > 5 ? 0 : 1)) },
            verticalTicks: decades)
        let marks: [(UInt64, UInt64, String)] = [(50, 100, "half"), (99, 100, "99 %"), (999, 1_000, "99.9 %")]
        return Histogram(
            frame: frame, bins: bins,
            markers: marks.compactMap { part, whole, name in
                delays.percentile(part, of: whole).map {
                    .init(value: Double($0) / 10, label: "\(name) within \(Figure.seconds(tenths: $0))")
                }
            }
        ).svg
    }
}
