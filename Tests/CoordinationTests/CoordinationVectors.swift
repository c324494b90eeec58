import Coordination
import Primitives
import TestKit
import Testing

/// Golden figures of coordination.md §3 to §5.
@Suite struct CoordinationVectors {
    private struct GeneratorCase: Decodable {
        let key: String
        let stream: String
        let words: [String]
    }

    private struct BelowCase: Decodable {
        let key: String
        let stream: String
        let n: String
        let draws: [String]
    }

    private struct WindowCase: Decodable {
        let name: String
        let walletPublicKeyHash: String
        let safeBlockHash: String
        let coordinationBlock: UInt64
        let seats: [String]
        let seed: String
        let leaderOrder: [String]
        let checklist: [String]
        let heartbeatDrawn: Bool
    }

    @Test("Seeds, streams, draws, orders and checklists are the published ones")
    func figures() throws {
        let file = try VectorFile("coordination")
        var report = CaseReport("CoordinationVectors")

        try report.check("generator", of: file, as: GeneratorCase.self) { figure in
            var generator = Generator(seed: try Hash32(hex: figure.key), stream: try #require(UInt64(figure.stream)))
            let words = figure.words.map { _ in String(generator.word(), radix: 16) }
            #expect(words == figure.words.map { String(UInt64($0, radix: 16) ?? 0, radix: 16) })
        }

        try report.check("below", of: file, as: BelowCase.self) { figure in
            var generator = Generator(seed: try Hash32(hex: figure.key), stream: try #require(UInt64(figure.stream)))
            let bound = try #require(UInt64(figure.n))
            #expect(figure.draws.map { _ in String(generator.below(bound)) } == figure.draws)
        }

        try report.check("windows", of: file, as: WindowCase.self) { figure in
            let wallet = try WalletPublicKeyHash(hex: figure.walletPublicKeyHash)
            let group = try SigningGroup(
                wallet: wallet, seats: try figure.seats.map { try EthereumAddress(hex: $0) }, threshold: 1)
            let window = try #require(
                CoordinationWindow(openedBy: BlockNumber(figure.coordinationBlock), profile: .mainnet))
            let election = Election(
                wallet: wallet, safeBlockHash: try Hash32(hex: figure.safeBlockHash), window: window.index,
                operators: group.operators, profile: .mainnet)
            #expect(election.seed.hex == figure.seed, "\(figure.name)")
            #expect(election.leaderOrder.map(\.description) == figure.leaderOrder.map { $0.lowercased() })
            #expect(election.checklist.actions.map(\.name) == figure.checklist)
            #expect(election.checklist.actions.contains(.heartbeat) == figure.heartbeatDrawn)
        }
        #expect(report.total() > 0, "no figures were found")
    }
}
