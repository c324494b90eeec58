import Bitcoin
import Primitives
import TestKit
import Testing

/// Published blocks and proofs.
@Suite struct BlockVectors {
    private struct BlockCase: Decodable {
        let raw: String
        let hash: String
        let txids: [String]
    }

    private struct MerkleBlockCase: Decodable {
        struct Match: Decodable {
            let txid: String
            let position: UInt32
        }

        let raw: String
        let hash: String
        let transactionCount: UInt32
        let matches: [Match]
    }

    @Test("Published blocks and merkle blocks read as they were published")
    func figures() throws {
        let file = try VectorFile("blocks")
        var report = CaseReport("BlockVectors")

        try report.check("blocks", of: file, as: BlockCase.self) { figure in
            let bytes = try Bytes(hex: figure.raw)
            let block = try Block(decoding: bytes)
            #expect(block.hash.display == figure.hash)
            #expect(block.header.meetsTarget)
            #expect(block.transactions.map(\.txid.display) == figure.txids)
            #expect(block.encoded == bytes)
        }

        try report.check("merkleBlocks", of: file, as: MerkleBlockCase.self) { figure in
            let bytes = try Bytes(hex: figure.raw)
            let proof = try MerkleBlock(decoding: bytes)
            #expect(proof.header.hash.display == figure.hash)
            #expect(proof.header.meetsTarget)
            #expect(proof.transactionCount == figure.transactionCount)
            #expect(proof.matches.map(\.txid.display) == figure.matches.map(\.txid))
            #expect(proof.matches.map(\.branch.position) == figure.matches.map(\.position))
            #expect(proof.encoded == bytes)
        }
        #expect(report.total() > 0, "no figures were found")
    }
}
