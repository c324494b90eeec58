/// Columns side by side, each made of stacked parts.
struct BarPlot: Hashable, Sendable {
    /// A part of a column.
    struct Part: Hashable, Sendable {
        let value: Double
        /// The index of its colour.
        let colour: Int
        let label: String
    }

    /// The axes; `horizontal` counts columns: the first covers 0 to 1, the next 1 to 2.
    let frame: PlotFrame
    let columns: [[Part]]

    /// The drawing.
    var svg: String {
        var marks = ""
        for (place, parts) in columns.enumerated() {
            let (left, right) = (frame.x(Double(place)), frame.x(Double(place + 1)))
            let gap = min(2, (right - left) / 8)
            var below = 0.0
            for part in parts where part.value > 0 {
                let (low, high) = (frame.y(below), frame.y(below + part.value))
                below += part.value
                marks += "<rect class=\"bar s\(part.colour)\" x=\"\(Figure.place(left + gap / 2))\""
                marks += " y=\"\(Figure.place(high))\" width=\"\(Figure.place(right - left - gap))\""
                marks += " height=\"\(Figure.place(low - high))\">\(Markup.element("title", text: part.label))</rect>"
            }
        }
        return frame.svg(marks)
    }
}
