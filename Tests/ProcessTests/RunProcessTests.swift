import Foundation
import TestKit
import Testing

/// `coord run` refuses what it must, each with its own exit code and reason.
@Suite(.serialized) struct RunProcessTests {
    private func run(_ folder: URL, config: String) async throws -> (Int32, String) {
        let file = folder.appending(component: "test.toml")
        try config.write(to: file, atomically: true, encoding: .utf8)
        let process = try CoordProcess(["run", "--config", file.path])
        return (try await process.exitCode(within: 60), process.standardError)
    }

    @Test(
        "A dealt wallet is refused outside a local environment; so are unknown keys, broken profiles and bad passwords")
    func refusals() async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let config = try String(contentsOf: folder.appending(component: "coord.toml"), encoding: .utf8)
        let password = folder.appending(component: "password")
        try "".write(to: password, atomically: true, encoding: .utf8)

        let outside = config.replacingOccurrences(of: "environment = \"local\"", with: "environment = \"test\"")
            .replacingOccurrences(
                of: "directory = \".\"", with: "directory = \".\"\npassword_file = \"\(password.path)\""
            )
            .replacingOccurrences(of: "name = \"devnet\"", with: "name = \"devnet\"\nown = true")
        let (open, openText) = try await run(folder, config: outside)
        #expect(open == 10)
        #expect(openText.contains("secrets.permissions"), "\(openText)")
        #expect(chmod(password.path, 0o600) == 0)
        let (empty, emptyText) = try await run(folder, config: outside)
        #expect(empty == 14)
        #expect(emptyText.contains("secrets.password_empty"), "\(emptyText)")
        let signet = config.replacingOccurrences(of: "network = \"regtest\"", with: "network = \"signet\"")
        let (dealer, dealerText) = try await run(folder, config: signet)
        #expect(dealer == 10)
        #expect(dealerText.contains("wallet.dealer_origin"), "\(dealerText)")

        let (unknown, unknownText) = try await run(folder, config: config + "\n[peer]\nlissten = \"x\"\n")
        #expect(unknown == 10)
        #expect(unknownText.contains("peers.listen"), "the nearest name is told: \(unknownText)")

        let broken = config.replacingOccurrences(
            of: "preset = \"devnet\"", with: "preset = \"devnet\"\nactivePhase = 0")
        let (rule, ruleText) = try await run(folder, config: broken)
        #expect(rule == 10)
        #expect(ruleText.contains("activePhase"), "\(ruleText)")

        try "wrong".write(to: password, atomically: false, encoding: .utf8)
        #expect(try await run(folder, config: outside).0 == 14)
        #expect(try await run(folder, config: "general = 1").0 == 10)
        let pair = config.replacingOccurrences(of: "[[bitcoin.source]]", with: "[[bitcoin.source]]\nauth_file = 1")
        #expect(try await run(folder, config: pair).1.contains("bitcoin.source.auth_file"))
        setenv("COORD_PEERS_BOOTSTRAP", "x", 1)
        let (list, listText) = try await run(folder, config: config)
        unsetenv("COORD_PEERS_BOOTSTRAP")
        #expect(list == 10)
        #expect(listText.contains("COORD_PEERS_BOOTSTRAP"), "a list has no variable: \(listText)")
        #expect(try await run(folder, config: "[general\n").0 == 10)
    }
}
