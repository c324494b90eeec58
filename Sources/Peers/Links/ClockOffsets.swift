/// How far a member's clock is from ours, from the four stamps of pings and pongs (durability-and-events.md NE10): the
/// median offset of that eighth of the last 64 answers that came the fastest, since what waits on the way distorts least
/// there.
///
/// Two of the stamps are the member's word. It can lie about its own clock and nothing else.
struct ClockOffsets: Sendable {
    /// How many answers are kept, and how few say nothing yet.
    static let (most, least) = (64, 8)

    private struct Sample {
        let offset: Double
        let latency: Double
    }

    private var samples: [Sample] = []

    /// A ping was answered: when it left by our clock, came and was answered by the member's, and the answer came by ours,
    /// in Unix milliseconds.
    mutating func answered(sent: UInt64, heard: UInt64, answered: UInt64, now: UInt64) {
        let (there, back) = (Double(heard) - Double(sent), Double(answered) - Double(now))
        samples.append(Sample(offset: (there + back) / 2, latency: there - back))
        samples = samples.suffix(Self.most)
    }

    /// By how many milliseconds the member's clock is ahead of ours, negative where it is behind; nil after too few
    /// answers. At most a billion seconds either way.
    var milliseconds: Int? {
        guard samples.count >= Self.least else { return nil }
        let fastest = samples.sorted { $0.latency < $1.latency }.prefix(samples.count / Self.least)
        let median = fastest.map(\.offset).sorted()[fastest.count / 2]
        return Int(min(max(median, -1e12), 1e12))
    }
}
