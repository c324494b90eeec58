/// A histogram: the number of values in each of a row of ranges, with some values marked.
struct Histogram: Hashable, Sendable {
    /// A range, with the number of values in it.
    struct Bin: Hashable, Sendable {
        let lower: Double
        let upper: Double
        let count: UInt64
    }

    let frame: PlotFrame
    let bins: [Bin]
    /// Values marked by a vertical line each, ascending.
    var markers: [PlotFrame.Tick] = []

    /// The drawing.
    var svg: String {
        var marks = "<g class=\"s0\">"
        for bin in bins where bin.count > 0 {
            let (left, right) = (frame.x(bin.lower), frame.x(bin.upper))
            let top = frame.y(Double(bin.count))
            let label = "\(Figure.fixed(bin.lower, 1)) to \(Figure.fixed(bin.upper, 1)): \(Figure.whole(bin.count))"
            marks += "<rect class=\"bar\" x=\"\(Figure.place(left))\" y=\"\(Figure.place(top))\""
            marks += " width=\"\(Figure.place(max(right - left - 1, 1)))\""
            marks +=
                " height=\"\(Figure.place(PlotFrame.bottom - top))\">\(Markup.element("title", text: label))</rect>"
        }
        marks += "</g>"
        for (row, marker) in markers.enumerated() {
            let x = frame.x(marker.value)
            let y = PlotFrame.top + 12 + 22 * Double(row)
            marks += "<line class=\"marker\" x1=\"\(Figure.place(x))\" x2=\"\(Figure.place(x))\""
            marks += " y1=\"\(Figure.place(y - 10))\" y2=\"\(Figure.place(PlotFrame.bottom))\"/>"
            let isLate = x > (PlotFrame.left + PlotFrame.right) / 2
            marks += frame.text(marker.label, isLate ? "note end" : "note", isLate ? x - 6 : x + 6, y)
        }
        return frame.svg(marks)
    }

    /// Counts delays in ranges of equal length, at most `most` ranges, in seconds.
    static func bins(of delays: DelayCounts, most: UInt64 = 70) -> [Bin] {
        guard let last = delays.tenths.keys.max() else { return [] }
        // Ranges of 0.1, 0.5, 1, 2, 5, 10 … seconds, so that a reader can tell where they begin.
        var length: UInt64 = 1
        for factor in [5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000] as [UInt64] where last / length >= most {
            length = factor
        }
        guard last / length < 10_000 else { return [] }
        var counts = [UInt64](repeating: 0, count: Int(last / length) + 1)
        for (tenths, count) in delays.tenths { counts[Int(tenths / length)] += count }
        return counts.enumerated().map { place, count in
            let lower = UInt64(place) * length
            return Bin(lower: Double(lower) / 10, upper: Double(lower + length) / 10, count: count)
        }
    }
}
