/// Estimates how far a member's clock is from ours, from the four stamps of pings and pongs (durability-and-events.md
/// NE10). The estimate is the median offset of the fastest eighth of the last 64 answers, since delays on the way
/// distort those least.
///
/// Two of the stamps come from the member. It can lie about its own clock and about nothing else.
struct ClockOffsets: Sendable {
    /// The most answers that are kept, and the fewest that give an estimate.
    static let (most, least) = (64, 8)

    private struct Sample {
        let offset: Double
        let latency: Double
    }

    private var samples: [Sample] = []

    /// Adds the stamps of an answered ping, in Unix milliseconds: sent by our clock, heard and answered by the
    /// member's, and the answer's arrival by ours.
    mutating func answered(sent: UInt64, heard: UInt64, answered: UInt64, now: UInt64) {
        let (there, back) = (Double(heard) - Double(sent), Double(answered) - Double(now))
        samples.append(Sample(offset: (there + back) / 2, latency: there - back))
        samples = samples.suffix(Self.most)
    }

    /// The milliseconds by which the member's clock is ahead of ours, negative where it is behind; nil after too few
    /// answers. At most a billion seconds either way.
    var milliseconds: Int? {
        guard samples.count >= Self.least else { return nil }
        let fastest = samples.sorted { $0.latency < $1.latency }.prefix(samples.count / Self.least)
        let median = fastest.map(\.offset).sorted()[fastest.count / 2]
        return Int(min(max(median, -1e12), 1e12))
    }
}
