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

    @Test("Lines other than inputs have the bytes of docs/protocol/wire.md §9, and come back from them")
    func lines() throws {
        func filled(_ byte: UInt8, _ count: Int) -> Bytes { Bytes(repeating: byte, count: count) }
        let name = try #require(WalletPublicKeyHash(Bytes(0..<20)))
        let members = ([1, 2, 3, 0xad] as Bytes).map { EthereumAddress(Hash20(filled($0, 20)) ?? .zero) }
        let nonce = filled(0x0b, 16)
        let utxo = MainUTXO(
            outPoint: OutPoint(txid: Txid(try #require(Hash32(filled(0xc1, 32)))), index: 5),
            output: TxOutput(
                value: try #require(Satoshis(70_000)), script: Script([0x00, 0x14] + filled(0x07, 20))))
        // Two requests that are over: their keys, the blocks of their events, and until when they are not read again.
        let over = """
            00000002 0000000000000000000000000000000000000000000000000000000000000001 00000000000002bc
            00000000000003e8 0000000000000000000000000000000000000000000000000000000000000002 00000000000002bd
            00000000000003e9
            """
        var reader = ByteReader(try Bytes(hex: over.filter { !$0.isWhitespace }))
        let memory = NodeMemory(
            reorgCount: 3, isDraining: true, bootNonce: nonce, ownFloor: BlockNumber(5),
            headClock: HeadClock.State(
                latest: HeadClock.Arrival(number: BlockNumber(899), time: SigningInstant(milliseconds: 9_000)),
                quick: 1, isInSync: true),
            connected: [members[0], members[1]],
            wallets: [
                name: NodeMemory.Wallet(knownUTXOs: [utxo], closedRedemptions: try ClosedRedemptions(from: &reader))
            ],
            idle: [
                NodeMemory.Idleness(
                    leader: Status.IdleLeader(
                        wallet: name, coordinationBlock: BlockNumber(868), leader: members[3]),
                    witnesses: [members[0], members[2]], isConfirmed: true)
            ])
        let nothing = NodeMemory(
            bootNonce: nonce, ownFloor: BlockNumber(0),
            headClock: HeadClock.State(latest: nil, quick: 0, isInSync: false))
        let lines: [(JournalStep, String)] = [
            (
                .started(bootNonce: nonce, build: "coord 1.0"),
                "00 00000010 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b 00000009 636f6f726420312e30"
            ),
            (.sent([0xe0, 0xe1]), "20 00000002 e0e1"),
            (
                .remembered(memory),
                """
                23 0000000000000003 01 00000010 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b 0000000000000005 0000000000000383
                0000000000002328 01 01 00000002 0101010101010101010101010101010101010101
                0202020202020202020202020202020202020202 00000001 000102030405060708090a0b0c0d0e0f10111213 00000001
                c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00000005 0000000000011170 00000016
                00140707070707070707070707070707070707070707 00000002
                0000000000000000000000000000000000000000000000000000000000000001 00000000000002bc 00000000000003e8
                0000000000000000000000000000000000000000000000000000000000000002 00000000000002bd 00000000000003e9
                00000001 000102030405060708090a0b0c0d0e0f10111213 0000000000000364
                adadadadadadadadadadadadadadadadadadadad 00000002 0101010101010101010101010101010101010101
                0303030303030303030303030303030303030303 01
                """
            ),
            (
                .remembered(nothing),
                """
                23 0000000000000000 00 00000010 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b 0000000000000000 0000000000000000
                0000000000000000 00 00 00000000 00000000 00000000
                """
            ),
        ]
        for (line, golden) in lines {
            let bytes = line.encoded
            #expect(bytes.hex == golden.filter { !$0.isWhitespace })
            #expect(try JournalStep(decoding: bytes).encoded == bytes)
        }
        #expect(Set(lines.compactMap { $0.0.encoded.first }) == Set(JournalStep.kinds).subtracting(1...14))
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
