import Bitcoin
import Primitives
import TestKit
import Testing

@Suite struct BlockTests {
    private let fixture: SpendFixture

    init() throws { fixture = try SpendFixture() }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }

    private func leaves(_ count: Int) -> [Hash32] { (0..<count).map { sha256([UInt8($0 >> 8), UInt8($0 & 0xff)]) } }

    private func header(root: Hash32) -> BlockHeader {
        BlockHeader(version: 1, previous: .zero, merkleRoot: root, time: 0, bits: Target.regtest.bits, nonce: 0)
    }

    private func mined(_ kinds: [SpendFixture.Kind], height: UInt32 = 300) throws -> Block {
        let transactions = try kinds.indices.map {
            try fixture.signed([kinds[$0]], salt: UInt8($0)).transaction
        }
        return Block.mining(
            on: .zero, height: height, time: 1_700_000_000,
            reward: TxOutput(value: try #require(Satoshis(5_000_000_000)), script: fixture.script(.p2tr)),
            transactions: transactions)
    }

    @Test("Every branch of a tree leads to its root, and from no other leaf", arguments: 1...17)
    func branches(_ count: Int) throws {
        let leaves = leaves(count)
        let root = try #require(MerkleTree.root(of: leaves))
        for position in leaves.indices {
            let branch = try #require(MerkleTree.branch(to: position, in: leaves))
            #expect(branch.position == UInt32(position))
            #expect(branch.root(from: leaves[position]) == root)
            #expect(branch.root(from: sha256([])) != root)
            #expect(branch.encoded.count == 32 * branch.siblings.count)
        }
        #expect(MerkleTree.branch(to: count, in: leaves) == nil)
        #expect(MerkleTree.branch(to: -1, in: leaves) == nil)
    }

    @Test("A list that repeats its end has no root, though the shorter one has the same")
    func repetition() {
        for count in [3, 5, 6, 7, 11] {
            let leaves = leaves(count)
            #expect(MerkleTree.root(of: leaves) != nil)
            let tail = count.isMultiple(of: 2) ? 2 : 1
            #expect(MerkleTree.root(of: leaves + leaves.suffix(tail)) == nil, "\(count)")
        }
        #expect(MerkleTree.root(of: []) == nil)
    }

    @Test("A branch has a position within a tree of its depth, and at most 32 levels")
    func branchLimits() {
        #expect(MerkleBranch(position: 0, siblings: []) != nil)
        #expect(MerkleBranch(position: 1, siblings: []) == nil)
        #expect(MerkleBranch(position: 3, siblings: [.zero, .zero]) != nil)
        #expect(MerkleBranch(position: 4, siblings: [.zero, .zero]) == nil)
        #expect(MerkleBranch(position: .max, siblings: Array(repeating: .zero, count: 32)) != nil)
        #expect(MerkleBranch(position: 0, siblings: Array(repeating: .zero, count: 33)) == nil)
    }

    @Test("A branch shows a transaction only at the coinbase's depth and under the header's root")
    func shows() throws {
        let leaves = leaves(6)
        let header = header(root: try #require(MerkleTree.root(of: leaves)))
        let coinbase = try #require(MerkleTree.branch(to: 0, in: leaves))
        let branch = try #require(MerkleTree.branch(to: 4, in: leaves))
        func shows(_ txid: Hash32, _ branch: MerkleBranch, _ coinbaseBranch: MerkleBranch, _ header: BlockHeader)
            -> Bool
        {
            branch.shows(Txid(txid), in: header, coinbase: Txid(leaves[0]), coinbaseBranch: coinbaseBranch)
        }
        #expect(shows(leaves[4], branch, coinbase, header))
        #expect(!shows(leaves[5], branch, coinbase, header))
        #expect(!shows(leaves[4], branch, branch, header))
        #expect(!shows(leaves[4], branch, coinbase, self.header(root: .zero)))
        // An inner node passed off as a transaction: one level less than the coinbase has.
        let inner = hash256(leaves[4].bytes + leaves[5].bytes)
        let short = try #require(MerkleBranch(position: 2, siblings: Array(branch.siblings.dropFirst())))
        #expect(short.root(from: inner) == header.merkleRoot)
        #expect(!shows(inner, short, coinbase, header))
    }

    @Test("A proof of any choice of transactions reads back with their branches", arguments: 1...9)
    func merkleBlocks(_ count: Int) throws {
        let leaves = leaves(count)
        let header = header(root: try #require(MerkleTree.root(of: leaves)))
        let txids = leaves.map { Txid($0) }
        for choice in 0..<(1 << count) {
            let matching = Set(txids.indices.filter { choice >> $0 & 1 == 1 }.map { txids[$0] })
            let made = try #require(MerkleBlock(header: header, txids: txids, matching: matching))
            let read = try MerkleBlock(decoding: made.encoded)
            #expect(read == made)
            #expect(Set(read.matches.map(\.txid)) == matching)
            for match in read.matches {
                #expect(match.branch.root(from: match.txid.hash) == header.merkleRoot)
                #expect(txids[Int(match.branch.position)] == match.txid)
            }
        }
        #expect(MerkleBlock(header: self.header(root: .zero), txids: txids, matching: []) == nil)
    }

    @Test(
        "What decodes from a mutated proof encodes to the same bytes; nothing crashes",
        arguments: 0..<4 as Range<UInt64>)
    func merkleBlockMutants(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let leaves = leaves(11)
        let header = header(root: try #require(MerkleTree.root(of: leaves)))
        let proof = try #require(
            MerkleBlock(header: header, txids: leaves.map { Txid($0) }, matching: [Txid(leaves[3]), Txid(leaves[10])]))
        #expect(try MerkleBlock(decoding: proof.encoded) == proof)
        for length in proof.encoded.indices {
            #expect(throws: MerkleBlockFailure.self) { try MerkleBlock(decoding: Bytes(proof.encoded[..<length])) }
        }
        for _ in 0..<1_000 {
            let mutant = generator.mutated(proof.encoded)
            if let decoded = try? MerkleBlock(decoding: mutant) {
                #expect(decoded.encoded == mutant)
                #expect(decoded.header.merkleRoot == header.merkleRoot)
            }
        }
    }

    @Test("A proof with spare hashes, spare flags, none at all, or the wrong root is refused by its own case")
    func badMerkleBlocks() throws {
        let leaves = leaves(3)
        let root = try #require(MerkleTree.root(of: leaves))
        func failure(count: UInt32, hashes: [Hash32], flags: Bytes, root: Hash32) -> MerkleBlockFailure? {
            var bytes = header(root: root).encoded
            bytes.append(littleEndian: count)
            bytes.append(compactSize: hashes.count)
            for hash in hashes { bytes.append(hash) }
            bytes.append(compactSize: flags.count)
            bytes += flags
            do {
                _ = try MerkleBlock(decoding: bytes)
                return nil
            } catch {
                return error
            }
        }
        // Nothing shown: the root alone, with the flag 0.
        #expect(failure(count: 3, hashes: [root], flags: [0], root: root) == nil)
        #expect(failure(count: 0, hashes: [root], flags: [0], root: root) == .transactionCount(0))
        #expect(failure(count: 16_667, hashes: [root], flags: [0], root: root) == .transactionCount(16_667))
        #expect(failure(count: 3, hashes: [], flags: [0], root: root) == .shape)
        #expect(failure(count: 3, hashes: [root], flags: [], root: root) == .shape)
        #expect(failure(count: 3, hashes: [root, root], flags: [0], root: root) == .shape)
        #expect(failure(count: 3, hashes: [root], flags: [0, 0], root: root) == .shape)
        #expect(failure(count: 3, hashes: [root], flags: [0x80], root: root) == .shape)
        #expect(failure(count: 3, hashes: [leaves[0]], flags: [0], root: root) == .root)
        // Four leaves of which the last two are one: the tree of three.
        let pair = hash256(leaves[0].bytes + leaves[1].bytes)
        #expect(
            failure(count: 4, hashes: [pair, leaves[2], leaves[2]], flags: [0b0_1101], root: root) == .repetition)
    }

    @Test(
        "A block of ours is one by Bitcoin's rules: work, root, commitment, height",
        arguments: [0, 1, 16, 17, 127, 128, 255, 256, 70_000] as [UInt32])
    func mining(_ height: UInt32) throws {
        let block = try mined([.p2tr, .p2pkh, .p2wpkh], height: height)
        #expect(block.header.meetsTarget)
        #expect(try Block(decoding: block.encoded) == block)
        try block.transactions[0].checkRules()
        #expect(block.transactions[0].isCoinbase)
        for (position, transaction) in block.transactions.enumerated() {
            let branch = try #require(block.branch(to: transaction.txid))
            #expect(branch.position == UInt32(position))
            #expect(branch.root(from: transaction.txid.hash) == block.header.merkleRoot)
        }
        #expect(block.branch(to: Txid(.zero)) == nil)
    }

    @Test(
        "The height stands in the coinbase as a script number (BIP-0034)",
        arguments: [
            (0, "0000"), (1, "5100"), (16, "6000"), (17, "011100"), (127, "017f00"), (128, "02800000"),
            (255, "02ff0000"), (32_767, "02ff7f00"), (32_768, "0300800000"), (500_000, "0320a10700"),
        ] as [(UInt32, String)])
    func heights(_ height: UInt32, _ script: String) throws {
        #expect(try mined([], height: height).transactions[0].inputs[0].scriptSig.hex == script)
    }

    @Test("No witness of a block can be changed, taken away or added")
    func commitment() throws {
        let block = try mined([.p2tr, .p2pkh])
        func encoded(_ transactions: [Transaction]) -> Bytes {
            var bytes = block.header.encoded
            bytes.append(compactSize: transactions.count)
            return transactions.reduce(bytes) { $0 + $1.encoded }
        }
        func with(_ index: Int, _ witness: [Bytes]) -> [Transaction] {
            var transactions = block.transactions
            let old = transactions[index]
            let input = TxInput(
                outPoint: old.inputs[0].outPoint, scriptSig: old.inputs[0].scriptSig,
                sequence: old.inputs[0].sequence, witness: witness)
            transactions[index] = Transaction(
                version: old.version, inputs: [input], outputs: old.outputs, lockTime: old.lockTime)
            return transactions
        }
        #expect(throws: Never.self) { try Block(decoding: encoded(block.transactions)) }
        for changed in [
            with(1, []), with(1, [[1]]), with(2, [[1]]), with(0, []), with(0, [sha256([]).bytes]), with(0, [[0]]),
        ] {
            #expect(throws: BlockFailure.witnessCommitment) { try Block(decoding: encoded(changed)) }
        }
    }

    @Test("A block with its transactions out of place is refused")
    func misplaced() throws {
        let block = try mined([.p2tr, .p2pkh])
        func failure(_ transactions: [Transaction], count: Int? = nil) -> BlockFailure? {
            var bytes = block.header.encoded
            bytes.append(compactSize: count ?? transactions.count)
            do {
                _ = try Block(decoding: transactions.reduce(bytes) { $0 + $1.encoded })
                return nil
            } catch {
                return error
            }
        }
        let all = block.transactions
        #expect(failure(all) == nil)
        #expect(failure([]) == .coinbase(position: 0))
        #expect(failure([all[1], all[0], all[2]]) == .coinbase(position: 0))
        #expect(failure([all[0], all[0], all[1]]) == .coinbase(position: 1))
        #expect(failure([all[0], all[2], all[1]]) == .merkleRoot)
        #expect(failure([all[0], all[1]]) == .merkleRoot)
        // Three transactions have the root of four with the last repeated.
        #expect(failure(all + [all[2]]) == .merkleRoot)
        #expect(failure(all, count: 4) != nil)
        #expect(failure(all, count: 2) != nil)
    }

    @Test("Every truncation of a block is refused, and mutants crash nothing")
    func blockBytes() throws {
        let block = try mined([.p2tr])
        let bytes = block.encoded
        for length in bytes.indices {
            #expect(throws: BlockFailure.self) { try Block(decoding: Bytes(bytes[..<length])) }
        }
        #expect(throws: BlockFailure.encoding(.trailing(count: 1))) { try Block(decoding: bytes + [0]) }
        let huge = block.header.encoded + [0xff] + Bytes(repeating: 0xff, count: 8)
        #expect(throws: BlockFailure.encoding(.length(field: "transactions", value: .max))) {
            try Block(decoding: huge)
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<1_000 {
            let mutant = generator.mutated(bytes)
            if let decoded = try? Block(decoding: mutant) { #expect(decoded.encoded == mutant) }
        }
    }

    @Test(
        "Compact targets that stand for nothing, a negative number or too large a one are refused",
        arguments: [0, 0x0100_0000, 0x0180_0001, 0x0480_0001, 0x2101_0000, 0x2200_0100, 0x2300_0001, 0xff12_3456]
            as [UInt32])
    func badTargets(_ bits: UInt32) {
        #expect(Target(bits: bits) == nil)
    }

    @Test(
        "Compact targets expand as Bitcoin Core does it",
        arguments: [
            (0x0112_0000, "12"), (0x0201_2300, "0123"), (0x0312_3456, "123456"), (0x0412_3456, "12345600"),
            (0x2012_3456, "123456" + Self.zeros(58)), (0x2100_1234, "1234" + Self.zeros(60)),
            (0x2200_0012, "12" + Self.zeros(62)),
        ] as [(UInt32, String)])
    func targets(_ bits: UInt32, _ value: String) throws {
        let target = try #require(Target(bits: bits))
        #expect(target.value.hex == Self.zeros(64 - value.count) + value)
        #expect(target.bits == bits)
    }

    @Test("A hash equal to the target meets it, the next number does not")
    func meeting() throws {
        let target = try #require(Target(bits: 0x1d00_ffff))
        let limit = target.value.hash
        #expect(target.isMet(by: BlockHash(limit.reversed)))
        var above = limit.bytes
        above[31] = 1
        let next = try #require(Hash32(above))
        #expect(!target.isMet(by: BlockHash(next.reversed)))
    }

    @Test(
        "Difficulty is the quotient, rounded down",
        arguments: [
            (0x1d00_ffff, 1), (0x207f_ffff, 0), (0x1d01_fffe, 0), (0x1d00_ff00, 1),
            (0x1c7f_ff80, 2), (0x1705_ae3a, 49_549_703_178_592), (0x0300_0001, nil), (0x0101_0000, nil),
        ] as [(UInt32, UInt64?)])
    func difficulty(_ bits: UInt32, _ difficulty: UInt64?) throws {
        let target = try #require(Target(bits: bits))
        #expect(target.difficulty.uint64 == difficulty)
    }

    @Test("The smallest target has the largest difficulty: ffff and 52 zeros")
    func largestDifficulty() throws {
        let target = try #require(Target(bits: 0x0300_0001))
        #expect(target.difficulty.hex == "00000000ffff" + Self.zeros(52))
        #expect(Target(bits: 0x0101_0000)?.difficulty == target.difficulty)
    }

    @Test("A block that weighs more than Bitcoin allows is refused, whole or as an outline")
    func weight() throws {
        func block(_ scriptSize: Int) -> Bytes {
            let script = Script(Bytes(repeating: 0x51, count: scriptSize))
            let heavy = Transaction(
                version: 1, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([])), index: 0), sequence: 0)],
                outputs: [TxOutput(value: .zero, script: script)], lockTime: 0)
            return Block.mining(
                on: .zero, height: 1, time: 0, reward: TxOutput(value: .zero, script: [0x51]), transactions: [heavy]
            ).encoded
        }
        // Of the coinbase's witness each byte weighs 1: marker, flag, two counts and 32 bytes.
        let rest = block(900_000).count - 900_000
        let largest = (Block.maximumWeight + 3 * 36) / 4 - rest
        #expect(try Block(decoding: block(largest)).transactions.count == 2)
        #expect(try BlockOutline(decoding: block(largest)).txids.count == 2)
        #expect(throws: BlockFailure.weight(4_000_004)) { try Block(decoding: block(largest + 1)) }
        #expect(throws: BlockFailure.weight(4_000_004)) { try BlockOutline(decoding: block(largest + 1)) }
    }

    @Test("An outline has one coinbase, in front: a list of inner nodes, passed off as transactions, has none")
    func outlineWithoutCoinbase() throws {
        let all = try mined([.p2tr, .p2pkh]).transactions
        func failure(_ transactions: [Transaction]) throws -> BlockFailure? {
            var bytes = header(root: try #require(MerkleTree.root(of: transactions.map(\.txid.hash)))).encoded
            bytes.append(compactSize: transactions.count)
            do {
                _ = try BlockOutline(decoding: transactions.reduce(bytes) { $0 + $1.encoded })
                return nil
            } catch {
                return error
            }
        }
        #expect(try failure(all) == nil)
        #expect(try failure([all[1], all[2]]) == .coinbase(position: 0))
        #expect(try failure([all[1], all[0], all[2]]) == .coinbase(position: 0))
        let second = try mined([], height: 301).transactions[0]
        #expect(try failure([all[0], second]) == .coinbase(position: 1))
    }

    @Test("An outline names what the whole block holds, and nothing can be left out of it or put into it")
    func outline() throws {
        let block = try mined([.p2pkh, .p2wpkh, .p2tr, .p2tr])
        let bytes = block.encoded
        let outline = try BlockOutline(decoding: bytes)
        #expect(outline.header == block.header)
        #expect(outline.txids == block.transactions.map(\.txid))
        #expect(outline.spent == block.transactions.dropFirst().flatMap { $0.inputs.map(\.outPoint) })
        for length in bytes.indices {
            #expect(throws: BlockFailure.self) { try BlockOutline(decoding: Bytes(bytes[..<length])) }
        }
        #expect(throws: BlockFailure.self) { try BlockOutline(decoding: bytes + [0]) }
        var read = 0
        for seed in 0..<2_000 {
            guard
                let mutant = try? BlockOutline(
                    decoding: bytes.damaged(seed: UInt64(seed), changes: 1...3, inserts: "\u{0}\u{1}")),
                mutant.header == block.header
            else { continue }
            read += 1
            #expect(mutant.txids == outline.txids && mutant.spent == outline.spent, "seed \(seed)")
        }
        #expect(read > 0, "witnesses are not looked at")
    }
}
