/// Points with their intervals, joined by lines where interpolation is meaningful.
struct LinePlot: Hashable, Sendable {
    /// A value, with the interval of the true one.
    struct Point: Hashable, Sendable {
        let x: Double
        let y: Double
        var range: ClosedRange<Double>?
        /// The text shown to a pointer that rests on the point.
        let label: String
    }

    /// Points of one series.
    struct Series: Hashable, Sendable {
        let name: String
        let points: [Point]
        /// The index of its colour.
        let colour: Int
        var isJoined = true
        /// Whether its points are drawn: computed values are lines, counted ones are points.
        var isDotted = true
    }

    let frame: PlotFrame
    let series: [Series]
    /// A dashed horizontal line at a reference value, with its name.
    var reference: PlotFrame.Tick?

    /// The drawing.
    var svg: String { svg(beside: "") }

    /// The drawing, with further marks in it.
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

    /// The legend of colours and shapes.
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

    /// The list as markup; empty where there is only one series.
    var html: String {
        guard names.count > 1 else { return "" }
        let items = names.enumerated().map { index, name in
            "<li><span class=\"swatch s\(colours[index])\"></span>\(Markup.escaped(name))</li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>\n"
    }
}
