/// A share in readable form: percent with three decimal places.
struct Share: CustomStringConvertible {
    private let value: Double

    init(_ value: Double) { self.value = value }

    /// A part of a whole; 0 if the whole is 0.
    init(_ part: Int, of whole: Int) { value = whole > 0 ? Double(part) / Double(whole) : 0 }

    /// The smallest and the largest share among counts, with the fair share.
    static func range(of counts: ArraySlice<UInt32>) -> String {
        let total = counts.reduce(0) { $0 + Int($1) }
        let (least, most) = (Int(counts.min() ?? 0), Int(counts.max() ?? 0))
        return "\(Share(least, of: total)) to \(Share(most, of: total)), fair \(Share(1, of: counts.count))"
    }

    var description: String {
        let thousandths = Int((value * 100_000).rounded())
        let fraction = String(thousandths % 1_000)
        return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) %"
    }
}
