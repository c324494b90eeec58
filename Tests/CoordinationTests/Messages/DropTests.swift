import Coordination
import Primitives
import Testing

@Suite struct DropTests {
    private static let peer = EthereumAddress(hash160([1]))

    @Test("Drops are counted by peer, class, kind and reason; the class of a message is its kind's")
    func counts() {
        var counts = DropCounts()
        for _ in 0..<3 { counts.count(Drop(Self.peer, kind: .verdict, reason: MessageDrop.late)) }
        counts.count(Drop(Self.peer, frameClass: .agreement, kind: .verdict, reason: MessageDrop.late))
        counts.count(Drop(nil, kind: .verdict, reason: MessageDrop.late))
        counts.count(Drop(Self.peer, frameClass: .status, kind: .verdict, reason: FrameDrop.frameClass))
        #expect(counts["late"] == 5 && counts["frame_class"] == 1 && counts["early"] == 0)
        #expect(counts.all[Drop(Self.peer, kind: .verdict, reason: MessageDrop.late)] == 4)
        #expect(counts.all.count == 3)
    }

    @Test("What was counted since an earlier look is the difference, and the summary names the most frequent first")
    func news() {
        var counts = DropCounts()
        counts.count(Drop(Self.peer, kind: .verdict, reason: MessageDrop.late))
        counts.count(Drop(nil, scope: "strangers.", reason: TurnedAway.gaveWay))
        let earlier = counts
        #expect(counts.since(earlier) == DropCounts())
        counts.count(Drop(Self.peer, kind: .verdict, reason: MessageDrop.late))
        counts.count(Drop(Self.peer, frameClass: .control, reason: FrameDrop.malformed))
        counts.count(Drop(Self.peer, frameClass: .control, reason: FrameDrop.malformed))
        counts.count(Drop(nil, scope: "strangers.", reason: TurnedAway.links))
        let news = counts.since(earlier)
        #expect(news["late"] == 1 && news["malformed"] == 2 && news["strangers.gave_way"] == 0)
        #expect(
            news.summary(most: 2)
                == "malformed control of \(Self.peer) × 2, late verdict of \(Self.peer) × 1, others × 1")
    }
}
