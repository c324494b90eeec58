import Bitcoin
import Coordination
import Node
import Primitives
import Testing
import ThresholdSigning
import WalletActions

/// Lines of a journal as bytes.
@Suite struct JournalStepTests {
    private let wallet = WalletPublicKeyHash(hash160([1]))

    private func operators(_ count: UInt8) -> [EthereumAddress] {
        (0..<count).map { EthereumAddress(hash160([$0])) }.sorted()
    }

    private func memory(connected: [EthereumAddress], witnesses: [EthereumAddress]) throws -> NodeMemory {
        let output = TxOutput(value: try #require(Satoshis(7)), script: Script([0x51]))
        let utxo = MainUTXO(outPoint: OutPoint(txid: Txid(sha256([9])), index: 2), output: output)
        let leader = Status.IdleLeader(wallet: wallet, coordinationBlock: BlockNumber(24), leader: operators(1)[0])
        return NodeMemory(
            reorgCount: 3, isDraining: true, bootNonce: Bytes(repeating: 7, count: 16), ownFloor: BlockNumber(5),
            headClock: HeadClock.State(
                latest: HeadClock.Arrival(number: BlockNumber(23), time: SigningInstant(milliseconds: 9)), quick: 1,
                isInSync: true), connected: connected, wallets: [wallet: NodeMemory.Wallet(knownUTXOs: [utxo])],
            idle: [NodeMemory.Idleness(leader: leader, witnesses: witnesses, isConfirmed: true)])
    }

    @Test("What a machine remembers comes back from its bytes, and no other bytes say the same")
    func memory() throws {
        let operators = operators(3)
        let memory = try memory(connected: operators, witnesses: Array(operators.prefix(2)))
        let bytes = JournalStep.remembered(memory).encoded
        // 35; branch 8, draining 1; nonce 4 and 16, floor 8; block 8, time 8, quick 1, in sync 1; 3 operators; wallet 20, its UTXO 36 and 8, 4 and 1; wallet 20, block 8, leader 20, two
        // witnesses, confirmed 1;
        // six lists, one of them empty, with a count of 4 each.
        #expect(bytes.count == 1 + 9 + 28 + 18 + 60 + 20 + 36 + 8 + 5 + 20 + 8 + 20 + 40 + 1 + 6 * 4)
        guard case .remembered(memory) = try JournalStep(decoding: bytes) else {
            Issue.record("another line comes back")
            return
        }
        for count in bytes.indices {
            #expect(throws: DecodingFailure.self) { try JournalStep(decoding: Bytes(bytes[..<count])) }
        }
        #expect(throws: DecodingFailure.trailing(count: 1)) { try JournalStep(decoding: bytes + [0]) }
        var flag = bytes
        flag[9] = 2
        #expect(throws: DecodingFailure.value(field: "flag")) { try JournalStep(decoding: flag) }
        for unsorted in [
            try self.memory(connected: operators.reversed(), witnesses: []),
            try self.memory(connected: [], witnesses: [operators[0], operators[0]]),
        ] {
            let bytes = JournalStep.remembered(unsorted).encoded
            #expect(throws: DecodingFailure.value(field: "order")) { try JournalStep(decoding: bytes) }
        }
    }

    @Test(
        "Inputs about one wallet are its hash behind a kind byte, and no other bytes are",
        arguments: [
            (UInt8(11), NodeInput.intentRefused), (12, NodeInput.walletAdded), (13, NodeInput.walletArchived),
        ] as [(UInt8, @Sendable (WalletPublicKeyHash) -> NodeInput)])
    func wallets(kind: UInt8, input: @Sendable (WalletPublicKeyHash) -> NodeInput) throws {
        let bytes = input(wallet).encoded
        #expect(bytes == [kind] + wallet.bytes)
        #expect(try NodeInput(decoding: bytes).encoded == bytes)
        for wrong in [Bytes(bytes.dropLast()), bytes + [0]] {
            #expect(throws: DecodingFailure.self) { try NodeInput(decoding: wrong) }
        }
    }
}
