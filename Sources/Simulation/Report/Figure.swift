/// Formats numbers for readers, without a locale: a point for decimals, a thin space between thousands.
enum Figure {
    /// A whole number.
    static func whole(_ number: UInt64) -> String {
        let digits = Array(String(number))
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text += "\u{202F}" }
            text.append(digit)
        }
        return text
    }

    /// A number with this many decimal places, at most 6. A value that is not a number, or is too large for this form,
    /// becomes a dash.
    static func fixed(_ number: Double, _ places: Int) -> String {
        var scale: Double = 1
        for _ in 0..<min(max(places, 0), 6) { scale *= 10 }
        let scaled = (number * scale).rounded()
        guard scaled.isFinite, scaled.magnitude < 1e15 else { return "–" }
        let magnitude = UInt64(scaled.magnitude)
        let sign = scaled < 0 ? "−" : ""
        guard scale > 1 else { return sign + whole(magnitude) }
        let fraction = String(magnitude % UInt64(scale))
        let zeros = String(repeating: "0", count: max(0, min(places, 6) - fraction.count))
        return sign + whole(magnitude / UInt64(scale)) + "." + zeros + fraction
    }

    /// A share in percent.
    static func percent(_ share: Double, _ places: Int = 1) -> String { fixed(share * 100, places) + "\u{202F}%" }

    /// A part of a whole; 0 if the whole is 0.
    static func share(_ part: UInt64, of whole: UInt64) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }

    /// Seconds, from tenths of a second.
    static func seconds(tenths: UInt64?) -> String {
        tenths.map { "\(whole($0 / 10)).\($0 % 10)\u{202F}s" } ?? "–"
    }

    /// A coordinate in a drawing: two decimal places, no spaces.
    static func place(_ number: Double) -> String {
        let hundredths = (number * 100).rounded()
        guard hundredths.isFinite, hundredths.magnitude < 1e9 else { return "0" }
        let magnitude = Int(hundredths.magnitude)
        let fraction = magnitude % 100
        let tail = fraction == 0 ? "" : fraction < 10 ? ".0\(fraction)" : ".\(fraction)"
        return "\(hundredths < 0 ? "-" : "")\(magnitude / 100)\(tail)"
    }
}
