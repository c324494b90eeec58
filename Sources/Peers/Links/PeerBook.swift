import Primitives

/// Holds every rule about the links to members: which of two stays, when a member is dialled, and how much of our
/// resources one member may use across all its links (durability-and-events.md NE2, NE7, NE8).
///
/// The shell passes in the jitter, and the time in seconds from any fixed start.
struct PeerBook: Sendable {
    /// The link to a member.
    struct Standing: Sendable {
        let id: UInt64
        let isOurs: Bool
        let since: Double
        var heard: Double
    }

    /// A dial in progress. Only the book makes one, and a dial ends only itself.
    struct Dial: Hashable, Sendable {
        let peer: EthereumAddress
        fileprivate let number: UInt64
    }

    private struct Member {
        var standing: Standing?
        var messages: TokenBucket
        var bytes: TokenBucket
        var links: TokenBucket
        /// The dial in progress.
        var dial: Dial?
        /// Dials in a row that led to no standing link.
        var failures = 0
        var dialAt: Double
        var unlinkedSince: Double?
        /// The times at which links ended in the last minute.
        var ends: [Double] = []
        /// The times of malformed frames in the last ten minutes.
        var malformed: [Double] = []
        var closedUntil = -Double.infinity
    }

    /// Both sides may have dialled at once until a link is this old: connecting, handshake and `hello` have 5 s each.
    private static let youth = 15.0
    /// A link that lived this long stood: its end does not count as a failed dial.
    private static let stood = 1.0
    /// New links of one member: one a second, and five at once.
    private static let (linksPerSecond, linksAtOnce) = (1.0, 5.0)
    private static let (mostMalformed, malformedSpan) = (10, 600.0)
    private static let longestWait = 60.0
    /// A member is reported as unstable when its links end this often within this time.
    static let (mostEnds, endsSpan) = (5, 60.0)

    private let me: EthereumAddress
    private let configuration: PeersConfiguration
    private let redial: Double
    private let silence: Double
    private var members: [EthereumAddress: Member] = [:]
    private var lastDial: UInt64 = 0

    /// Starts with the members of the configuration, none of them linked.
    init(me: EthereumAddress, configuration: PeersConfiguration, now: Double) {
        self.me = me
        self.configuration = configuration
        redial = configuration.redial / .seconds(1)
        silence = configuration.silence / .seconds(1)
        know(configuration.members, now: now)
    }

    /// Replaces the members by these. The state of those that stay is kept; a new one is dialled at once.
    mutating func know(_ peers: Set<EthereumAddress>, now: Double) {
        members = Dictionary(uniqueKeysWithValues: peers.map { ($0, members[$0] ?? stranger(now: now)) })
    }

    /// A member without any history.
    private func stranger(now: Double) -> Member {
        let (messages, bytes) = (configuration.messagesPerSecond, configuration.bytesPerSecond)
        return Member(
            messages: TokenBucket(perSecond: messages, burst: messages * 4, now: now),
            bytes: TokenBucket(perSecond: bytes, burst: bytes * 8, now: now),
            links: TokenBucket(perSecond: Self.linksPerSecond, burst: Self.linksAtOnce, now: now), dialAt: now,
            unlinkedSince: now)
    }

    /// The operators with a standing link.
    var connected: Set<EthereumAddress> { Set(members.filter { $0.value.standing != nil }.keys) }

    /// Whether exactly this link stands.
    func stands(_ peer: EthereumAddress, _ id: UInt64) -> Bool { members[peer]?.standing?.id == id }

    /// The time since which no link to a member stands; nil while one stands, and for strangers.
    func unlinkedSince(_ peer: EthereumAddress) -> Double? { members[peer]?.unlinkedSince }

    // MARK: - Links

    /// The reason that an operator that proved itself gets no link now; nil where it gets one.
    func refusal(of peer: EthereumAddress, isOurs: Bool, now: Double) -> LinkCode? {
        guard let member = members[peer] else { return .notAMember }
        guard now >= member.closedUntil else { return .malformed }
        // Where both sides dialled at once, the link that the lower address dialled stays. Otherwise the new link
        // replaces the old one: a member dials only while it has no link to us, so the standing one is dead.
        if let standing = member.standing, standing.isOurs != isOurs, now - standing.since < Self.youth,
            (me < peer) != isOurs
        {
            return .duplicate
        }
        var links = member.links
        return isOurs || links.take(1, now: now) ? nil : .tooManyLinks
    }

    /// Makes a link the standing one, or gives the reason why it cannot be.
    mutating func open(_ peer: EthereumAddress, _ id: UInt64, isOurs: Bool, now: Double) throws(LinkCode) {
        if let code = refusal(of: peer, isOurs: isOurs, now: now) { throw code }
        if !isOurs { _ = members[peer]?.links.take(1, now: now) }
        members[peer]?.standing = Standing(id: id, isOurs: isOurs, since: now, heard: now)
        members[peer]?.dial = nil
        members[peer]?.unlinkedSince = nil
    }

    /// Takes note that a link ended, for whatever reason; true where it was the standing one.
    mutating func ended(_ peer: EthereumAddress, _ id: UInt64, now: Double, jitter: Double) -> Bool {
        guard let standing = members[peer]?.standing, standing.id == id else { return false }
        members[peer]?.standing = nil
        members[peer]?.unlinkedSince = now
        members[peer]?.ends.append(now)
        if now - standing.since >= Self.stood {
            // Redialled soon, because the member was there a moment ago. One side waits a little longer than the other.
            members[peer]?.failures = 0
            members[peer]?.dialAt = now + redial / 2 * jitter
        } else {
            failed(peer, now: now, jitter: jitter)
        }
        return true
    }

    /// Whether a member's links keep ending although each stood.
    mutating func isUnstable(_ peer: EthereumAddress, now: Double) -> Bool {
        members[peer]?.ends.removeAll { now - $0 > Self.endsSpan }
        return members[peer].map { $0.ends.count >= Self.mostEnds } ?? false
    }

    /// Whether nothing was heard on a member's link for too long.
    func isSilent(_ peer: EthereumAddress, now: Double) -> Bool {
        guard let standing = members[peer]?.standing else { return false }
        return now - standing.heard >= silence
    }

    // MARK: - Dialling

    /// The dials to begin now. Each is in progress until ``dialEnded(_:now:jitter:)`` or until a link to its member
    /// stands.
    mutating func dialsDue(now: Double) -> [Dial] {
        members.filter { peer, member in
            configuration.bootstrap[peer] != nil && member.standing == nil && member.dial == nil && member.dialAt <= now
                && member.closedUntil <= now
        }.keys.sorted().map { peer in
            lastDial += 1
            let dial = Dial(peer: peer, number: lastDial)
            members[peer]?.dial = dial
            return dial
        }
    }

    /// Takes note that a dial is over; if it made no link, the next dial comes later.
    mutating func dialEnded(_ dial: Dial, now: Double, jitter: Double) {
        guard members[dial.peer]?.dial == dial else { return }
        members[dial.peer]?.dial = nil
        failed(dial.peer, now: now, jitter: jitter)
    }

    private mutating func failed(_ peer: EthereumAddress, now: Double, jitter: Double) {
        guard let failures = members[peer]?.failures else { return }
        members[peer]?.failures = min(failures + 1, 16)
        let wait = min(redial * Double(UInt64(1) << UInt64(failures)), Self.longestWait)
        members[peer]?.dialAt = now + wait * jitter
    }

    // MARK: - Frames

    /// Takes note of a frame of `bytes` bytes over the link of a member. Gives the seconds until the member's rate
    /// allows it, counted over all its links. At 0 the frame is taken and counted. While the link is not read it does
    /// not count as silent.
    mutating func hold(_ peer: EthereumAddress, bytes: Int, now: Double) -> Double {
        guard var member = members[peer] else { return 0 }
        // Otherwise a frame larger than the whole burst would never be taken.
        let size = min(Double(bytes), member.bytes.burst)
        let wait = max(member.messages.wait(for: 1, now: now), member.bytes.wait(for: size, now: now))
        if wait == 0 {
            _ = member.messages.take(1, now: now)
            _ = member.bytes.take(size, now: now)
        }
        member.standing?.heard = now + wait
        members[peer] = member
        return wait
    }

    /// Takes note that a member's link is not read until there is room for its next frame, so the link does not count
    /// as silent.
    mutating func waits(_ peer: EthereumAddress, now: Double) { members[peer]?.standing?.heard = now }

    /// Takes note that bytes of a member were not a valid frame or message; true where it is closed for ten minutes
    /// from now on.
    mutating func malformed(_ peer: EthereumAddress, now: Double) -> Bool {
        guard var times = members[peer]?.malformed else { return false }
        times = times.filter { now - $0 < Self.malformedSpan } + [now]
        members[peer]?.malformed = times
        guard times.count >= Self.mostMalformed else { return false }
        members[peer]?.malformed = []
        members[peer]?.closedUntil = now + Self.malformedSpan
        return true
    }
}
