import Coordination
import Foundation
import NIOCore
import Primitives
import Testing

@testable import Peers

/// The rules of all links without a socket: what a node does of each input.
@Suite struct LinksMachineTests {
    private static let addresses = (1...4).map { EthereumAddress(hash160([$0])) }.sorted()
    private let low = addresses[0]
    private let me = addresses[1]
    private let high = addresses[2]
    private let stranger = addresses[3]
    private static let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: 1)

    private static func hello(chainID: UInt64 = 1) -> Hello {
        Hello(
            chainID: chainID, bridge: .zero, profile: ProtocolProfile.mainnet.digest,
            bootNonce: Bytes(repeating: 1, count: 16), clock: 0, build: "test")
    }

    private func machine(messagesPerSecond: Double = 1_000) -> LinksMachine {
        LinksMachine(
            me: me,
            configuration: PeersConfiguration(
                listen: Self.place, members: [low, high], bootstrap: [low: Self.place],
                messagesPerSecond: messagesPerSecond),
            now: 0)
    }

    private func at(_ seconds: Double, wall: UInt64 = 0) -> LinksMachine.Moment {
        LinksMachine.Moment(seconds: seconds, jitter: 1, wall: wall)
    }

    /// Makes a link that the member dialled; gives its number.
    private func link(
        _ machine: inout LinksMachine, _ peer: EthereumAddress, isOurs: Bool = false, now: Double = 0
    ) throws -> UInt64 {
        let id = machine.began()
        _ = try machine.opened(
            peer, id, isOurs: isOurs, place: nil, first: ControlMessage.hello(Self.hello()).frame,
            hello: Self.hello(), at: at(now))
        return id
    }

    private func reasons(_ effects: [LinksMachine.Effect]) -> [String] {
        effects.compactMap { if case .say(.bad(_, let condition, _)) = $0 { condition.reason.rawValue } else { nil } }
    }

    private func envelope(_ kind: MessageKind) -> Bytes {
        var bytes = Bytes(repeating: 0, count: Envelope.overhead)
        (bytes[0], bytes[63]) = (Envelope.version, kind.rawValue)
        return bytes
    }

    // MARK: - Links

    @Test("A wallet that comes brings links to its operators, one that goes ends them; no other link falls")
    func sharing() throws {
        var machine = LinksMachine(
            me: me,
            configuration: PeersConfiguration(
                listen: Self.place, members: [low, high], bootstrap: [low: Self.place, stranger: Self.place]), now: 0)
        let (first, second) = (try link(&machine, low), try link(&machine, high))
        #expect(machine.proved(1, by: stranger, at: at(1)).refusal == .notAMember)
        // The stranger's wallet comes.
        #expect(machine.share(with: [low, high, stranger], at: at(2)).isEmpty)
        #expect(machine.connected == [low, high])
        let dialled = machine.beat(at: at(2), listens: true).contains {
            if case .dial(let dial, Self.place) = $0 { dial.peer == stranger } else { false }
        }
        #expect(dialled)
        let third = try link(&machine, stranger, isOurs: true, now: 3)
        // The wallet of `high` goes.
        let effects = machine.share(with: [low, stranger], at: at(4))
        #expect(
            effects == [
                .write(ControlMessage.goodbye(.notAMember).frame, on: second), .end(second), .tell(.down(high)),
            ])
        #expect(machine.connected == [low, stranger])
        #expect(machine.ended(low, first, at: at(5)).contains(.tell(.down(low))))
        #expect(machine.ended(stranger, third, at: at(5)).contains(.tell(.down(stranger))))
        #expect(machine.proved(1, by: high, at: at(6)).refusal == .notAMember)
        // It is no member: nothing is dialled, and nobody is told that it cannot be reached.
        let later = machine.beat(at: at(600), listens: true)
        #expect(
            !later.contains {
                switch $0 {
                case .dial(let dial, _): dial.peer == high
                case .say(.bad(.member(let peer), _, _)): peer == high
                default: false
                }
            })
    }

    @Test("A hello makes a link that stands; who dialled says hello after it, and the node is told")
    func opening() throws {
        var machine = machine()
        let hello = ControlMessage.hello(Self.hello()).frame
        let (first, second) = (machine.began(), machine.began())
        let accepted = try machine.opened(
            high, first, isOurs: false, place: nil, first: hello, hello: Self.hello(), at: at(0))
        #expect(accepted == [.tell(.up(high))])
        let dialled = try machine.opened(
            low, second, isOurs: true, place: nil, first: hello, hello: Self.hello(), at: at(0))
        #expect(dialled == [.write(hello, on: second), .tell(.up(low))])
        #expect(machine.connected == [low, high])
    }

    @Test("Another network, a refusal, and what is no hello end a link before it stands, and are counted")
    func refused() throws {
        let firsts: [(ControlMessage, LinkCode)] = [
            (.hello(Self.hello(chainID: 2)), .network), (.refusal(.notAMember), .notAMember),
            (.ping(1, sent: 0), .protocolError), (.goodbye(.draining), .protocolError),
        ]
        for (message, code) in firsts {
            var machine = machine()
            let id = machine.began()
            let moment = at(0)
            #expect(throws: code) {
                try machine.opened(
                    low, id, isOurs: true, place: nil, first: message.frame, hello: Self.hello(), at: moment)
            }
            #expect(machine.connected.isEmpty)
            let said = machine.failed(low, LinkFailure(code), at: at(0))
            #expect(reasons(said) == (code == .protocolError ? [] : ["link.\(code.reason)"]))
            #expect(machine.drops.all == [Drop(low, scope: "link.", reason: code.reason): 1])
            #expect(machine.ended(low, id, at: at(0)).isEmpty, "no link stood")
        }
    }

    @Test("An operator without a wallet of ours is refused, said once, and has no name in the counts")
    func strangers() {
        var machine = machine()
        for address in Self.addresses.suffix(1) + (10..<30).map({ EthereumAddress(hash160([$0])) }) {
            let (refusal, effects) = machine.proved(0, by: address, at: at(0))
            #expect(refusal == .notAMember)
            #expect(reasons(effects) == (address == stranger ? ["strangers.not_a_member"] : []))
            #expect(machine.failed(address, LinkFailure(LinkCode.notAMember), at: at(0)).isEmpty)
        }
        #expect(machine.drops.all == [Drop(nil, scope: "link.", reason: LinkRefusal.notAMember): 21])
    }

    @Test(
        "A new link of a member replaces the one that stands: that is ended first, and the end of the old changes nothing"
    )
    func replaced() throws {
        var machine = machine()
        let old = try link(&machine, high, now: 0)
        _ = machine.send([1], .agreement, to: high, receipt: 7, at: at(0))
        _ = machine.send([2], .status, to: high, receipt: nil, at: at(0))
        let new = machine.began()
        let effects = try machine.opened(
            high, new, isOurs: false, place: nil, first: ControlMessage.hello(Self.hello()).frame,
            hello: Self.hello(), at: at(20))
        #expect(effects == [.end(old), .tell(.down(high)), .tell(.up(high))])
        #expect(machine.drops.all == [Drop(high, frameClass: .status, reason: FrameDrop.unanswered): 1])
        #expect(machine.heard(ControlMessage.ping(1, sent: 0).frame, from: high, on: old, at: at(20)) == .over)
        #expect(machine.drops["link_ended"] == 1)
        #expect(machine.ended(high, old, at: at(20)).isEmpty)
        #expect(machine.connected == [high])
        #expect(machine.ended(high, new, at: at(21)) == [.end(new), .tell(.down(high))])
    }

    @Test("A link is pinged while something is heard, silent after 45 s, and slow where no hello came within 5 s")
    func silence() throws {
        var machine = machine()
        let id = try link(&machine, low)
        #expect(try machine.looked(at: low, id, at: at(15)) == [.write(ControlMessage.ping(0, sent: 0).frame, on: id)])
        _ = machine.heard(ControlMessage.ping(9, sent: 0).frame, from: low, on: id, at: at(15))
        #expect(try !machine.looked(at: low, id, at: at(59)).isEmpty)
        #expect(throws: LinkCode.silent) { try machine.looked(at: low, id, at: at(60)) }
        let mute = machine.began()
        #expect(throws: HandshakeFailure.noHello) { try machine.looked(at: high, mute, at: at(5)) }
        #expect(reasons(machine.failed(low, LinkFailure(HandshakeFailure.noHello), at: at(5))) == ["link.handshake"])
        #expect(reasons(machine.failed(low, LinkFailure(LinkCode.silent), at: at(60))) == ["link.silent"])
        #expect(machine.drops["link.handshake"] == 1 && machine.drops["link.silent"] == 1)
    }

    @Test("A link for which more waits than its queues hold ends, for the member does not read")
    func notRead() throws {
        var machine = machine()
        let id = try link(&machine, low)
        let effects = machine.overflowed(id, at: at(1))
        #expect(reasons(effects) == ["link.not_read"])
        #expect(effects.suffix(2) == [.end(id), .tell(.down(low))])
        #expect(machine.drops.all == [Drop(low, scope: "link.", reason: LinkRefusal.notRead): 1])
        #expect(machine.overflowed(id, at: at(1)).isEmpty, "it ends once")
    }

    @Test("A member is dialled at once, again after its link ended, and not while one stands")
    func dialling() throws {
        var machine = machine()
        func dials(_ now: Double) -> [PeerBook.Dial] {
            machine.beat(at: at(now), listens: true).compactMap {
                if case .dial(let dial, Self.place) = $0 { dial } else { nil }
            }
        }
        let first = dials(0)
        #expect(first.map(\.peer) == [low], "the other member has no address")
        #expect(dials(1).isEmpty, "one is under way")
        machine.dialEnded(first[0], at: at(1))
        #expect(dials(1.1).isEmpty && dials(1.2).count == 1)
        let id = try link(&machine, low, isOurs: true, now: 2)
        #expect(dials(100).isEmpty)
        _ = machine.ended(low, id, at: at(100))
        #expect(dials(100.05).isEmpty && dials(100.1).count == 1)
    }

    // MARK: - Frames

    @Test("A flood is bounded by the rate: what is beyond waits, is counted once a frame, and told once")
    func flood() throws {
        // Quarters of seconds are exact.
        var machine = machine(messagesPerSecond: 4)
        let id = try link(&machine, low)
        var (now, taken, waits) = (0.0, 0, 0)
        var said: [String] = []
        while now < 10 {
            switch machine.heard(Frame(.agreement, [1]), from: low, on: id, at: at(now)) {
            case .taken(let effects):
                #expect(effects == [.tell(.frame(.agreement, [1], from: low))])
                machine.taken(.agreement, from: low)
                taken += 1
            case .wait(let seconds, let effects):
                waits += 1
                said += reasons(effects)
                // Asked too early, it waits on, and is not counted again.
                let early = machine.heard(Frame(.agreement, [1]), from: low, on: id, at: at(now + seconds / 2))
                #expect(early == .wait(seconds: seconds / 2, []))
                now += seconds
            case .goodbye, .over: Issue.record("the link stands")
            }
        }
        #expect(taken == 16 + 39 && waits == 40 && said == ["link.rate"])
        #expect(
            machine.drops.all == [
                Drop(low, frameClass: .agreement, scope: "held.", reason: FrameDrop.rate): UInt64(waits)
            ])
    }

    @Test("A full queue is read no further, its link is not silent meanwhile, and other classes and members go on")
    func fullQueue() throws {
        var machine = machine()
        let (id, other) = (try link(&machine, low), try link(&machine, high))
        for number in 0..<64 {
            let frame = Frame(.agreement, [UInt8(number)])
            #expect(
                machine.heard(frame, from: low, on: id, at: at(0))
                    == .taken([.tell(.frame(.agreement, frame.payload, from: low))]))
        }
        for second in 0..<600 {
            let answer = machine.heard(Frame(.agreement, [64]), from: low, on: id, at: at(Double(second)))
            #expect(answer == .wait(seconds: 0.02, []))
            #expect(throws: Never.self) { try machine.looked(at: low, id, at: at(Double(second))) }
        }
        #expect(
            machine.drops.all == [Drop(low, frameClass: .agreement, scope: "held.", reason: FrameDrop.queueFull): 1])
        guard case .taken = machine.heard(Frame(.agreement, [1]), from: high, on: other, at: at(600)) else {
            Issue.record("one member's flood pushes out nobody else's")
            return
        }
        machine.taken(.agreement, from: low)
        guard case .taken = machine.heard(Frame(.agreement, [64]), from: low, on: id, at: at(600)) else {
            Issue.record("a place is free")
            return
        }
    }

    @Test("A message in a frame of another class than its kind's is dropped and counted; ten of them end the link")
    func frameClass() throws {
        for kind in MessageKind.allCases {
            var machine = machine()
            let id = try link(&machine, low)
            let raw = envelope(kind)
            let right = machine.heard(Frame(kind.frameClass, raw), from: low, on: id, at: at(0))
            #expect(right == .taken([.tell(.frame(kind.frameClass, raw, from: low))]))
            for wrong in FrameClass.allCases where wrong != kind.frameClass && wrong != .control {
                #expect(machine.heard(Frame(wrong, raw), from: low, on: id, at: at(0)) == .taken([]))
                #expect(machine.drops.all[Drop(low, frameClass: wrong, kind: kind, reason: FrameDrop.frameClass)] == 1)
            }
            let wrong: FrameClass = kind.frameClass == .signing ? .agreement : .signing
            for _ in 0..<7 { #expect(machine.heard(Frame(wrong, raw), from: low, on: id, at: at(1)) == .taken([])) }
            guard case .taken(let effects) = machine.heard(Frame(wrong, raw), from: low, on: id, at: at(1)) else {
                Issue.record("the tenth is judged")
                continue
            }
            #expect(effects.first == .write(ControlMessage.goodbye(.malformed).frame, on: id))
            #expect(reasons(effects) == ["link.malformed_frames"])
            #expect(effects.suffix(2) == [.end(id), .tell(.down(low))])
            #expect(machine.drops["frame_class"] == 10 && machine.drops["link.malformed_frames"] == 1)
            #expect(machine.proved(0, by: low, at: at(2)).refusal == .malformed)
        }
    }

    @Test("Control bytes that are no message, and bytes that are no frame, are counted as malformed")
    func malformed() throws {
        var machine = machine()
        let id = try link(&machine, low)
        #expect(machine.heard(Frame(.control, [99]), from: low, on: id, at: at(0)) == .taken([]))
        #expect(machine.failed(low, LinkFailure(FrameFailure.length(70_000, .status)), at: at(0)).isEmpty)
        #expect(machine.failed(low, LinkFailure(FrameFailure.frameClass(9)), at: at(0)).isEmpty)
        #expect(
            machine.drops.all == [
                Drop(low, frameClass: .control, reason: FrameDrop.malformed): 1,
                Drop(low, frameClass: .status, reason: FrameDrop.malformed): 1,
                Drop(low, reason: FrameDrop.malformed): 1,
            ])
    }

    @Test("A pong frees the places of the frames before its ping and tells which arrived; nothing unasked frees any")
    func delivery() throws {
        var machine = machine()
        let id = try link(&machine, low)
        for number in UInt64(0)..<256 {
            #expect(machine.send([1], .agreement, to: low, receipt: number == 3 ? 3 : nil, at: at(0)).isPut)
        }
        #expect(machine.send([1], .agreement, to: low, receipt: nil, at: at(0)) == (false, []))
        #expect(
            machine.heard(ControlMessage.pong(0, sent: 0, heard: 0, answered: 0).frame, from: low, on: id, at: at(0))
                == .taken([]))
        #expect(
            machine.beat(at: at(0.5), listens: true).contains(.write(ControlMessage.ping(256, sent: 0).frame, on: id)))
        let answer = machine.heard(
            ControlMessage.pong(256, sent: 0, heard: 0, answered: 0).frame, from: low, on: id, at: at(0.6))
        #expect(answer == .taken([.tell(.delivered([3], to: low))]))
        #expect(machine.send([1], .agreement, to: low, receipt: nil, at: at(0)).isPut)
        #expect(machine.send([1], .agreement, to: high, receipt: nil, at: at(0)) == (false, []))
        #expect(
            machine.send(Bytes(repeating: 0, count: 8_193), .status, to: low, receipt: nil, at: at(0)) == (false, []))
        #expect(
            machine.drops.all == [
                Drop(low, frameClass: .agreement, reason: FrameDrop.queueFull): 1,
                Drop(high, frameClass: .agreement, reason: FrameDrop.noLink): 1,
                Drop(low, frameClass: .status, reason: FrameDrop.tooLarge): 1,
            ])
    }

    @Test("When half of a class's places are taken the member is asked at once, and again only when it has answered")
    func asking() throws {
        var machine = machine()
        let id = try link(&machine, low)
        func pings(_ count: Int) -> [UInt64] {
            (0..<count).flatMap { _ in machine.send([1], .status, to: low, receipt: nil, at: at(0)).effects }
                .compactMap { effect in
                    guard case .write(let frame, id) = effect,
                        case .ping(let stamp, _)? = try? ControlMessage(decoding: frame.payload)
                    else { return nil }
                    return stamp
                }
        }
        let places = FrameClass.status.outLimit
        let half = UInt64(places / 2)
        #expect(pings(places) == [half])
        _ = machine.heard(
            ControlMessage.pong(half, sent: 0, heard: 0, answered: 0).frame, from: low, on: id, at: at(0))
        #expect(pings(1) == [UInt64(places) + 1])
        #expect(pings(1) == [])
    }

    // MARK: - What the operator is told

    @Test("What was dropped is told once a minute, with what is new, and not where nothing was")
    func report() throws {
        var machine = machine()
        func reports(_ now: Double) -> [DropCounts] {
            machine.beat(at: at(now), listens: true).compactMap {
                if case .report(let counts) = $0 { counts } else { nil }
            }
        }
        machine.dropped(Drop(low, kind: .verdict, reason: MessageDrop.late))
        #expect(reports(59).isEmpty)
        #expect(reports(60).map(\.all) == [[Drop(low, kind: .verdict, reason: MessageDrop.late): 1]])
        #expect(reports(120).isEmpty)
        machine.dropped(Drop(low, kind: .verdict, reason: MessageDrop.late))
        machine.dropped(Drop(nil, reason: MessageDrop.lateCommit))
        let news = reports(180)
        #expect(news.count == 1 && news[0]["late"] == 1 && news[0]["late_commit"] == 1)
    }

    @Test(
        "A member without a link for a minute is told once with the last failure, and that it is well after 30 s of one"
    )
    func unreachable() throws {
        var machine = machine()
        func said(_ now: Double) -> [ConditionLog<LinkTrouble.Subject>.News] {
            machine.beat(at: at(now), listens: true).compactMap { if case .say(let news) = $0 { news } else { nil } }
        }
        #expect(
            machine.failed(low, LinkFailure(IOError(errnoCode: ECONNREFUSED, reason: "connect")), at: at(1)).isEmpty)
        #expect(said(59).isEmpty)
        let news = said(61)
        #expect(news.count == 2)
        let expected = LinkTrouble.unreachable(seconds: 61, last: "Connection refused")
        #expect(news.contains(.bad(.member(low), expected, lasting: .zero)))
        #expect(said(62).isEmpty)
        _ = try link(&machine, low, now: 70)
        #expect(said(70).isEmpty && said(99).isEmpty)
        #expect(said(100) == [.well(.member(low), after: .seconds(9), observations: 1)])
    }

    @Test("A ping is answered with its number and stamp and our clock's two")
    func stamps() throws {
        var machine = machine()
        let id = try link(&machine, low)
        let answer = machine.heard(
            ControlMessage.ping(7, sent: 1_000).frame, from: low, on: id, at: at(1, wall: 2_000))
        let pong = ControlMessage.pong(7, sent: 1_000, heard: 2_000, answered: 2_000)
        #expect(answer == .taken([.write(pong.frame, on: id)]))
        #expect(
            try machine.looked(at: low, id, at: at(15, wall: 15_000)) == [
                .write(ControlMessage.ping(0, sent: 15_000).frame, on: id)
            ])
    }

    @Test("A member's clock beyond the limit is one line, one more when it is back for 30 s, and nothing else follows")
    func clocks() throws {
        var machine = machine()
        let id = try link(&machine, low)
        var said: [ConditionLog<LinkTrouble.Subject>.News] = []
        /// The member answers by a clock that is ahead by so much, each half of the way taking 20 ms.
        func answer(_ ahead: Int64, at second: Int) {
            let now = UInt64(1_000_000 + 1_000 * second)
            let there = UInt64(Int64(now) - 20 + ahead)
            let pong = ControlMessage.pong(0, sent: now - 40, heard: there, answered: there)
            let moment = at(Double(second), wall: now)
            guard case .taken(let effects) = machine.heard(pong.frame, from: low, on: id, at: moment) else {
                Issue.record("a pong is taken")
                return
            }
            for effect in effects + machine.beat(at: moment, listens: true) {
                switch effect {
                case .say(.bad(.member(high), _, _)): break
                case .say(let news): said.append(news)
                default: Issue.record("nothing but a line follows: \(effect)")
                }
            }
        }
        for second in 1...40 { answer(second.isMultiple(of: 2) ? 200 : -200, at: second) }
        #expect(said.isEmpty, "200 ms are allowed")
        for second in 41...120 { answer(-201, at: second) }
        let bad = LinkTrouble.clock(ahead: -201)
        #expect(said == [.bad(.clock(low), bad, lasting: .zero)])
        #expect(bad.reason == .clockOffset && bad.found.contains("201 ms behind ours"))
        for second in 121...300 { answer(0, at: second) }
        #expect(said.count == 2)
        guard case .well(.clock(low), _, _)? = said.last else {
            Issue.record("it is well again: \(said)")
            return
        }
    }

    @Test(
        "Stamps that no clock gives make a line about their member and no crash", arguments: [UInt64.max, 1 << 63, 0])
    func lies(stamp: UInt64) throws {
        var machine = machine()
        let id = try link(&machine, low)
        for second in 1...100 {
            for pong in [
                ControlMessage.pong(.max, sent: stamp, heard: 0, answered: stamp),
                .pong(0, sent: 0, heard: stamp, answered: stamp),
            ] {
                let moment = at(Double(second), wall: 1_700_000_000_000)
                guard case .taken(let effects) = machine.heard(pong.frame, from: low, on: id, at: moment) else {
                    Issue.record("a pong is taken")
                    continue
                }
                #expect(Set(reasons(effects)).isSubset(of: ["clock.offset"]))
            }
        }
        #expect(machine.connected == [low])
    }
}
