import Coordination
import Primitives

/// The counts of one wallet's elections; the windows themselves are not kept.
struct ElectionTally {
    /// The number of operators.
    let members: Int
    private(set) var windows = 0
    private(set) var heartbeats: UInt64 = 0
    /// How often each operator stood at each place, place by place.
    private(set) var places: [UInt32]
    /// How often each leader followed each other one; rows are the earlier leader.
    private(set) var successions: [UInt32]
    /// How often each operator led a window with a heartbeat.
    private(set) var heartbeatLeaders: [UInt32]
    private var lastLed: [Int]
    private var waits: [Int]
    private var previous: Int?

    init(members: Int) {
        self.members = members
        places = Array(repeating: 0, count: members * members)
        successions = places
        heartbeatLeaders = Array(repeating: 0, count: members)
        lastLed = Array(repeating: -1, count: members)
        waits = Array(repeating: 0, count: members)
    }

    /// Counts the next window's election; gives the leader.
    mutating func record(_ election: DrawnElection, _ ranks: OperatorRanks) -> Int {
        var cell = 0
        for address in election.leaderOrder {
            places[cell + ranks.rank(of: address)] &+= 1
            cell += members
        }
        let leader = ranks.rank(of: election.leaderOrder[0])
        if let previous { successions[previous * members + leader] &+= 1 }
        previous = leader
        if election.heartbeat {
            heartbeats += 1
            heartbeatLeaders[leader] &+= 1
        }
        waits[leader] = max(waits[leader], windows - lastLed[leader] - 1)
        lastLed[leader] = windows
        windows += 1
        return leader
    }

    /// How often each operator led.
    var leaders: ArraySlice<UInt32> { places[..<members] }

    /// How often each operator stood at a place, 0 for the leader's.
    func counts(at place: Int) -> ArraySlice<UInt32> { places[place * members..<(place + 1) * members] }

    /// For each operator, the most windows in a row that it did not lead.
    var longestWaits: [Int] { zip(waits, lastLed).map { max($0, windows - $1 - 1) } }

    /// Leaders of windows with a heartbeat in the first row, of windows without one in the second.
    var heartbeatTable: [UInt32] { heartbeatLeaders + zip(leaders, heartbeatLeaders).map { $0 - $1 } }
}
