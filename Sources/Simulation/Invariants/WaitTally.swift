import Coordination
import Node
import Primitives

/// How long wallets waited for agreement, seen from outside.
///
/// A window's digest has its agreement at the host block at which operators with `t` seats have voted for it, each by
/// what it committed; the hand-over follows at the end of the window.
package struct WaitTally: Hashable, Sendable {
    /// Windows by the blocks from their start to agreement.
    package private(set) var waits: [UInt64] = []
    /// Agreed windows by how many windows before them the last agreed one of the wallet lies.
    package private(set) var gaps: [UInt64] = []
    private var votes: [WindowKey: [ProposalDigest: Int]] = [:]
    private var agreed: Set<WindowKey> = []
    private var last: [WalletPublicKeyHash: UInt64] = [:]

    /// Starts with nothing.
    package init() {}

    /// An operator's first vote of a window is committed; `threshold` such votes for one digest are agreement.
    mutating func voted(_ key: WindowKey, _ digest: ProposalDigest, threshold: Int, at head: BlockNumber) {
        votes[key, default: [:]][digest, default: 0] += 1
        guard votes[key]?[digest] == threshold, agreed.insert(key).inserted else { return }
        Self.count(head.rawValue - min(head.rawValue, key.coordinationBlock.rawValue), in: &waits)
    }

    /// A window is over: agreed by somebody, or lost.
    mutating func over(_ key: WindowKey, index: UInt64, isAgreed: Bool) {
        votes[key] = nil
        agreed.remove(key)
        guard isAgreed else { return }
        if let last = last[key.wallet] { Self.count(index - last, in: &gaps) }
        last[key.wallet] = index
    }

    /// Adds the counts of another run.
    package mutating func add(_ other: WaitTally) {
        for (value, count) in other.waits.enumerated() where count > 0 {
            Self.count(UInt64(value), in: &waits, times: count)
        }
        for (value, count) in other.gaps.enumerated() where count > 0 {
            Self.count(UInt64(value), in: &gaps, times: count)
        }
    }

    private static func count(_ value: UInt64, in counts: inout [UInt64], times: UInt64 = 1) {
        let place = Int(value)
        if counts.count <= place { counts += Array(repeating: 0, count: place + 1 - counts.count) }
        counts[place] += times
    }
}
