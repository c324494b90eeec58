import Coordination
import Node
import Primitives

/// How long wallets waited, seen from outside.
///
/// A window's digest has its agreement when operators with `t` seats have voted for it, each by what it committed; the
/// hand-over follows at the end of the window.
package struct WaitTally: Hashable, Sendable {
    /// From a window's opening until agreement.
    package private(set) var agreement = DelayCounts()
    /// From a window's opening until the first operator saw its action take effect.
    package private(set) var completion = DelayCounts()
    /// Agreed windows by how many windows before them the last agreed one of the wallet lies.
    package private(set) var gaps: [UInt64] = []
    private var opened: [BlockNumber: UInt64] = [:]
    private var votes: [WindowKey: [ProposalDigest: Int]] = [:]
    private var agreed: Set<WindowKey> = []
    private var executed: Set<WindowKey> = []
    private var last: [WalletPublicKeyHash: UInt64] = [:]

    /// Starts with nothing.
    package init() {}

    /// Agreed windows by the host blocks mined from their start to agreement.
    package var waits: [UInt64] {
        var waits: [UInt64] = []
        for (tenths, count) in agreement.tenths {
            Self.count(tenths * 100 / World.hostInterval, in: &waits, times: count)
        }
        return waits
    }

    /// A window opens, for every wallet.
    mutating func opened(_ start: BlockNumber, at time: UInt64) { opened[start] = time }

    /// The first vote of a window by an operator of so many seats is committed; such votes of `threshold` seats for one
    /// digest are agreement.
    mutating func voted(_ key: WindowKey, _ digest: ProposalDigest, seats: Int, threshold: Int, at time: UInt64) {
        let sum = votes[key]?[digest] ?? 0
        votes[key, default: [:]][digest] = sum + seats
        guard sum < threshold, sum + seats >= threshold, let start = opened[key.coordinationBlock],
            agreed.insert(key).inserted
        else { return }
        agreement.add(milliseconds: time - min(time, start))
    }

    /// An operator saw a window's action take effect.
    mutating func executed(_ key: WindowKey, at time: UInt64) {
        guard let start = opened[key.coordinationBlock], executed.insert(key).inserted else { return }
        completion.add(milliseconds: time - min(time, start))
    }

    /// A window is over: agreed by somebody, or lost.
    mutating func over(_ key: WindowKey, index: UInt64, isAgreed: Bool) {
        votes[key] = nil
        agreed.remove(key)
        guard isAgreed else { return }
        if let last = last[key.wallet] { Self.count(index - last, in: &gaps) }
        last[key.wallet] = index
    }

    /// Nothing of a window is awaited any more.
    mutating func forget(_ key: WindowKey) {
        opened[key.coordinationBlock] = nil
        executed.remove(key)
    }

    /// Adds the counts of another run.
    package mutating func add(_ other: WaitTally) {
        agreement.add(other.agreement)
        completion.add(other.completion)
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
