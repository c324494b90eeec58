package import Coordination
package import Foundation
package import Logging
import NIOCore
package import Primitives
import ServiceLifecycle

/// Keeps the links to the other operators: TLS 1.3 with the operators' own identities. Every member is dialled, again
/// and again (durability-and-events.md §7).
///
/// ``LinksMachine`` holds the rules; this actor accepts, dials, reads and writes.
package actor PeerService: Service {
    let configuration: PeersConfiguration
    let hello: @Sendable () -> Hello
    let logger: Logger
    /// The date of this machine, at which certificates are made and checked.
    let clock: @Sendable () -> Date
    private let certificate: @Sendable (Date) throws -> PeerCertificate
    private var current: LinkCredentials
    let events: AsyncStream<PeerEvent>.Continuation
    /// Links that come up or go down, and the frames of members, in order.
    package nonisolated let incoming: AsyncStream<PeerEvent>

    var machine: LinksMachine
    /// The connections with a place at the door.
    var entering: [UInt64: any Channel] = [:]
    /// The links by number, from the handshake on.
    var links: [UInt64: Link] = [:]
    /// The dials that the task group of ``run()`` makes next.
    private var dials: [(PeerBook.Dial, PeersConfiguration.Endpoint)] = []
    var listener: (any Channel)?
    var port: Int?
    private var portWaiters: [CheckedContinuation<Int, Never>] = []

    struct Link {
        let queue: AsyncStream<Frame>.Continuation
        /// Finished when the link must end.
        let standing: AsyncStream<Never>.Continuation

        /// Ends the link. Frames that wait for it may still leave for ``Door/patience``.
        func end() {
            queue.finish()
            standing.finish()
        }
    }

    /// The interval at which the machine is told that time passed.
    private static let beat = Duration.milliseconds(100)

    /// Makes the first certificate; nothing listens before ``run()``. `certificate` makes one that is valid at a date.
    /// It is called at the start and whenever a week has passed. `clock` gives the date.
    ///
    /// - Throws: ``PeersFailure/certificate(_:)`` where `certificate` throws, or TLS refuses its result.
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
        machine = LinksMachine(me: me, configuration: configuration, now: Self.seconds)
        (incoming, events) = AsyncStream.makeStream(of: PeerEvent.self)
    }

    /// The port on which the service listens, as soon as it listens.
    package func listeningPort() async -> Int {
        if let port { return port }
        return await withCheckedContinuation { portWaiters.append($0) }
    }

    /// The operators with a standing link.
    package var connected: Set<EthereumAddress> { machine.connected }

    /// The counts since the start, here and in the node above: frames dropped and held back, links refused, and
    /// connections turned away.
    package var drops: DropCounts { machine.drops }

    /// Counts a message that the node above dropped.
    package func count(_ drop: Drop) { machine.dropped(drop) }

    /// Puts a frame into a peer's queue. False where no link stands or the queue is full; the frame is then not sent.
    /// With a receipt, ``PeerEvent/delivered(_:to:)`` reports that the frame has arrived.
    package func send(
        _ payload: Bytes, _ frameClass: FrameClass, to peer: EthereumAddress, receipt: UInt64? = nil
    ) -> Bool {
        let (isPut, effects) = machine.send(payload, frameClass, to: peer, receipt: receipt, at: moment)
        return perform(effects) && isPut
    }

    /// Takes note that the consumer took a frame of ``incoming``: its sender may have another one waiting.
    package func taken(_ frameClass: FrameClass, from peer: EthereumAddress) { machine.taken(frameClass, from: peer) }

    /// Takes note that the consumer could not decode a frame of this member. Too many of them close its link for a
    /// while.
    package func malformed(from peer: EthereumAddress) { tell { $0.malformed(from: peer, at: $1) } }

    /// Sets the operators of the held wallets from now on: links to other operators end, and new ones are made.
    package func share(with operators: [EthereumAddress]) { tell { $0.share(with: Set(operators), at: $1) } }

    /// Listens and dials until the service must stop.
    ///
    /// - Throws: ``PeersFailure`` where it cannot listen.
    package func run() async throws {
        let server = try await bind(configuration.listen)
        // Not earlier: a consumer that sees the events end would act before the error of a taken port is thrown.
        defer { events.finish() }
        port = server.channel.localAddress?.port
        for waiter in portWaiters { waiter.resume(returning: port ?? 0) }
        portWaiters = []
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen(server) }
                while true {
                    for (dial, endpoint) in await self.passed() {
                        group.addTask { await self.make(dial, endpoint) }
                    }
                    do { try await Task.sleep(for: Self.beat) } catch { break }
                }
                group.cancelAll()
            }
        }
    }

    /// Tells the machine that time passed; gives the members to dial.
    private func passed() -> [(PeerBook.Dial, PeersConfiguration.Endpoint)] {
        let listens = listener?.isActive ?? false
        tell { $0.beat(at: $1, listens: listens) }
        defer { dials = [] }
        return dials
    }

    /// The current credentials for links.
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

    // MARK: - The machine

    /// Gives the machine an input at this moment, and carries out its effects.
    func tell(_ input: (inout LinksMachine, LinksMachine.Moment) -> [LinksMachine.Effect]) {
        perform(input(&machine, moment))
    }

    /// As ``tell(_:)``, for an input with an answer.
    func ask<Answer, Failure: Error>(
        _ input: (inout LinksMachine, LinksMachine.Moment) throws(Failure) -> (Answer, [LinksMachine.Effect])
    ) throws(Failure) -> Answer {
        let (answer, effects) = try input(&machine, moment)
        perform(effects)
        return answer
    }

    /// Carries out effects in order; false where a link had no room for a frame and was ended.
    @discardableResult
    func perform(_ effects: [LinksMachine.Effect]) -> Bool {
        var isWritten = true
        for effect in effects {
            switch effect {
            case .close(let place): entering[place]?.close(promise: nil)
            case .dial(let dial, let endpoint): dials.append((dial, endpoint))
            case .write(let frame, let id):
                guard case .dropped? = links[id]?.queue.yield(frame) else { break }
                isWritten = false
                tell { $0.overflowed(id, at: $1) }
            case .end(let id): links[id]?.end()
            case .tell(let event): events.yield(event)
            case .say(let news): say(news)
            case .report(let drops):
                logger.info("dropped or held back in the last minute", metadata: ["found": "\(drops.summary())"])
            }
        }
        return isWritten
    }

    private func say(_ news: ConditionLog<LinkTrouble.Subject>.News) {
        let (subject, line) = (news.subject, news.line(named: news.subject.name))
        logger.log(
            level: line.isBad ? subject.level : .notice, "\(line.message)",
            metadata: subject.peer.merging(line.fields.mapValues { "\($0)" }) { $1 })
    }

    /// The current moment. The jitter is a fifth more or less.
    var moment: LinksMachine.Moment {
        LinksMachine.Moment(
            seconds: Self.seconds, jitter: Double.random(in: 0.8...1.2),
            wall: UInt64(max(0, clock().timeIntervalSince1970) * 1_000))
    }

    private static var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
}
