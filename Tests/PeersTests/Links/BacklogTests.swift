import Coordination
import Primitives
import Testing

@testable import Peers

@Suite struct BacklogTests {
    private let first = EthereumAddress(hash160([1]))
    private let second = EthereumAddress(hash160([2]))

    @Test("One peer's flood fills its own share only, and ends when it is taken")
    func shares() {
        var backlog = Backlog { _ in 2 }
        let answer1 = backlog.enter(first, .agreement)
        #expect(answer1)
        let answer2 = backlog.enter(first, .agreement)
        #expect(answer2)
        let answer3 = !backlog.enter(first, .agreement)
        #expect(answer3)
        let answer4 = backlog.enter(first, .signing) && backlog.enter(second, .agreement)
        #expect(answer4)
        #expect(backlog.isFull(first, .agreement) && !backlog.isFull(second, .agreement))
        backlog.leave(first, .agreement)
        let answer5 = backlog.enter(first, .agreement)
        #expect(answer5)
        backlog.clear(first)
        let answer6 = backlog.enter(first, .agreement) && backlog.enter(first, .agreement)
        #expect(answer6)
    }

    @Test("A rate lets its burst through, then so many a second, and never more than the burst")
    func rates() {
        var bucket = TokenBucket(perSecond: 2, burst: 4, now: 0)
        for _ in 0..<4 {
            let answer7 = bucket.take(1, now: 0)
            #expect(answer7)
        }
        let answer8 = !bucket.take(1, now: 0.4)
        #expect(answer8)
        let answer9 = bucket.take(1, now: 0.5)
        #expect(answer9)
        let answer10 = !bucket.take(5, now: 1_000)
        #expect(answer10)
        let answer11 = bucket.take(4, now: 1_000)
        #expect(answer11)
        let answer12 = !bucket.take(1, now: 999)
        #expect(answer12, "time that goes back gives nothing")
    }
}
