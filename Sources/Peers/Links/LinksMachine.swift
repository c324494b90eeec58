import Coordination
import Primitives

/// Every rule about the links of a node (durability-and-events.md NE2, NE6 to NE8): who may try to prove an operator, which
/// of two links stays, when a member is dialled, what a link may hold and at what rate it is read, when it is silent, what
/// has arrived, and what the operator is told.
///
/// Pure: ``PeerService`` feeds it, carries out its effects in order, and owns sockets and TLS. The parts are ``Door``
/// (strangers), ``PeerBook`` (members), ``Backlog`` (queues) and ``Receipts`` (what arrived).
struct LinksMachine: Sendable {
    /// What is to be done, in order.
    enum Effect: Hashable, Sendable {
        /// Close the connection that has this place at the door.
        case close(place: UInt64)
        /// Dial a member; its end is told to ``dialEnded(_:at:)``.
        case dial(PeerBook.Dial, PeersConfiguration.Endpoint)
        /// Put a frame on a link; where it holds too many, ``overflowed(_:_:at:)`` is told.
        case write(Frame, on: UInt64)
        /// End a link: what was put on it may leave for ``Door/patience`` yet.
        case end(UInt64)
        /// Tell the node above.
        case tell(PeerEvent)
        /// Tell the operator of a subject's condition.
        case say(ConditionLog<LinkTrouble.Subject>.News)
        /// Tell the operator what was dropped in the last minute.
        case report(DropCounts)
    }

    /// When an input comes, as the shell hands it in.
    struct Moment: Sendable {
        /// Seconds from any fixed start.
        let seconds: Double
        /// A factor near 1, so that two nodes do not dial each other in step for ever.
        let jitter: Double
        /// Unix milliseconds of this machine, which only stamps of pings are made of.
        let wall: UInt64

        /// The moment as conditions count it.
        var duration: Duration { .seconds(seconds) }
    }

    /// What becomes of a received frame.
    enum Reception: Hashable, Sendable {
        /// It is taken; the next one may be read.
        case taken([Effect])
        /// Its turn comes later: ask again after so many seconds, and read nothing meanwhile.
        case wait(seconds: Double, [Effect])
        /// The other side said goodbye.
        case goodbye
        /// The link does not stand any more: nothing is read, and what was put on it may leave.
        case over
    }

    /// The link that stands to a member.
    private struct Link: Sendable {
        let id: UInt64
        var receipts = Receipts()
        /// Why the frame at its end waits, as far as that was counted.
        var held: Set<FrameDrop> = []
    }

    /// Seconds between two questions whether all has arrived, and between two lines of what was dropped.
    private static let (asking, reporting) = (0.5, 60.0)
    /// What waits for a link at most: every class's share. Those of frames that are not control are kept by the queues, as
    /// long as the member answers no ping that it was not sent.
    static let mostWaiting = FrameClass.allCases.reduce(0) { $0 + $1.outLimit }

    private let configuration: PeersConfiguration
    /// The operators with whom we share a wallet, and where they listen.
    private var members: [EthereumAddress: PeersConfiguration.Endpoint?]
    private var book: PeerBook
    private var door: Door
    private var links: [EthereumAddress: Link] = [:]
    private var lastLink: UInt64 = 0
    /// Links whose other side has said nothing yet.
    private var unopened: Set<UInt64> = []
    private var outgoing = Backlog { $0.outLimit }
    private var received = Backlog { $0.inLimit }
    private(set) var conditions: ConditionLog<LinkTrouble.Subject>
    /// How far the members' clocks are from ours.
    private var offsets: [EthereumAddress: ClockOffsets] = [:]
    /// What the last try to link to a member ended with.
    private var lastWords: [EthereumAddress: String] = [:]
    /// What was dropped, held back, refused and turned away since the start.
    private(set) var drops = DropCounts()
    private var reported = DropCounts()
    private var (lastAsking, lastReport): (Double, Double)

    /// Starts without a link.
    init(me: EthereumAddress, configuration: PeersConfiguration, now: Double) {
        self.configuration = configuration
        members = configuration.members
        book = PeerBook(me: me, configuration: configuration, now: now)
        door = Door(mostLinks: configuration.mostLinks, members: configuration.members, now: now)
        conditions = ConditionLog(settle: configuration.settle)
        (lastAsking, lastReport) = (now, now)
    }

    /// The operators to whom a link stands.
    var connected: Set<EthereumAddress> { book.connected }

    /// How many connections have proved no operator that may link.
    var waiting: Int { door.waiting }

    /// How many links there were.
    var begun: UInt64 { lastLink }

    /// The wallets that are held have these operators from now on: links to others end, new ones are dialled at the next
    /// beat, and no other link falls.
    mutating func share(with operators: some Sequence<EthereumAddress>, at moment: Moment) -> [Effect] {
        var table: [EthereumAddress: PeersConfiguration.Endpoint?] = [:]
        for peer in operators {
            table.updateValue(configuration.members[peer].flatMap { $0 } ?? configuration.bootstrap[peer], forKey: peer)
        }
        var effects: [Effect] = []
        for peer in members.keys.sorted() where !table.keys.contains(peer) {
            if let id = links[peer]?.id {
                effects.append(.write(ControlMessage.goodbye(.notAMember).frame, on: id))
                effects += ended(peer, id, at: moment)
            }
            for subject in [LinkTrouble.Subject.member(peer), .clock(peer)] { conditions.forget(subject) }
            (lastWords[peer], offsets[peer]) = (nil, nil)
        }
        members = table
        book.know(table, now: moment.seconds)
        door.know(table)
        return effects
    }

    // MARK: - Connections

    /// A connection came in; gives its place at the door, or nil where it is to be closed.
    mutating func knocked(from address: Door.Address, at moment: Moment) -> (place: UInt64?, effects: [Effect]) {
        switch door.knock(from: address, standing: links.count, now: moment.seconds) {
        case .success(let entry): return (entry.place, gaveWay(entry.gaveWay, to: nil))
        case .failure(let reason):
            drops.count(Drop(nil, scope: "strangers.", reason: reason))
            return (nil, bad(.strangers, LinkTrouble.turnedAway(reason), at: moment))
        }
    }

    /// Closes the connection whose place was taken by a newer one of its address, or of a member.
    private mutating func gaveWay(_ place: UInt64?, to member: EthereumAddress?) -> [Effect] {
        guard let place else { return [] }
        drops.count(Drop(member, scope: "strangers.", reason: TurnedAway.gaveWay))
        return [.close(place: place)]
    }

    /// An operator proved itself on a connection that came in; gives why it is refused, nil where it gets our hello.
    mutating func proved(
        _ place: UInt64, by peer: EthereumAddress, at moment: Moment
    ) -> (refusal: LinkCode?, effects: [Effect]) {
        if let code = book.refusal(of: peer, isOurs: false, now: moment.seconds) {
            return (code, code == .notAMember ? bad(.strangers, LinkTrouble.notAMember(peer), at: moment) : [])
        }
        return (nil, gaveWay(door.proved(place, by: peer), to: peer))
    }

    /// A connection that came in has ended.
    mutating func left(_ place: UInt64) { door.leave(place) }

    /// A dial is over; if it made no link, the next comes later.
    mutating func dialEnded(_ dial: PeerBook.Dial, at moment: Moment) {
        book.dialEnded(dial, now: moment.seconds, jitter: moment.jitter)
    }

    // MARK: - Links

    /// Frames can be exchanged with an operator: gives the number of the link that may come of it.
    mutating func began() -> UInt64 {
        lastLink += 1
        unopened.insert(lastLink)
        return lastLink
    }

    /// Judges the other side's first frame; on success the link stands, and where we dialled our hello follows.
    ///
    /// - Throws: Why the link ends.
    mutating func opened(
        _ peer: EthereumAddress, _ id: UInt64, isOurs: Bool, place: UInt64?, first: Frame, hello: Hello,
        at moment: Moment
    ) throws(LinkCode) -> [Effect] {
        unopened.remove(id)
        if let code = Self.refusal(of: first, hello) { throw code }
        try book.open(peer, id, isOurs: isOurs, now: moment.seconds)
        if let place { door.leave(place) }
        var effects: [Effect] = links[peer].map { [.end($0.id), .tell(.down(peer))] } ?? []
        lose(peer)
        links[peer] = Link(id: id)
        if isOurs { effects.append(.write(ControlMessage.hello(hello).frame, on: id)) }
        return effects + [.tell(.up(peer))]
    }

    /// Why the other side's first frame ends the link; nil for a hello that we can work with.
    private static func refusal(of first: Frame, _ hello: Hello) -> LinkCode? {
        guard first.frameClass == .control, let message = try? ControlMessage(decoding: first.payload) else {
            return .protocolError
        }
        switch message {
        case .hello(let other): return hello.refusal(of: other)
        case .refusal(let code): return code
        case .goodbye, .ping, .pong: return .protocolError
        }
    }

    /// Looks at a link that is 5 s old, and each third of the longest silence: gives the ping that keeps it alive. A link
    /// that was replaced ends by itself.
    ///
    /// - Throws: ``HandshakeFailure`` where the other side said no hello yet, ``LinkCode/silent`` where nothing was heard for
    ///   too long: the link is to end.
    mutating func looked(
        at peer: EthereumAddress, _ id: UInt64, at moment: Moment
    ) throws -> [Effect] {
        if unopened.contains(id) { throw HandshakeFailure.noHello }
        guard book.stands(peer, id), let link = links[peer] else { return [] }
        guard !book.isSilent(peer, now: moment.seconds) else { throw LinkCode.silent }
        return [.write(ControlMessage.ping(link.receipts.stamp, sent: moment.wall).frame, on: id)]
    }

    /// A link is over, for whatever reason; a second time changes nothing.
    mutating func ended(_ peer: EthereumAddress, _ id: UInt64, at moment: Moment) -> [Effect] {
        unopened.remove(id)
        guard book.ended(peer, id, now: moment.seconds, jitter: moment.jitter) else { return [] }
        var effects: [Effect] = []
        if book.isUnstable(peer, now: moment.seconds) {
            effects = bad(.member(peer), LinkTrouble.unstable, at: moment)
        }
        lose(peer)
        return effects + [.end(id), .tell(.down(peer))]
    }

    /// Forgets the link to a member. What was under way on it may be lost, and is counted where nobody sends it again.
    private mutating func lose(_ peer: EthereumAddress) {
        for frame in links[peer]?.receipts.unanswered ?? [] where frame.receipt == nil {
            drops.count(Drop(peer, frameClass: frame.frameClass, reason: FrameDrop.unanswered))
        }
        links[peer] = nil
        outgoing.clear(peer)
    }

    /// A link to a proven or dialled operator could not be made, or ended by an error.
    mutating func failed(_ peer: EthereumAddress, _ failure: LinkFailure, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        if let code = failure.code {
            count(code, of: peer)
        } else if let reason = failure.condition?.reason {
            drops.count(Drop(isMember(peer) ? peer : nil, reason: reason))
        }
        if let frame = failure.frame {
            drops.count(Drop(isMember(peer) ? peer : nil, frameClass: frame.known, reason: FrameDrop.malformed))
            effects = malformed(from: peer, at: moment)
        }
        return effects + trouble(peer, failure, at: moment)
    }

    /// So many frames wait for a link that the member cannot be reading.
    mutating func overflowed(_ id: UInt64, at moment: Moment) -> [Effect] {
        guard let peer = links.first(where: { $0.value.id == id })?.key else { return [] }
        return end(peer, .notRead, at: moment)
    }

    /// Ends the link to a member, for a reason that is counted and told.
    private mutating func end(_ peer: EthereumAddress, _ code: LinkCode, at moment: Moment) -> [Effect] {
        count(code, of: peer)
        let said = trouble(peer, LinkFailure(code), at: moment)
        return said + (links[peer].map { ended(peer, $0.id, at: moment) } ?? [])
    }

    /// Counts a refused link. A stranger has no name there: it has as many as it likes.
    private mutating func count(_ code: LinkCode, of peer: EthereumAddress) {
        drops.count(Drop(isMember(peer) ? peer : nil, scope: "link.", reason: code.reason))
    }

    private func isMember(_ peer: EthereumAddress) -> Bool { members.keys.contains(peer) }

    // MARK: - Frames

    /// A frame is to go to a member; false where no link stands or there is no place for it, and it is not sent. When half of
    /// the places are taken the member is asked what has arrived, so that places are free before none is left.
    mutating func send(
        _ payload: Bytes, _ frameClass: FrameClass, to peer: EthereumAddress, receipt: UInt64?, at moment: Moment
    ) -> (isPut: Bool, effects: [Effect]) {
        let refusal: FrameDrop? =
            if payload.count > frameClass.largestPayload {
                .tooLarge
            } else if links[peer] == nil {
                .noLink
            } else {
                outgoing.enter(peer, frameClass) ? nil : .queueFull
            }
        guard refusal == nil, let id = links[peer]?.id else {
            let kind = EnvelopeHeader(payload)?.kind
            drops.count(Drop(peer, frameClass: frameClass, kind: kind, reason: refusal ?? FrameDrop.noLink))
            return (false, [])
        }
        links[peer]?.receipts.put(frameClass, receipt)
        var effects = [Effect.write(Frame(frameClass, payload), on: id)]
        if outgoing.isHalfFull(peer, frameClass), links[peer]?.receipts.isAsked == false,
            let stamp = links[peer]?.receipts.ask()
        {
            effects.append(.write(ControlMessage.ping(stamp, sent: moment.wall).frame, on: id))
        }
        return (true, effects)
    }

    /// A frame of a member came. Until its turn comes the link is not read, so a member slows itself alone, and no answer
    /// to a ping speaks of a frame that was not taken.
    mutating func heard(
        _ frame: Frame, from peer: EthereumAddress, on id: UInt64, at moment: Moment
    ) -> Reception {
        let kind = frame.frameClass == .control ? nil : EnvelopeHeader(frame.payload)?.kind
        func drop(_ reason: FrameDrop, scope: String = "") -> Drop {
            Drop(peer, frameClass: frame.frameClass, kind: kind, scope: scope, reason: reason)
        }
        guard book.stands(peer, id) else {
            drops.count(drop(.linkEnded))
            return .over
        }
        if let hold = hold(frame, of: peer, at: moment) {
            guard links[peer]?.held.insert(hold.reason).inserted ?? false else {
                return .wait(seconds: hold.seconds, [])
            }
            drops.count(drop(hold.reason, scope: "held."))
            let said = hold.reason == .rate ? bad(.member(peer), LinkTrouble.rate, at: moment) : []
            return .wait(seconds: hold.seconds, said)
        }
        links[peer]?.held = []
        guard frame.frameClass == .control else {
            if let kind, kind.frameClass != frame.frameClass {
                drops.count(drop(.frameClass))
                return .taken(malformed(from: peer, at: moment))
            }
            _ = received.enter(peer, frame.frameClass)
            return .taken([.tell(.frame(frame.frameClass, frame.payload, from: peer))])
        }
        switch try? ControlMessage(decoding: frame.payload) {
        case .ping(let number, let sent):
            let pong = ControlMessage.pong(number, sent: sent, heard: moment.wall, answered: moment.wall)
            return .taken([.write(pong.frame, on: id)])
        case .pong(let number, let sent, let heard, let answered):
            let arrived = links[peer]?.receipts.answered(number) ?? []
            for frame in arrived { outgoing.leave(peer, frame.frameClass) }
            offsets[peer, default: ClockOffsets()].answered(
                sent: sent, heard: heard, answered: answered, now: moment.wall)
            // Also without receipts: the places that became free are news to whoever found none.
            let news = arrived.isEmpty ? [] : [Effect.tell(.delivered(arrived.compactMap(\.receipt), to: peer))]
            return .taken(news + judgeClock(of: peer, at: moment))
        case .hello, .refusal: return .taken([])
        case .goodbye: return .goodbye
        case nil:
            drops.count(drop(.malformed))
            return .taken(malformed(from: peer, at: moment))
        }
    }

    /// Tells the operator of a member's clock that is too far from ours; nothing else follows from it.
    private mutating func judgeClock(of peer: EthereumAddress, at moment: Moment) -> [Effect] {
        guard let offset = offsets[peer]?.milliseconds, !isClose(offset) else { return [] }
        return bad(.clock(peer), LinkTrouble.clock(ahead: offset), at: moment)
    }

    private func isClose(_ offset: Int) -> Bool { .milliseconds(abs(offset)) <= configuration.clockWarning }

    /// Why a member's next frame is not taken now, and how many seconds later to look again; nil where it is.
    private mutating func hold(
        _ frame: Frame, of peer: EthereumAddress, at moment: Moment
    ) -> (reason: FrameDrop, seconds: Double)? {
        if received.isFull(peer, frame.frameClass) {
            book.waits(peer, now: moment.seconds)
            return (.queueFull, 0.02)
        }
        let seconds = book.hold(peer, bytes: frame.payload.count, now: moment.seconds)
        return seconds > 0 ? (.rate, seconds) : nil
    }

    /// The node above took a frame: its sender may have another one waiting.
    mutating func taken(_ frameClass: FrameClass, from peer: EthereumAddress) { received.leave(peer, frameClass) }

    /// Bytes of a member were no frame or no message; with too many of them its link is closed for a while.
    mutating func malformed(from peer: EthereumAddress, at moment: Moment) -> [Effect] {
        guard book.malformed(peer, now: moment.seconds) else { return [] }
        let goodbye = links[peer].map { [Effect.write(ControlMessage.goodbye(.malformed).frame, on: $0.id)] } ?? []
        return goodbye + end(peer, .malformed, at: moment)
    }

    /// The node above dropped something, or could not say it.
    mutating func dropped(_ drop: Drop) { drops.count(drop) }

    // MARK: - Time

    /// A tenth of a second passed; `listens` says whether the port stands. Gives what is due.
    mutating func beat(at moment: Moment, listens: Bool) -> [Effect] {
        var effects: [Effect] = []
        if moment.seconds - lastAsking >= Self.asking {
            lastAsking = moment.seconds
            for peer in links.keys.sorted() {
                guard let id = links[peer]?.id, let stamp = links[peer]?.receipts.ask() else { continue }
                effects.append(.write(ControlMessage.ping(stamp, sent: moment.wall).frame, on: id))
            }
            effects += lookAround(at: moment, listens: listens)
        }
        if moment.seconds - lastReport >= Self.reporting {
            lastReport = moment.seconds
            let news = drops.notable.since(reported)
            if news != DropCounts() { effects.append(.report(news)) }
            reported = drops.notable
        }
        for dial in book.dialsDue(now: moment.seconds) {
            guard let endpoint = members[dial.peer].flatMap({ $0 }) else { continue }
            effects.append(.dial(dial, endpoint))
        }
        return effects
    }

    /// What is to be told of members that cannot be reached, and of subjects that are well again.
    private mutating func lookAround(at moment: Moment, listens: Bool) -> [Effect] {
        var effects: [Effect] = []
        for peer in members.keys.sorted() where !conditions.troubled.contains(.member(peer)) {
            guard let since = book.unlinkedSince(peer), .seconds(moment.seconds - since) >= configuration.patience
            else { continue }
            let lasting = moment.seconds - since
            effects += bad(
                .member(peer), LinkTrouble.unreachable(seconds: lasting, last: lastWords[peer]), at: moment)
        }
        for subject in conditions.troubled {
            let isWell =
                switch subject {
                case .member(let peer): links[peer] != nil
                case .clock(let peer): offsets[peer]?.milliseconds.map(isClose) ?? false
                case .strangers: true
                case .listener: listens
                }
            if isWell, let news = conditions.well(subject, at: moment.duration) { effects.append(.say(news)) }
        }
        return effects
    }

    /// A subject is in trouble.
    mutating func bad(_ subject: LinkTrouble.Subject, _ condition: Condition, at moment: Moment) -> [Effect] {
        conditions.bad(subject, condition, at: moment.duration).map { [.say($0)] } ?? []
    }

    /// A link to a member could not be made, or broke.
    private mutating func trouble(_ peer: EthereumAddress, _ failure: LinkFailure, at moment: Moment) -> [Effect] {
        guard isMember(peer) else { return [] }
        lastWords[peer] = failure.words
        return failure.condition.map { bad(.member(peer), $0, at: moment) } ?? []
    }
}
