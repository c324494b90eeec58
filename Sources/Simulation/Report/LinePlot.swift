/// Points with their ranges, joined by lines where the way between them means something.
struct LinePlot: Hashable, Sendable {
    /// A value, and the range in which the true one lies.
    struct Point: Hashable, Sendable {
        let x: Double
        let y: Double
        var range: ClosedRange<Double>?
        /// What a pointer that rests on it is told.
        let label: String
    }

    /// Points that belong together.
    struct Series: Hashable, Sendable {
        let name: String
        let points: [Point]
        /// The number of its colour.
        let colour: Int
        var isJoined = true
        /// Whether its points are drawn: what is computed is a line, what was counted are points.
        var isDotted = true
    }

    let frame: PlotFrame
    let series: [Series]
    /// A dashed line across at a value that means something, with what it is.
    var reference: PlotFrame.Tick?

    /// The drawing.
    var svg: String { svg(beside: "") }

    /// The drawing, with other marks in it.
    func svg(beside others: String) -> String {
        var marks = others
        if let reference {
            let y = frame.y(reference.value)
            marks += "<line class=\"reference\" x1=\"\(Figure.place(PlotFrame.left))\""
            marks += " x2=\"\(Figure.place(PlotFrame.right))\" y1=\"\(Figure.place(y))\" y2=\"\(Figure.place(y))\">"
            marks += Markup.element("title", text: reference.label) + "</line>"
        }
        for one in series { marks += drawn(one) }
        return frame.svg(marks)
    }

    /// What the colours and shapes mean.
    var legend: String { Legend(names: series.map(\.name), colours: series.map(\.colour)).html }

    private func drawn(_ series: Series) -> String {
        let dash = series.isDotted ? "" : " dashed"
        var marks = "<g class=\"s\(series.colour)\">"
        if series.isJoined, series.points.count > 1 {
            let way = series.points.map { "\(Figure.place(frame.x($0.x))),\(Figure.place(frame.y($0.y)))" }
            marks += "<polyline class=\"line\(dash)\" points=\"\(way.joined(separator: " "))\"/>"
        }
        for point in series.points where series.isDotted {
            let x = Figure.place(frame.x(point.x))
            if let range = point.range {
                marks += "<line class=\"whisker\" x1=\"\(x)\" x2=\"\(x)\""
                marks += " y1=\"\(Figure.place(frame.y(range.lowerBound)))\""
                marks += " y2=\"\(Figure.place(frame.y(range.upperBound)))\"/>"
            }
            marks += "<circle class=\"dot\" cx=\"\(x)\" cy=\"\(Figure.place(frame.y(point.y)))\" r=\"4\">"
            marks += Markup.element("title", text: point.label) + "</circle>"
        }
        return marks + "</g>"
    }
}

/// The names of a plot's series beside their colours.
struct Legend: Hashable, Sendable {
    let names: [String]
    let colours: [Int]

    /// A list; nothing where there is one series only.
    var html: String {
        guard names.count > 1 else { return "" }
        let items = names.enumerated().map { index, name in
            "<li><span class=\"swatch s\(colours[index])\"></span>\(Markup.escaped(name))</li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>\n"
    }
}
