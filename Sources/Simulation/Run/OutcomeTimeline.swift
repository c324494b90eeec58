/// How windows ended in the course of a run, in at most ``most`` groups of episodes: when there are too many, two become
/// one, so that a run of any length fits.
package struct OutcomeTimeline: Hashable, Sendable {
    /// The episodes of one column.
    package struct Group: Hashable, Sendable {
        package var windows: UInt64 = 0
        /// By outcome: how many times an operator saw a window end so.
        package var outcomes: [String: UInt64] = [:]

        fileprivate mutating func add(_ outcomes: [String: UInt64], windows: UInt64) {
            self.windows += windows
            self.outcomes.merge(outcomes, uniquingKeysWith: +)
        }
    }

    /// The most groups there are; even.
    package static let most = 48

    package private(set) var groups: [Group] = []
    /// How many episodes a group holds; the last may hold fewer.
    package private(set) var episodesPerGroup = 1
    private var inLast = 0

    /// Makes an empty one.
    package init() {}

    /// Adds the next episode.
    package mutating func add(_ outcomes: [String: UInt64], windows: UInt64) {
        if groups.isEmpty || inLast == episodesPerGroup {
            if groups.count == Self.most { halve() }
            groups.append(Group())
            inLast = 0
        }
        groups[groups.count - 1].add(outcomes, windows: windows)
        inLast += 1
    }

    private mutating func halve() {
        groups = stride(from: 0, to: groups.count, by: 2).map { place in
            var both = groups[place]
            both.add(groups[place + 1].outcomes, windows: groups[place + 1].windows)
            return both
        }
        episodesPerGroup *= 2
    }
}
