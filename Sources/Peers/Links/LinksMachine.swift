import Coordination
import Primitives

/// Holds every rule about the links of a node (durability-and-events.md NE2, NE6 to NE8): which connections may try to
/// prove an operator, which of two links stays, when a member is dialled, how much a link may hold and at what rate it
/// is read, when it is silent, which frames have arrived, and what the operator is told.
///
/// Pure: ``PeerService`` feeds it, carries out its effects in order, and owns sockets and TLS. Its parts are ``Door``
/// (strangers), ``PeerBook`` (members), ``Backlog`` (queues) and ``Receipts`` (arrived frames).
struct LinksMachine: Sendable {
    /// An effect for the shell, in order.
    enum Effect: Hashable, Sendable {
        /// Close the connection that has this place at the door.
        case close(place: UInt64)
        /// Dial a member; the shell reports the end of the dial to ``dialEnded(_:at:)``.
        case dial(PeerBook.Dial, PeersConfiguration.Endpoint)
        /// Put a frame on a link; where the link holds too many, the shell calls ``overflowed(_:_:at:)``.
        case write(Frame, on: UInt64)
        /// End a link. Frames already put on it may still leave for ``Door/patience``.
        case end(UInt64)
        /// Report an event to the node above.
        case tell(PeerEvent)
        /// Report a subject's condition to the operator.
        case say(ConditionLog<LinkTrouble.Subject>.News)
        /// Report the drops of the last minute to the operator.
        case report(DropCounts)
    }

    /// The moment of an input, as the shell passes it in.
    struct Moment: Sendable {
        /// Seconds from any fixed start.
        let seconds: Double
        /// A factor near 1, so that two nodes do not keep dialling each other at the same times.
        let jitter: Double
        /// Unix milliseconds of this machine, used only for the stamps of pings.
        let wall: UInt64

        /// The moment in the form that conditions use.
        var duration: Duration { .seconds(seconds) }
    }

    /// The decision on a received frame.
    enum Reception: Hashable, Sendable {
        /// It is taken; the next frame may be read.
        case taken([Effect])
        /// Its turn comes later: ask again after this many seconds, and read nothing meanwhile.
        case wait(seconds: Double, [Effect])
        /// The other side said goodbye.
        case goodbye
        /// The link no longer stands: nothing is read, and frames already put on it may leave.
        case over
    }

    /// The standing link to a member.
    private struct Link: Sendable {
        let id: UInt64
        var receipts = Receipts()
        /// The reasons already counted for which its next frame waits.
        var held: Set<FrameDrop> = []
    }

    /// Seconds between two pings that ask for arrivals, and between two reports of drops.
    private static let (asking, reporting) = (0.5, 60.0)
    /// The most frames that wait for a link: the shares of all classes together. The queues bound the frames that are
    /// not control, as long as the member answers only pings that it was sent.
    static let mostWaiting = FrameClass.allCases.reduce(0) { $0 + $1.outLimit }

    private let configuration: PeersConfiguration
    /// The operators that share a wallet with us, with their listening endpoints.
    private var members: Set<EthereumAddress>
    private var book: PeerBook
    private var door: Door
    private var links: [EthereumAddress: Link] = [:]
    private var lastLink: UInt64 = 0
    /// Links whose other side has not sent a frame yet.
    private var unopened: Set<UInt64> = []
    private var outgoing = Backlog { $0.outLimit }
    private var received = Backlog { $0.inLimit }
    private(set) var conditions: ConditionLog<LinkTrouble.Subject>
    /// The offsets of the members' clocks from ours.
    private var offsets: [EthereumAddress: ClockOffsets] = [:]
    /// The result of the last try to link to a member.
    private var lastWords: [EthereumAddress: String] = [:]
    /// The counts since the start: frames dropped and held back, links refused, and connections turned away.
    private(set) var drops = DropCounts()
    private var reported = DropCounts()
    private var (lastAsking, lastReport): (Double, Double)

    /// Starts without a link.
    init(me: EthereumAddress, configuration: PeersConfiguration, now: Double) {
        self.configuration = configuration
        members = configuration.members
        book = PeerBook(me: me, configuration: configuration, now: now)
        door = Door(
            mostLinks: configuration.mostLinks, members: configuration.members, bootstrap: configuration.bootstrap,
            now: now)
        conditions = ConditionLog(settle: configuration.settle)
        (lastAsking, lastReport) = (now, now)
    }

    /// The operators with a standing link.
    var connected: Set<EthereumAddress> { book.connected }

    /// The number of connections that have not proved an operator that may link.
    var waiting: Int { door.waiting }

    /// The number of links since the start.
    var begun: UInt64 { lastLink }

    /// Sets the operators of the held wallets from now on. Links to other operators end, and new operators are dialled
    /// at the next beat. No other link falls.
    mutating func share(with operators: Set<EthereumAddress>, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        for peer in members.subtracting(operators).sorted() {
            if let id = links[peer]?.id {
                effects.append(.write(ControlMessage.goodbye(.notAMember).frame, on: id))
                effects += ended(peer, id, at: moment)
            }
            for subject in [LinkTrouble.Subject.member(peer), .clock(peer)] { conditions.forget(subject) }
            (lastWords[peer], offsets[peer]) = (nil, nil)
        }
        members = operators
        book.know(operators, now: moment.seconds)
        door.know(operators, at: configuration.bootstrap)
        return effects
    }

    // MARK: - Connections

    /// Takes an incoming connection; gives its place at the door, or nil where it must be closed.
    mutating func knocked(from address: Door.Address, at moment: Moment) -> (place: UInt64?, effects: [Effect]) {
        switch door.knock(from: address, standing: links.count, now: moment.seconds) {
        case .success(let entry): return (entry.place, gaveWay(entry.gaveWay, to: nil))
        case .failure(let reason):
            drops.count(Drop(nil, scope: "strangers.", reason: reason))
            return (nil, bad(.strangers, LinkTrouble.turnedAway(reason), at: moment))
        }
    }

    /// Closes the connection whose place went to a newer one of its address or of a member.
    private mutating func gaveWay(_ place: UInt64?, to member: EthereumAddress?) -> [Effect] {
        guard let place else { return [] }
        drops.count(Drop(member, scope: "strangers.", reason: TurnedAway.gaveWay))
        return [.close(place: place)]
    }

    /// Takes the operator that an incoming connection proved; gives the reason of a refusal, or nil where our hello is
    /// sent.
    mutating func proved(
        _ place: UInt64, by peer: EthereumAddress, at moment: Moment
    ) -> (refusal: LinkCode?, effects: [Effect]) {
        if let code = book.refusal(of: peer, isOurs: false, now: moment.seconds) {
            return (code, code == .notAMember ? bad(.strangers, LinkTrouble.notAMember(peer), at: moment) : [])
        }
        return (nil, gaveWay(door.proved(place, by: peer), to: peer))
    }

    /// Takes note that an incoming connection has ended.
    mutating func left(_ place: UInt64) { door.leave(place) }

    /// Takes note that a dial is over; if it made no link, the next dial comes later.
    mutating func dialEnded(_ dial: PeerBook.Dial, at moment: Moment) {
        book.dialEnded(dial, now: moment.seconds, jitter: moment.jitter)
    }

    // MARK: - Links

    /// Starts the exchange of frames with an operator; gives the number of the link that may result.
    mutating func began() -> UInt64 {
        lastLink += 1
        unopened.insert(lastLink)
        return lastLink
    }

    /// Checks the other side's first frame. On success the link stands; where we dialled, our hello follows.
    ///
    /// - Throws: The reason that the link ends.
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

    /// The reason that the other side's first frame ends the link; nil for an acceptable hello.
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

    /// Checks a link when it is 5 s old, and then each third of the longest silence; gives the ping that keeps it
    /// alive. A link that was replaced ends by itself.
    ///
    /// - Throws: ``HandshakeFailure`` where the other side has sent no hello yet, ``LinkCode/silent`` where nothing was
    ///   heard for too long. The link must then end.
    mutating func looked(
        at peer: EthereumAddress, _ id: UInt64, at moment: Moment
    ) throws -> [Effect] {
        if unopened.contains(id) { throw HandshakeFailure.noHello }
        guard book.stands(peer, id), let link = links[peer] else { return [] }
        guard !book.isSilent(peer, now: moment.seconds) else { throw LinkCode.silent }
        return [.write(ControlMessage.ping(link.receipts.stamp, sent: moment.wall).frame, on: id)]
    }

    /// Takes note that a link is over, for whatever reason; a second call changes nothing.
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

    /// Forgets the link to a member. Frames in flight may be lost. Those that are not sent again are counted as
    /// dropped.
    private mutating func lose(_ peer: EthereumAddress) {
        for frame in links[peer]?.receipts.unanswered ?? [] where frame.receipt == nil {
            drops.count(Drop(peer, frameClass: frame.frameClass, reason: FrameDrop.unanswered))
        }
        links[peer] = nil
        outgoing.clear(peer)
    }

    /// Takes note that a link to a proven or dialled operator could not be made, or ended by an error.
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

    /// Ends a link that holds too many frames, since the member cannot be reading.
    mutating func overflowed(_ id: UInt64, at moment: Moment) -> [Effect] {
        guard let peer = links.first(where: { $0.value.id == id })?.key else { return [] }
        return end(peer, .notRead, at: moment)
    }

    /// Ends the link to a member, for a reason that is counted and sent.
    private mutating func end(_ peer: EthereumAddress, _ code: LinkCode, at moment: Moment) -> [Effect] {
        count(code, of: peer)
        let said = trouble(peer, LinkFailure(code), at: moment)
        return said + (links[peer].map { ended(peer, $0.id, at: moment) } ?? [])
    }

    /// Counts a refused link. A stranger is counted without its name, since it can have as many names as it likes.
    private mutating func count(_ code: LinkCode, of peer: EthereumAddress) {
        drops.count(Drop(isMember(peer) ? peer : nil, scope: "link.", reason: code.reason))
    }

    private func isMember(_ peer: EthereumAddress) -> Bool { members.contains(peer) }

    // MARK: - Frames

    /// Sends a frame to a member. False where no link stands or no place is free; the frame is then not sent. When half
    /// of the places are taken, the member is asked which frames have arrived, so that places become free in time.
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

    /// Takes a frame of a member. Until its turn comes the link is not read. So a member slows only itself, and no
    /// answer to a ping covers a frame that was not taken.
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
            // Reported even without receipts, because the freed places matter to senders that found none.
            let news = arrived.isEmpty ? [] : [Effect.tell(.delivered(arrived.compactMap(\.receipt), to: peer))]
            return .taken(news + judgeClock(of: peer, at: moment))
        case .hello, .refusal: return .taken([])
        case .goodbye: return .goodbye
        case nil:
            drops.count(drop(.malformed))
            return .taken(malformed(from: peer, at: moment))
        }
    }

    /// Tells the operator when a member's clock is too far from ours; nothing else follows from it.
    private mutating func judgeClock(of peer: EthereumAddress, at moment: Moment) -> [Effect] {
        guard let offset = offsets[peer]?.milliseconds, !isClose(offset) else { return [] }
        return bad(.clock(peer), LinkTrouble.clock(ahead: offset), at: moment)
    }

    private func isClose(_ offset: Int) -> Bool { .milliseconds(abs(offset)) <= configuration.clockWarning }

    /// The reason that a member's next frame is not taken now, with the seconds until the next check; nil where it is
    /// taken.
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

    /// Takes note that the node above took a frame: its sender may have another one waiting.
    mutating func taken(_ frameClass: FrameClass, from peer: EthereumAddress) { received.leave(peer, frameClass) }

    /// Takes note that bytes of a member were not a valid frame or message. Too many of them close its link for a
    /// while.
    mutating func malformed(from peer: EthereumAddress, at moment: Moment) -> [Effect] {
        guard book.malformed(peer, now: moment.seconds) else { return [] }
        let goodbye = links[peer].map { [Effect.write(ControlMessage.goodbye(.malformed).frame, on: $0.id)] } ?? []
        return goodbye + end(peer, .malformed, at: moment)
    }

    /// Counts a message that the node above dropped or could not send.
    mutating func dropped(_ drop: Drop) { drops.count(drop) }

    // MARK: - Time

    /// Takes note that a tenth of a second passed; `listens` says whether the port stands. Gives the effects that are
    /// due.
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
            let notable = drops.notable
            if notable != reported { effects.append(.report(notable.since(reported))) }
            reported = notable
        }
        for dial in book.dialsDue(now: moment.seconds) {
            guard let endpoint = configuration.bootstrap[dial.peer] else { continue }
            effects.append(.dial(dial, endpoint))
        }
        return effects
    }

    /// The reports that are due: members that cannot be reached, and subjects that are well again.
    private mutating func lookAround(at moment: Moment, listens: Bool) -> [Effect] {
        var effects: [Effect] = []
        for peer in members.sorted() where !conditions.troubled.contains(.member(peer)) {
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

    /// Takes note that a subject is in trouble.
    mutating func bad(_ subject: LinkTrouble.Subject, _ condition: Condition, at moment: Moment) -> [Effect] {
        conditions.bad(subject, condition, at: moment.duration).map { [.say($0)] } ?? []
    }

    /// Takes note that a link to a member could not be made, or broke.
    private mutating func trouble(_ peer: EthereumAddress, _ failure: LinkFailure, at moment: Moment) -> [Effect] {
        guard isMember(peer) else { return [] }
        lastWords[peer] = failure.words
        return failure.condition.map { bad(.member(peer), $0, at: moment) } ?? []
    }
}
