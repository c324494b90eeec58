import Coordination
import Node
import Primitives

/// The waiting times of wallets, seen from outside.
///
/// A window's digest is agreed when operators with `t` seats have committed votes for it. The hand-over follows at the
/// end of the window.
package struct WaitTally: Hashable, Sendable {
    /// The delays from a window's opening to agreement.
    package private(set) var agreement = DelayCounts()
    /// The delays from a window's opening until the first operator saw its action take effect.
    package private(set) var completion = DelayCounts()
    /// Agreed windows, counted by the number of windows since the wallet's previous agreed one.
    package private(set) var gaps: [UInt64] = []
    private var opened: [BlockNumber: UInt64] = [:]
    private var votes: [WindowKey: [ProposalDigest: Int]] = [:]
    private var agreed: Set<WindowKey> = []
    private var executed: Set<WindowKey> = []
    private var last: [WalletPublicKeyHash: UInt64] = [:]

    /// Starts empty.
    package init() {}

    /// Agreed windows, counted by the host blocks mined from their start to agreement.
    package var waits: [UInt64] {
        var waits: [UInt64] = []
        for (tenths, count) in agreement.tenths {
            Self.count(tenths * 100 / World.hostInterval, in: &waits, times: count)
        }
        return waits
    }

    /// Takes note that a window opens, for every wallet.
    mutating func opened(_ start: BlockNumber, at time: UInt64) { opened[start] = time }

    /// Takes the first committed vote in a window of an operator with `seats` seats. Votes of `threshold` seats for one
    /// digest are agreement.
    mutating func voted(_ key: WindowKey, _ digest: ProposalDigest, seats: Int, threshold: Int, at time: UInt64) {
        let sum = votes[key]?[digest] ?? 0
        votes[key, default: [:]][digest] = sum + seats
        guard sum < threshold, sum + seats >= threshold, let start = opened[key.coordinationBlock],
            agreed.insert(key).inserted
        else { return }
        agreement.add(milliseconds: time - min(time, start))
    }

    /// Takes note that an operator saw a window's action take effect.
    mutating func executed(_ key: WindowKey, at time: UInt64) {
        guard let start = opened[key.coordinationBlock], executed.insert(key).inserted else { return }
        completion.add(milliseconds: time - min(time, start))
    }

    /// Takes note that a window is over: agreed at some operator, or lost.
    mutating func over(_ key: WindowKey, index: UInt64, isAgreed: Bool) {
        votes[key] = nil
        agreed.remove(key)
        guard isAgreed else { return }
        if let last = last[key.wallet] { Self.count(index - last, in: &gaps) }
        last[key.wallet] = index
    }

    /// Forgets a window from which nothing more is expected.
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
