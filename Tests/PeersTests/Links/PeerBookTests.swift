import Coordination
import Primitives
import Testing

@testable import Peers

@Suite struct PeerBookTests {
    private static let addresses = (1...3).map { EthereumAddress(hash160([$0])) }.sorted()
    private let low = addresses[0]
    private let me = addresses[1]
    private let high = addresses[2]
    private let place = PeersConfiguration.Endpoint(host: "127.0.0.1", port: 1)

    private func book(messagesPerSecond: Double = 2) -> PeerBook {
        PeerBook(
            me: me,
            configuration: PeersConfiguration(
                listen: place, members: [low, high], bootstrap: [low: place, high: place],
                messagesPerSecond: messagesPerSecond), now: 0)
    }

    @Test("Of two links dialled at once from both sides the one that the lower address dialled stays")
    func tieBreak() throws {
        var book = book()
        try book.open(low, 1, isOurs: true, now: 0)
        #expect(book.refusal(of: low, isOurs: false, now: 1) == nil)
        try book.open(low, 2, isOurs: false, now: 1)
        #expect(!book.stands(low, 1) && book.stands(low, 2))
        #expect(book.refusal(of: low, isOurs: true, now: 2) == .duplicate)
        try book.open(high, 3, isOurs: true, now: 0)
        #expect(book.refusal(of: high, isOurs: false, now: 1) == .duplicate)
    }

    @Test(
        "A member that dials when both sides cannot have dialled at once has lost its link: the new one replaces ours")
    func deadLink() throws {
        var book = book()
        try book.open(high, 1, isOurs: true, now: 0)
        #expect(book.refusal(of: high, isOurs: false, now: 14) == .duplicate)
        try book.open(high, 2, isOurs: false, now: 16)
        #expect(book.stands(high, 2))
        let old = book.ended(high, 1, now: 16, jitter: 1)
        #expect(!old, "the end of the replaced link changes nothing")
    }

    @Test("After a link that stood a member is dialled at once, whoever had dialled; otherwise after a growing wait")
    func redial() throws {
        var book = book()
        let first = book.dialsDue(now: 0)
        #expect(first.map(\.peer) == [low, high])
        #expect(book.dialsDue(now: 0) == [], "a dial is under way")
        var now = 0.0
        var waits: [Double] = []
        var dial = try #require(first.first)
        for _ in 0..<12 {
            book.dialEnded(dial, now: now, jitter: 1)
            let start = now
            var due: [PeerBook.Dial] = []
            while due.isEmpty {
                now += 0.05
                due = book.dialsDue(now: now)
            }
            dial = try #require(due.first)
            #expect(due.map(\.peer) == [low])
            waits.append(now - start)
        }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 + 0.051 })
        #expect(waits.allSatisfy { $0 <= 60.1 } && waits[0] < 0.3 && waits[11] > 59)
        // The other side's link came meanwhile, and stood two seconds.
        try book.open(low, 1, isOurs: false, now: now)
        #expect(book.ended(low, 1, now: now + 2, jitter: 1) == true)
        #expect(book.dialsDue(now: now + 2.11).map(\.peer) == [low])
        // A link that is closed as soon as it stands is no reason to dial at full speed.
        try book.open(low, 2, isOurs: true, now: now + 3)
        #expect(book.ended(low, 2, now: now + 3.1, jitter: 1) == true)
        #expect(book.dialsDue(now: now + 3.25) == [])
        #expect(book.dialsDue(now: now + 3.31).map(\.peer) == [low])
    }

    @Test("The end of a dial changes nothing about a newer dial of the same member")
    func staleDial() throws {
        var book = book()
        let old = try #require(book.dialsDue(now: 0).first)
        // Its link stood, and a new dial begins before the old one is over.
        try book.open(low, 1, isOurs: true, now: 1)
        let didEnd = book.ended(low, 1, now: 3, jitter: 1)
        #expect(didEnd)
        let new = try #require(book.dialsDue(now: 4).first)
        #expect(new.peer == low && new != old)
        book.dialEnded(old, now: 4, jitter: 1)
        #expect(book.dialsDue(now: 100) == [], "the new dial is still under way")
        book.dialEnded(new, now: 100, jitter: 1)
        #expect(book.dialsDue(now: 100.21).map(\.peer) == [low], "one failure, the shortest wait")
    }

    @Test("A member has one rate over all its links, and may make one new link a second after five at once")
    func acrossLinks() throws {
        var book = book()
        var taken = 0
        var linked = 0
        for link in 1...1_000 {
            let now = Double(link) / 100
            do {
                try book.open(low, UInt64(link), isOurs: false, now: now)
                linked += 1
            } catch {
                #expect(error == .tooManyLinks)
            }
            for _ in 0..<10 where book.hold(low, bytes: 1, now: now) == 0 { taken += 1 }
        }
        #expect(linked <= 5 + 10 + 1)
        #expect(taken <= 8 + 20 + 1)
    }

    @Test("A frame beyond the rate is held until it is due, and a link that is not read meanwhile is not silent")
    func held() throws {
        var book = book()
        try book.open(low, 1, isOurs: false, now: 0)
        for _ in 0..<8 {
            let wait = book.hold(low, bytes: 1, now: 0)
            #expect(wait == 0)
        }
        let wait = book.hold(low, bytes: 1, now: 0)
        #expect(wait == 0.5)
        let again = book.hold(low, bytes: 1, now: 0.25)
        #expect(again == 0.25, "asking takes nothing")
        let taken = book.hold(low, bytes: 1, now: 0.5)
        #expect(taken == 0)
        // A frame larger than the burst counts as the burst, which is there again after eight seconds.
        let large = book.hold(low, bytes: 1_000 * 1_048_576, now: 60)
        #expect(large == 0)
        let next = book.hold(low, bytes: 60 * 1_048_576, now: 60)
        #expect(next == 8)
        #expect(!book.isSilent(low, now: 60 + 8 + 44) && book.isSilent(low, now: 60 + 8 + 45))
    }

    @Test("A member is unstable while five of its links ended within a minute")
    func unstable() throws {
        var book = book()
        func isUnstable(_ peer: EthereumAddress, at now: Double) -> Bool { book.isUnstable(peer, now: now) }
        for (number, time) in [0.0, 5, 10, 15, 20].enumerated() {
            #expect(!isUnstable(low, at: time))
            try book.open(low, UInt64(number), isOurs: true, now: time)
            let wasStanding = book.ended(low, UInt64(number), now: time + 2, jitter: 1)
            #expect(wasStanding)
        }
        #expect(isUnstable(low, at: 22) && !isUnstable(high, at: 22))
        #expect(isUnstable(low, at: 62) && !isUnstable(low, at: 63))
    }

    @Test("Ten malformed frames in ten minutes close a member for ten minutes, and nine do not")
    func malformed() throws {
        var book = book()
        try book.open(low, 1, isOurs: false, now: 0)
        for second in 0..<9 { #expect(book.malformed(low, now: Double(second)) == false) }
        #expect(book.malformed(low, now: 608) == false, "the first nine are more than ten minutes old, but for one")
        for second in 0..<7 { #expect(book.malformed(low, now: 609 + Double(second)) == false) }
        #expect(book.malformed(low, now: 616) == false)
        #expect(book.malformed(low, now: 617) == true)
        #expect(book.ended(low, 1, now: 617, jitter: 1) == true)
        #expect(book.refusal(of: low, isOurs: false, now: 618) == .malformed)
        #expect(book.dialsDue(now: 1_000).map(\.peer) == [high])
        #expect(book.refusal(of: low, isOurs: false, now: 1_217) == nil)
        #expect(book.dialsDue(now: 1_217).map(\.peer) == [low])
    }
}

@Suite struct ReceiptsTests {
    @Test("The answer to a ping says that all frames before it arrived, and none after it")
    func answers() {
        var receipts = Receipts()
        #expect(receipts.ask() == nil)
        receipts.put(.agreement, 7)
        receipts.put(.status, nil)
        #expect(receipts.ask() == 2)
        #expect(receipts.ask() == nil, "asked once")
        receipts.put(.agreement, 8)
        #expect(receipts.answered(0) == [])
        #expect(receipts.answered(2).map(\.receipt) == [7, nil])
        #expect(receipts.answered(2) == [])
        #expect(receipts.ask() == 3)
        #expect(receipts.answered(.max).map(\.receipt) == [8])
        #expect(receipts.ask() == nil)
    }
}
