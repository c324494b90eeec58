extension Collection<String> {
    /// The name with the fewest single-letter changes from the typed text, if they are few; nil where no name is near.
    ///
    /// Among names that are equally near it gives the first in the alphabet. Costs the product of the lengths for each
    /// name.
    package func nearest(to typed: String) -> String? {
        let best = map { ($0, changes(from: typed, to: $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        return best.flatMap { $0.1 <= Swift.max(2, typed.count / 3) ? $0.0 : nil }
    }
}

private func changes(from left: String, to right: String) -> Int {
    let (a, b) = (Array(left), Array(right))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
