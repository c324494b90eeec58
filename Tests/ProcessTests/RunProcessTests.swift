import Coordination
import Foundation
import Ledger
import Node
import Primitives
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
        let secret = folder.appending(components: "secrets", "operator-key.0").path
        #expect(chmod(secret, 0o644) == 0)
        let (shared, sharedText) = try await run(folder, config: outside)
        #expect(shared == 10)
        #expect(sharedText.contains("error: secrets.permissions\ncause: \(secret) has mode 644"), "\(sharedText)")
        #expect(chmod(secret, 0o600) == 0)
        let (weak, weakText) = try await run(folder, config: outside)
        #expect(weak == 14)
        #expect(weakText.contains("error: secrets.cost\ncause: the secret store has scrypt cost 2^12, and 2^17"))
        let cheap = outside.replacingOccurrences(of: "password_file", with: "scrypt_log_n = 12\npassword_file")
        let (wrong, wrongText) = try await run(folder, config: cheap)
        #expect(wrong == 14)
        #expect(wrongText.contains("error: secrets\n"), "\(wrongText)")
        #expect(try await run(folder, config: "general = 1").0 == 10)
        let pair = config.replacingOccurrences(of: "[[bitcoin.source]]", with: "[[bitcoin.source]]\nauth_file = 1")
        #expect(try await run(folder, config: pair).1.contains("bitcoin.source.auth_file"))
        setenv("COORD_PEERS_BOOTSTRAP", "x", 1)
        let (list, listText) = try await run(folder, config: config)
        unsetenv("COORD_PEERS_BOOTSTRAP")
        #expect(list == 10)
        #expect(listText.contains("COORD_PEERS_BOOTSTRAP"), "a list has no variable: \(listText)")
        #expect(try await run(folder, config: "[general\n").0 == 10)
        for address in ["192.0.2.1:0", "nohost.invalid:0"] {
            setenv("COORD_PEERS_LISTEN", address, 1)
            let (code, text) = try await run(folder, config: config)
            unsetenv("COORD_PEERS_LISTEN")
            #expect(code == 1)
            #expect(text.contains("error: peers.listen\ncause: cannot listen on \(address): "), "\(text)")
        }
        let wallets = folder.appending(component: "wallets")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: wallets.path).first)
        try FileManager.default.copyItem(
            at: wallets.appending(component: name), to: wallets.appending(component: "old.json"))
        let (copy, copyText) = try await run(folder, config: config)
        #expect(copy == 14)
        #expect(copyText.contains("error: wallet\ncause: wallets/old.json holds the wallet 0x"), "\(copyText)")
        #expect(copyText.contains("whose file is wallets/\(name)\n"), "\(copyText)")
    }

    /// Starts a node, waits for a line of its log, and stops it; gives the whole log.
    private func log(of config: URL, until text: String) async throws -> String {
        let process = try CoordProcess(["run", "--config", config.path])
        #expect(
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                process.standardError.contains(text) || !process.isRunning
            })
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: 60) == 0, "\(process.standardError)")
        return process.standardError
    }

    private func modes(in folder: URL) throws -> [String: Int] {
        var modes: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
            modes[name] = attributes[.posixPermissions] as? Int
        }
        return modes
    }

    @Test(
        "Whatever the umask of the caller, the node makes files with mode 0600 and folders with 0700",
        arguments: [0, 0o077, 0o777])
    func modes(mask: UInt32) async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasPrefix("coord.db") || ["run", "lock"].contains(name) {
            try FileManager.default.removeItem(at: folder.appending(component: name))
        }
        let before = umask(mask)
        let process: CoordProcess
        do {
            defer { umask(before) }
            process = try CoordProcess(["run", "--config", folder.appending(component: "coord.toml").path])
        }
        let anchor = folder.appending(components: "run", "anchor").path
        #expect(
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                FileManager.default.fileExists(atPath: anchor) || !process.isRunning
            })
        let found = try modes(in: folder)
        for name in ["coord.db", "coord.db-wal", "coord.db-shm", "run/anchor", "lock"] {
            #expect(found[name] == 0o600, "\(name)")
        }
        #expect(found["run"] == 0o700)
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: 60) == 0, "\(process.standardError)")
    }

    @Test(
        "A directory without an operator's secrets, or with a part of them, is refused by the missing file; nothing is made"
    )
    func secretsMissing() async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let config = try String(contentsOf: folder.appending(component: "coord.toml"), encoding: .utf8)
        let elsewhere = config.replacingOccurrences(of: "directory = \".\"", with: "directory = \"new/data\"")
        let (nowhere, nowhereText) = try await run(folder, config: elsewhere)
        #expect(nowhere == 14)
        #expect(
            nowhereText.contains(
                "error: secrets\ncause: \(folder.path)/new/data/secrets/key is missing\nfix:   check "),
            "\(nowhereText)")
        #expect(!FileManager.default.fileExists(atPath: folder.appending(component: "new").path))

        let (other, otherText) = try await run(
            folder,
            config: config.replacingOccurrences(
                of: "[general]", with: "[general]\noperator_address = \"0x\(String(repeating: "11", count: 20))\""))
        #expect(other == 14)
        #expect(otherText.contains("cause: general.operator_address is 0x1111"), "\(otherText)")

        for name in ["operator-key.0", "key"] {
            let file = folder.appending(components: "secrets", name)
            let bytes = try Data(contentsOf: file)
            try FileManager.default.removeItem(at: file)
            let before = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/secrets").sorted()
            let (code, text) = try await run(folder, config: config)
            #expect(code == 14)
            #expect(text.contains("error: secrets\ncause: \(folder.path)/secrets/\(name) is missing\n"), "\(text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/secrets").sorted() == before)
            try bytes.write(to: file)
            #expect(chmod(file.path, 0o600) == 0)
        }
    }

    @Test("A node that starts with a halted wallet says so, with the cause")
    func haltedWallet() async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.appending(component: "wallets").path).first)
        let wallet = try WalletPublicKeyHash(hex: name.replacing(".json", with: ""))
        do {
            let store = try LedgerStore(
                path: folder.appending(component: "coord.db").path,
                anchor: folder.appending(components: "run", "anchor").path, journalBlocks: 10)
            let cursor = try await store.start().cursor ?? BlockReference(number: BlockNumber(20), hash: .zero)
            _ = try await store.commit(
                LedgerTransaction(cursor: cursor, events: [.halted(wallet, reason: "duplicate_identity")]))
        }
        let log = try await log(of: folder.appending(component: "coord.toml"), until: "starting")
        let line = try #require(log.split(separator: "\n").first { $0.contains("reason=wallet.halted") }, "\(log)")
        #expect(line.contains(" warning coord: a wallet is halted cause=duplicate_identity "), "\(line)")
        #expect(line.contains("wallet=\(wallet)"), "\(line)")
    }

    @Test("A node without a wallet runs and says so once; a hidden file in wallets/ is none, and disturbs none")
    func noWallets() async throws {
        let folder = try await OperatorFolder.made()
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let config = folder.appending(component: "coord.toml")
        let wallets = folder.appending(component: "wallets")
        try Data("{".utf8).write(to: wallets.appending(component: ".wallet.json"))
        let with = try await log(of: config, until: "starting")
        #expect(with.contains("wallets=1") && !with.contains("wallet.none"), "\(with)")
        for name in try FileManager.default.contentsOfDirectory(atPath: wallets.path) where !name.hasPrefix(".") {
            try FileManager.default.removeItem(at: wallets.appending(component: name))
        }
        let without = try await log(of: config, until: "starting")
        #expect(without.contains("wallets=0"), "\(without)")
        #expect(without.split(separator: "\n").count { $0.contains("reason=wallet.none") } == 1, "\(without)")
    }
}
