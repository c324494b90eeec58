import Primitives

/// The links between operators, with delays and faults. Between two operators messages keep their order, as with TCP,
/// unless the network reorders.
struct SimulatedNetwork {
    /// The present behaviour of the network. Rates are parts of 1,000.
    struct Weather {
        var loss: UInt64 = 0
        var duplication: UInt64 = 0
        var reordering: UInt64 = 0
        /// The shortest delay of a message in milliseconds; a random part is added.
        var delay: UInt64 = 20
        var jitter: UInt64 = 130
    }

    var weather = Weather()
    /// The share of messages lost in every weather, in parts of 1,000.
    private let loss: UInt64
    private let count: Int
    private var lastArrival: [UInt64]
    /// The time until which a direction is cut.
    private var cutUntil: [UInt64]
    /// The time at which both ends notice the cut; until then they go on sending.
    private var noticedAt: [UInt64]
    private var random: SeededRandom
    /// The number of times that all links were torn: messages sent before a tear are lost.
    private(set) var tears: UInt64 = 0
    private(set) var messages: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    private(set) var lost: UInt64 = 0

    init(nodes: Int, loss: UInt64, random: SeededRandom) {
        self.loss = loss
        count = nodes
        lastArrival = Array(repeating: 0, count: nodes * nodes)
        cutUntil = Array(repeating: 0, count: nodes * nodes)
        noticedAt = cutUntil
        self.random = random
    }

    /// Cuts a direction until a time; the ends notice at once, or at another time.
    mutating func cut(from: Int, to: Int, until time: UInt64, noticedAt notice: UInt64 = 0) {
        let direction = from * count + to
        cutUntil[direction] = max(cutUntil[direction], time)
        noticedAt[direction] = notice
    }

    /// Tears every link and loses the messages in flight; no link stands until a time.
    mutating func tear(until time: UInt64) {
        tears += 1
        sever(until: time)
    }

    /// Cuts every direction until a time.
    mutating func sever(until time: UInt64) {
        for from in 0..<count { for to in 0..<count where from != to { cut(from: from, to: to, until: time) } }
    }

    /// Repairs everything.
    mutating func heal() {
        weather = Weather()
        cutUntil = Array(repeating: 0, count: count * count)
    }

    /// Whether a link stands: both directions are open.
    func isLinked(_ one: Int, _ other: Int, at time: UInt64) -> Bool {
        isOpen(one * count + other, at: time) && isOpen(other * count + one, at: time)
    }

    private func isOpen(_ direction: Int, at time: UInt64) -> Bool {
        cutUntil[direction] <= time || noticedAt[direction] > time
    }

    /// The arrival times of a message sent now: none, one or two.
    mutating func arrivals(from: Int, to: Int, size: Int, at time: UInt64) -> [UInt64] {
        messages += 1
        bytes += UInt64(size)
        let direction = from * count + to
        let loss = max(loss, weather.loss)
        guard cutUntil[direction] <= time, loss == 0 || !random.happens(loss, in: 1_000) else {
            lost += 1
            return []
        }
        var arrival = time + weather.delay + random.below(weather.jitter + 1)
        if weather.reordering > 0, random.happens(weather.reordering, in: 1_000) {
            arrival += random.below(4 * weather.jitter + 1)
        } else {
            arrival = max(arrival, lastArrival[direction])
            lastArrival[direction] = arrival
        }
        guard weather.duplication > 0, random.happens(weather.duplication, in: 1_000) else { return [arrival] }
        return [arrival, arrival + random.below(2_000)]
    }
}
