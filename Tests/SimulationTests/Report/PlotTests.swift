import Testing

@testable import Simulation

@Suite struct PlotTests {
    private func frame(_ scale: PlotFrame.Scale, to most: Double) -> PlotFrame {
        PlotFrame(
            id: "a", title: "", description: "", across: "", upright: "", horizontal: 0...10,
            vertical: (scale == .linear ? 0 : 1)...most, scale: scale, horizontalTicks: [], verticalTicks: [])
    }

    @Test("Values stand where their share of the axis is, and never beyond it")
    func linear() {
        let frame = frame(.linear, to: 8)
        #expect(frame.x(0) == PlotFrame.left && frame.x(10) == PlotFrame.right)
        #expect(frame.x(5) == (PlotFrame.left + PlotFrame.right) / 2)
        #expect(frame.y(0) == PlotFrame.bottom && frame.y(8) == PlotFrame.top && frame.y(80) == PlotFrame.top)
        #expect(frame.y(2) == PlotFrame.bottom - (PlotFrame.bottom - PlotFrame.top) / 4)
    }

    @Test("On the logarithmic axis ten times as much is one line higher")
    func logarithmic() {
        let frame = frame(.logarithmic, to: 1_000)
        let line = (PlotFrame.bottom - PlotFrame.top) / 3
        for (value, lines) in [(1.0, 0.0), (10, 1), (100, 2), (1_000, 3), (2, 0.301_029_995_663_981_2)] {
            #expect(abs(PlotFrame.bottom - frame.y(value) - lines * line) < 1e-6)
        }
    }

    @Test("Ticks are round and reach the largest value")
    func ticks() {
        #expect(PlotFrame.steps(to: 23) == [0, 5, 10, 15, 20, 25])
        #expect(PlotFrame.steps(to: 2_412) == [0, 500, 1_000, 1_500, 2_000, 2_500])
        #expect(PlotFrame.steps(to: 0) == [0, 1])
        #expect(PlotFrame.wholes(0...4) == [0, 1, 2, 3, 4])
        #expect(PlotFrame.wholes(0...99).count <= 16)
    }

    @Test("Numbers are written for people: digits in groups, rounded, a dash for what is none")
    func figures() {
        #expect(Figure.whole(1_234_567) == "1\u{202F}234\u{202F}567")
        #expect(Figure.fixed(3.14159, 2) == "3.14")
        #expect(Figure.fixed(-0.05, 1) == "−0.1")
        #expect(Figure.fixed(.nan, 1) == "–")
        #expect(Figure.percent(0.1995) == "20.0\u{202F}%")
        #expect(Figure.seconds(tenths: 1_802) == "180.2\u{202F}s")
        #expect(Figure.place(2.05) == "2.05")
    }

    @Test("What a text means to a parser is taken from it")
    func markup() {
        #expect(Markup.escaped("<a href='x'>\"&\u{0}") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{FFFD}")
    }

    @Test("A timeline keeps every count, however many episodes it takes in")
    func timeline() {
        var timeline = OutcomeTimeline()
        for episode in 0..<1_000 { timeline.add([episode.isMultiple(of: 2) ? "even" : "odd": 3], windows: 2) }
        #expect(timeline.groups.count <= OutcomeTimeline.most)
        #expect(timeline.groups.reduce(0) { $0 + $1.windows } == 2_000)
        #expect(timeline.groups.reduce(0) { $0 + ($1.outcomes["even"] ?? 0) } == 1_500)
        #expect(timeline.groups.dropLast().allSatisfy { $0.windows == 2 * UInt64(timeline.episodesPerGroup) })
    }

    @Test(
        "The law of lost windows: everybody who may propose is down, or too few are left to agree",
        arguments: [
            // 2 of 20 down: 1/10 without reserves, none with two: three proposers cannot all be down.
            (20, 2, 0, 0.1), (20, 2, 2, 0), (10, 4, 2, 4.0 * 3 * 2 / (10 * 9 * 8)), (10, 5, 0, 1), (3, 0, 2, 0),
        ] as [(Int, Int, Int, Double)])
    func law(operators: Int, down: Int, reserves: Int, loss: Double) {
        let cell = SweepPlan.Cell(operators: operators, down: down, loss: 0, reserves: reserves)
        #expect(abs(cell.expectedLoss - loss) < 1e-12)
    }
}
