/// The axes of a plot: the positions of values, and everything around them. Draws SVG that takes its colours from the
/// page.
struct PlotFrame: Hashable, Sendable {
    /// The scale of the vertical axis.
    enum Scale: Hashable, Sendable {
        case linear
        /// Each line is ten times the one below; values below 1 lie on the baseline.
        case logarithmic
    }

    /// A mark on an axis.
    struct Tick: Hashable, Sendable {
        let value: Double
        let label: String
    }

    static let width = 640.0
    static let height = 320.0
    static let left = 60.0
    static let right = 624.0
    static let top = 34.0
    static let bottom = 272.0

    /// The plot's id, unique on the page.
    let id: String
    let title: String
    /// A description of the plot for readers who do not see it.
    let description: String
    let across: String
    let upright: String
    let horizontal: ClosedRange<Double>
    let vertical: ClosedRange<Double>
    var scale = Scale.linear
    let horizontalTicks: [Tick]
    let verticalTicks: [Tick]

    /// The horizontal position of a value.
    func x(_ value: Double) -> Double {
        let span = horizontal.upperBound - horizontal.lowerBound
        guard span > 0 else { return (Self.left + Self.right) / 2 }
        return Self.left + (value - horizontal.lowerBound) / span * (Self.right - Self.left)
    }

    /// The vertical position of a value.
    func y(_ value: Double) -> Double {
        let (low, high) = (height(of: vertical.lowerBound), height(of: vertical.upperBound))
        guard high > low else { return Self.bottom }
        let part = (height(of: value) - low) / (high - low)
        return Self.bottom - min(max(part, 0), 1) * (Self.bottom - Self.top)
    }

    private func height(of value: Double) -> Double {
        switch scale {
        case .linear: value
        case .logarithmic: Decades.of(max(value, 0.5))
        }
    }

    /// The whole drawing around its marks.
    func svg(_ marks: String) -> String {
        var svg = """
            <svg role="img" aria-labelledby="\(id)-t \(id)-d" viewBox="0 0 \(Figure.place(Self.width)) \
            \(Figure.place(Self.height))" xmlns="http://www.w3.org/2000/svg">
            \(Markup.element("title", "id=\"\(id)-t\"", text: title))
            \(Markup.element("desc", "id=\"\(id)-d\"", text: description))

            """
        for tick in verticalTicks {
            let y = Figure.place(y(tick.value))
            svg += "<line class=\"grid\" x1=\"\(Figure.place(Self.left))\" x2=\"\(Figure.place(Self.right))\""
            svg += " y1=\"\(y)\" y2=\"\(y)\"/>"
            svg += text(tick.label, "tick end", Self.left - 8, self.y(tick.value) + 4)
        }
        svg += marks
        let ground = Figure.place(Self.bottom)
        svg += "<line class=\"axis\" x1=\"\(Figure.place(Self.left))\" x2=\"\(Figure.place(Self.right))\""
        svg += " y1=\"\(ground)\" y2=\"\(ground)\"/>"
        for tick in horizontalTicks { svg += text(tick.label, "tick middle", x(tick.value), Self.bottom + 18) }
        svg += text(upright, "name", 4, 16)
        svg += text(across, "name middle", (Self.left + Self.right) / 2, Self.height - 8)
        return svg + "</svg>\n"
    }

    /// A text in the drawing.
    func text(_ text: String, _ kind: String, _ x: Double, _ y: Double) -> String {
        Markup.element("text", "class=\"\(kind)\" x=\"\(Figure.place(x))\" y=\"\(Figure.place(y))\"", text: text)
    }
}

/// Powers of ten, computed without a table.
enum Decades {
    /// The common logarithm of a number above 0. Repeated roots would be slow, so it uses the exponent and a series,
    /// which is exact enough for a drawing.
    static func of(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        // ln m = 2·artanh((m - 1) / (m + 1)), for 1 <= m < 2 accurate to 1e-9 after ten terms.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var power = ratio
        var sum = 0.0
        for term in 0..<10 {
            sum += power / Double(2 * term + 1)
            power *= ratio * ratio
        }
        return (2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3) / 2.302_585_092_994_046
    }
}

extension PlotFrame {
    /// Round values from 0 to at least `most`, with a step of 1, 2 or 5 times a power of ten.
    static func steps(to most: Double, count: Int = 5) -> [Double] {
        guard most > 0, most.isFinite else { return [0, 1] }
        var step = 1.0
        let target = most / Double(count)
        while step > target { step /= 10 }
        while step * 10 <= target { step *= 10 }
        let factor = [1.0, 2, 5, 10].first { step * $0 >= target * 0.999_999 } ?? 10
        step *= factor
        var steps = [0.0]
        while let last = steps.last, last < most * 0.999_999, steps.count < 20 {
            steps.append(Double(steps.count) * step)
        }
        return steps
    }

    /// Whole numbers of a range, at most this many of them, evenly spaced.
    static func wholes(_ range: ClosedRange<Int>, most: Int = 16) -> [Int] {
        let step = max(1, (range.upperBound - range.lowerBound + most) / most)
        return Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
    }
}
