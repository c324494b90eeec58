import Foundation
import Testing

@testable import OperatorCLI
@testable import Program

@Suite struct LeaderCommandTests {
    private static let wallet = "0xaa768412ceed10bd423c025542ca90071f9fb62d"
    private static let hash = "0x1322996cbcbc38fc924a46f4df5f9064279d3ab43396e58386dac9b87440d64f"
    private static let seats = [
        "0x957ecf59507a6a74b8d98747f07a74de270d3cc3", "0x5e14c0f27612fbfb7a6fe40b5a6ec997fa62fc04",
        "0xd2662604f8b4540336fbd3c1f48d7e9cdfbd079c", "0x7cbd87abc182216a7aa0e8d19aa21abfa2511383",
        "0xfac73b03884d94a08a5c6c7bb12ac0b20571f162", "0x705c76445651530fe0d25eee287b6164ce2c7216",
        "0x7cbd87abc182216a7aa0e8d19aa21abfa2511383", "0x405ad1f632b49a0617fbdc1fd427af54ba9bb3dd",
        "0x7cbd87abc182216a7aa0e8d19aa21abfa2511383", "0x5e14c0f27612fbfb7a6fe40b5a6ec997fa62fc04",
    ]

    private func election(seats: String) throws -> LeaderElection {
        try LeaderElection(
            walletHash: Self.wallet, blockHash: Self.hash, block: "900", seats: seats, profile: "mainnet")
    }

    @Test("The published window gets its published leader, whatever the letter case, the order and the prefix of seats")
    func published() throws {
        let lines = FileManager.default.temporaryDirectory.appending(component: "seats-\(UUID().uuidString)")
        try (Self.seats.joined(separator: "\n") + "\n").write(to: lines, atomically: true, encoding: .utf8)
        let forms = [
            Self.seats.joined(separator: ","),
            Self.seats.reversed().joined(separator: ", ").uppercased()
                .replacingOccurrences(of: "0X", with: ""), "@\(lines.path)",
        ]
        for form in forms {
            let election = try election(seats: form)
            #expect(election.leader == "0x705c76445651530fe0d25eee287b6164ce2c7216")
            #expect(election.seed == "0xe55c779d6d83183409ddc90c6cd5130567f0593349a9c82494b402048ec2d03d")
            #expect(election.windowIndex == 1)
            #expect(election.leaderOrder.count == 7)
            #expect(election.reserves == Array(election.leaderOrder[1...2]))
            #expect(election.checklist == ["redemption"])
        }
    }

    @Test(
        "Every usage error is exit 3",
        arguments: [
            ["leader"], ["leader", "--json"], ["nonsense"], ["leader", "--nonsense", "1"],
            arguments(walletHash: "0xaa7"), arguments(walletHash: "0xaa"), arguments(walletHash: "0xzz"),
            arguments(blockHash: "0x12"), arguments(block: "0"), arguments(block: "901"), arguments(block: "-900"),
            arguments(block: "abc"), arguments(block: "900.0"), arguments(block: ""), arguments(seats: ""),
            arguments(seats: "0x12"), arguments(seats: "@/nowhere/at/all"), arguments(seats: seats[0] + ",,"),
            arguments(profile: "none"),
        ])
    func usage(line: [String]) async {
        #expect(await CoordCommand.main(arguments: line) == 3)
    }

    @Test("A negative number is a wrong value, not a missing one")
    func negative() throws {
        #expect(
            ArgumentRepair.repaired(["leader", "--block", "-900", "--json"]) == ["leader", "--block=-900", "--json"])
        let failure = try #require(throws: CommandFailure.self) {
            try LeaderElection(
                walletHash: Self.wallet, blockHash: Self.hash, block: "-900", seats: Self.seats[0], profile: "mainnet")
        }
        #expect(failure.cause.contains("-900"))
    }

    @Test("A right line, help and the version are exit 0")
    func fine() async {
        #expect(await CoordCommand.main(arguments: Self.arguments()) == 0)
        #expect(await CoordCommand.main(arguments: ["--help"]) == 0)
        #expect(await CoordCommand.main(arguments: ["--version"]) == 0)
    }

    private static func arguments(
        walletHash: String = wallet, blockHash: String = hash, block: String = "900", seats: String = seats[0],
        profile: String = "mainnet"
    ) -> [String] {
        [
            "leader", "--wallet-hash", walletHash, "--block-hash", blockHash, "--block", block, "--seats", seats,
            "--profile", profile, "--json",
        ]
    }
}
