/// The outcomes of windows in the course of a run, in at most ``most`` groups of episodes. When there are too many
/// groups, pairs are merged, so that a run of any length fits.
package struct OutcomeTimeline: Hashable, Sendable {
    /// The episodes of one column.
    package struct Group: Hashable, Sendable {
        package var windows: UInt64 = 0
        /// The counts by outcome: how many times an operator saw a window end with it.
        package var outcomes: [String: UInt64] = [:]

        fileprivate mutating func add(_ outcomes: [String: UInt64], windows: UInt64) {
            self.windows += windows
            self.outcomes.merge(outcomes, uniquingKeysWith: +)
        }
    }

    /// The largest number of groups; even.
    package static let most = 48

    package private(set) var groups: [Group] = []
    /// The number of episodes in a group; the last group may hold fewer.
    package private(set) var episodesPerGroup = 1
    private var inLast = 0

    /// Starts empty.
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
