import Coordination
import Ethereum
import Primitives
import Testing
import WalletActions

@testable import HostChainClient

@Suite struct KnownCallsTests {
    private static func query(_ block: UInt64, _ data: UInt8 = 1) -> HostQuery {
        .call(.bridge, [data], at: BlockReference(number: BlockNumber(block), hash: sha256([UInt8(block)])))
    }

    @Test("What a call returned is known for five seconds, and at the last four blocks that were named")
    func lifetime() {
        var known = KnownCalls()
        let word = Bytes(repeating: 7, count: 32)
        known.keep(Self.query(1), .host(.returned(word)), at: .seconds(100))
        #expect(known.result(of: Self.query(1), at: .seconds(105)) == word)
        #expect(known.result(of: Self.query(1), at: .milliseconds(105_001)) == nil)
        #expect(known.result(of: Self.query(1, 2), at: .seconds(100)) == nil)
        for block in UInt64(2)...5 { known.keep(Self.query(block), .host(.returned(word)), at: .seconds(100)) }
        #expect(known.result(of: Self.query(1), at: .seconds(100)) == nil)
        #expect(known.result(of: Self.query(2), at: .seconds(100)) == word)
    }

    @Test("What is no list of words, and a revert, are asked for again")
    func malformed() {
        var known = KnownCalls()
        for answer in [HostAnswer.returned([1]), .returned([])] {
            known.keep(Self.query(1), .host(answer), at: .zero)
        }
        known.keep(Self.query(1), .unavailable(.silent), at: .zero)
        #expect(known.result(of: Self.query(1), at: .zero) == nil)
    }
}
