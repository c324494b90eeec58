package import Coordination
package import Foundation
package import Logging
import NIOCore
package import Primitives
import ServiceLifecycle

/// The links to the other operators: TLS 1.3 with the operators' own identities, every member dialled, for ever
/// (durability-and-events.md §7).
///
/// The rules are those of ``Door`` (strangers), ``PeerBook`` (members), ``Backlog`` (queues) and ``Receipts`` (what
/// arrived); this actor accepts, dials, reads and writes.
package actor PeerService: Service {
    let configuration: PeersConfiguration
    let hello: @Sendable () -> Hello
    let logger: Logger
    /// The date of this machine, by which certificates are made and judged.
    let clock: @Sendable () -> Date
    private let certificate: @Sendable (Date) throws -> PeerCertificate
    private var current: LinkCredentials
    let events: AsyncStream<PeerEvent>.Continuation
    /// Links coming up and going down, and the frames of members, in order.
    package nonisolated let incoming: AsyncStream<PeerEvent>

    var book: PeerBook
    var door: Door
    /// The connections that have a place at the door.
    var entering: [UInt64: any Channel] = [:]
    /// The link that stands to a member.
    var links: [EthereumAddress: Link] = [:]
    var outgoing = Backlog { $0.outLimit }
    var received = Backlog { $0.inLimit }
    /// What was dropped, held back, refused and turned away since the start.
    package private(set) var drops = DropCounts()
    private var toldDrops = DropCounts()
    private(set) var conditions: ConditionLog<LinkTrouble.Subject>
    private var lastError: [EthereumAddress: String] = [:]
    var listener: (any Channel)?
    var port: Int?
    private var portWaiters: [CheckedContinuation<Int, Never>] = []
    var nextLink: UInt64 = 0

    /// What waits for a link at most: every class's share. Those of frames that are not control are kept by ``outgoing``, as
    /// long as the member answers no ping that it was not sent.
    static let mostWaiting = FrameClass.allCases.reduce(0) { $0 + $1.outLimit }

    struct Link {
        let id: UInt64
        let queue: AsyncStream<Frame>.Continuation
        /// Finished when the link is to end.
        let standing: AsyncStream<Never>.Continuation
        var receipts = Receipts()

        /// Ends the link: what waits for it may leave for ``Door/patience`` yet.
        func end() {
            queue.finish()
            standing.finish()
        }
    }

    /// How often dials, questions for receipts and the conditions of links are looked at.
    private static let beat = Duration.milliseconds(100)
    /// Beats between two questions whether all has arrived.
    private static let beatsBetweenAsking: UInt64 = 5
    /// Beats between two lines of what was dropped.
    private static let beatsBetweenDropLines: UInt64 = 600

    /// Makes the first certificate; nothing listens before ``run()``. `certificate` makes one that is valid at a date, at
    /// the start and whenever a week has passed; `clock` gives the date.
    package init(
        configuration: PeersConfiguration, me: EthereumAddress, logger: Logger,
        clock: @escaping @Sendable () -> Date = { Date() },
        certificate: @escaping @Sendable (Date) throws -> PeerCertificate, hello: @escaping @Sendable () -> Hello
    ) throws(PeersFailure) {
        self.configuration = configuration
        self.hello = hello
        self.logger = logger
        self.clock = clock
        self.certificate = certificate
        do {
            let now = clock()
            current = try LinkCredentials(try certificate(now), now: now)
        } catch {
            throw .certificate("\(error)")
        }
        conditions = ConditionLog(settle: configuration.settle)
        book = PeerBook(me: me, configuration: configuration, now: Self.seconds)
        door = Door(mostLinks: configuration.mostLinks, members: configuration.members, now: Self.seconds)
        (incoming, events) = AsyncStream.makeStream(of: PeerEvent.self)
    }

    /// The port on which the service listens, once it does.
    package func listeningPort() async -> Int {
        if let port { return port }
        return await withCheckedContinuation { portWaiters.append($0) }
    }

    /// The operators to whom a link stands.
    package var connected: Set<EthereumAddress> { book.connected }

    /// Counts what was dropped, held back, refused or turned away, here or by the node above.
    package func count(_ drop: Drop) { drops.count(drop) }

    /// Counts a refused link. A stranger has no name there: it has as many as it likes.
    func count(_ code: LinkCode, of peer: EthereumAddress) {
        count(Drop(configuration.members.keys.contains(peer) ? peer : nil, reason: "link.\(code.name)"))
    }

    /// Puts a frame into a peer's queue; false where no link stands or the queue is full, and the frame is not sent. With a
    /// receipt, ``PeerEvent/delivered(_:to:)`` tells when the frame has arrived.
    package func send(
        _ payload: Bytes, _ frameClass: FrameClass, to peer: EthereumAddress, receipt: UInt64? = nil
    ) -> Bool {
        func dropped(_ reason: String) -> Bool {
            count(Drop(peer, frameClass: frameClass, kind: EnvelopeHeader(payload)?.kind, reason: reason))
            return false
        }
        guard payload.count <= frameClass.largestPayload else {
            return dropped("too_large")
        }
        guard links[peer] != nil else { return dropped("no_link") }
        guard outgoing.enter(peer, frameClass) else { return dropped("queue_full") }
        links[peer]?.receipts.put(frameClass, receipt)
        return put(Frame(frameClass, payload), to: peer)
    }

    /// The consumer took a frame of ``incoming``: its sender may have another one waiting.
    package func taken(_ frameClass: FrameClass, from peer: EthereumAddress) { received.leave(peer, frameClass) }

    /// The consumer could not decode a frame of this member; with too many of them its link is closed for a while.
    package func malformed(from peer: EthereumAddress) {
        guard book.malformed(peer, now: Self.seconds) else { return }
        put(.goodbye(.malformed), to: peer)
        end(peer, .malformed)
    }

    /// Listens and dials until the service is to stop; throws ``PeersFailure`` where it cannot begin.
    package func run() async throws {
        let server = try await bind(configuration.listen)
        // Not before: whoever sees the events end would be faster than the error of a port that is taken.
        defer { events.finish() }
        port = server.channel.localAddress?.port
        for waiter in portWaiters { waiter.resume(returning: port ?? 0) }
        portWaiters = []
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen(server) }
                for beat in UInt64(1)... {
                    for (dial, endpoint) in await self.passed(beat) {
                        group.addTask { await self.make(dial, endpoint) }
                    }
                    do { try await Task.sleep(for: Self.beat) } catch { break }
                }
                group.cancelAll()
            }
        }
    }

    /// What is due at this beat; gives the members to be dialled.
    private func passed(_ beat: UInt64) -> [(PeerBook.Dial, PeersConfiguration.Endpoint)] {
        let now = Self.seconds
        if beat.isMultiple(of: Self.beatsBetweenAsking) {
            for peer in links.keys {
                guard let stamp = links[peer]?.receipts.ask() else { continue }
                put(.ping(stamp), to: peer)
            }
            for peer in configuration.members.keys where !conditions.troubled.contains(.member(peer)) {
                guard let since = book.unlinkedSince(peer), .seconds(now - since) >= configuration.patience
                else { continue }
                noteBad(.member(peer), LinkTrouble.unreachable(seconds: now - since, last: lastError[peer]))
            }
            for subject in conditions.troubled where isWell(subject) {
                say(conditions.well(subject, at: .seconds(now)))
            }
        }
        if beat.isMultiple(of: Self.beatsBetweenDropLines), drops != toldDrops {
            logger.info(
                "dropped or held back in the last minute", metadata: ["found": "\(drops.since(toldDrops).summary())"])
            toldDrops = drops
        }
        return book.dialsDue(now: now).compactMap { dial in
            configuration.members[dial.peer].flatMap { $0 }.map { (dial, $0) }
        }
    }

    /// What links are made with now.
    var credentials: LinkCredentials {
        let now = clock()
        if current.isRenewalDue(at: now) {
            do {
                current = try LinkCredentials(try certificate(now), now: now)
                logger.info("link certificate renewed")
            } catch {
                logger.error("the link certificate cannot be renewed", metadata: ["error": "\(error)"])
            }
        }
        return current
    }

    // MARK: - What is said

    /// A link to a member could not be made, or broke.
    func noteTrouble(_ peer: EthereumAddress, _ error: any Error) {
        logger.debug("a link ended", metadata: ["peer": "\(peer)", "error": "\(error)"])
        guard configuration.members.keys.contains(peer) else { return }
        lastError[peer] = "\(error)"
        guard let condition = LinkTrouble.condition(of: error) else { return }
        noteBad(.member(peer), condition)
    }

    /// A member's link, or the connections of strangers, are in trouble.
    func noteBad(_ subject: LinkTrouble.Subject, _ condition: Condition) {
        say(conditions.bad(subject, condition, at: .seconds(Self.seconds)))
    }

    /// Whether nothing speaks against a subject at this moment.
    private func isWell(_ subject: LinkTrouble.Subject) -> Bool {
        switch subject {
        case .member(let peer): links[peer] != nil
        case .strangers: true
        case .listener: listener?.isActive ?? false
        }
    }

    private func say(_ news: ConditionLog<LinkTrouble.Subject>.News?) {
        guard let news else { return }
        let (subject, line) = (news.subject, news.line(named: news.subject.name))
        logger.log(
            level: line.isBad ? subject.level : .notice, "\(line.message)",
            metadata: subject.peer.merging(line.fields.mapValues { "\($0)" }) { $1 })
    }

    static var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
}
