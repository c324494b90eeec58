import Coordination
import Foundation
import Node
import Primitives
import TestKit
import Testing

/// `coord devnet` as a user runs it: five operators, each a process of its own, over real TLS and real JSON-RPC.
@Suite(.serialized) struct DevNetProcessTests {
    private struct Window: Decodable {
        struct Verdict: Decodable {
            let `operator`: String
            let verdict: String
            let rule: String?
        }

        struct Output: Codable {
            let scriptPubKey: String
            let amount: UInt64
        }

        let schema: Int
        let window: Int
        let coordinationBlock: Int
        let safeBlockHash: String
        let wallet: String
        let profile: String
        let seats: [String]
        let seed: String
        let leader: String
        let leaderOrder: [String]
        let reserves: [String]
        let proposer: String?
        let checklist: [String]
        let action: String
        let verdicts: [Verdict]
        let outcome: String
        let txid: String?
        let rawTransaction: String?
        let spentOutputs: [Output]
    }

    private struct Leader: Decodable {
        let seed: String
        let leader: String
        let leaderOrder: [String]
        let reserves: [String]
        let checklist: [String]
    }

    private static let keys: Set<String> = [
        "schema", "window", "coordinationBlock", "safeBlockHash", "wallet", "profile", "seats", "seed", "leader",
        "leaderOrder", "reserves", "proposer", "checklist", "action", "verdicts", "outcome", "txid", "rawTransaction",
        "spentOutputs",
    ]

    /// A window of the second operator as a file, which says what the network said of it.
    private func export(_ window: Window, from directory: URL) async throws {
        let file = directory.appending(component: "window.bundle")
        let config = directory.appending(components: "operator-2", "coord.toml").path
        let block = String(window.coordinationBlock)
        let export = try CoordProcess(["window", "export", "--config", config, "--block", block, "--out", file.path])
        #expect(try await export.exitCode(within: 60) == 0, "\(export.standardError)")
        let bundle = try WindowBundle(decoding: Bytes(try Data(contentsOf: file)))
        #expect(bundle.window.wallet.description == window.wallet)
        #expect(bundle.wallets.first?.seats.map(\.description) == window.seats)
        let told = bundle.lines.filter { line in
            guard case .told? = try? JournalStep(decoding: line.body) else { return false }
            return true
        }
        #expect(told.count > 50)
        let ahead = try CoordProcess(["window", "export", "--config", config, "--block", "2400", "--out", file.path])
        #expect(try await ahead.exitCode(within: 60) == 3)
        #expect(ahead.standardError.contains("export.window"))
    }

    @Test("Windows are agreed, signed and paid; every transaction is valid by Bitcoin Core's own consensus code")
    func windows() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: "net-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = try CoordProcess([
            "devnet", "--windows", "3", "--json", "--block-ms", "400", "--dir", directory.path,
        ])
        #expect(try await process.exitCode(within: 180) == 0)
        let lines = process.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.count == 3, "\(process.standardError)")
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(Set(try #require(object).keys) == Self.keys)
        }
        let windows = try lines.map { try JSONDecoder().decode(Window.self, from: Data($0.utf8)) }
        #expect(windows.map(\.window) == [1, 2, 3])
        #expect(windows.map(\.coordinationBlock) == [24, 48, 72])
        #expect(windows.map(\.action) == ["redemption", "heartbeat", "redemption"])
        #expect(windows.map(\.outcome) == ["executed", "executed", "executed"])
        var spent: Set<String> = []
        for window in windows {
            #expect(window.schema == 1 && window.profile == "devnet")
            #expect(window.seats.count == 5 && window.verdicts.count == 5)
            #expect(window.verdicts.count { $0.verdict == "accept" } >= 3)
            try await expectElection(of: window)
            guard window.action == "redemption" else {
                #expect(window.txid == nil && window.rawTransaction == nil && window.spentOutputs.isEmpty)
                continue
            }
            let transaction = try #require(window.rawTransaction)
            #expect(try #require(window.txid).count == 64)
            #expect(spent.insert(transaction).inserted)
            #expect(window.spentOutputs.count == 1)
            let spend = ConsensusOracle.Spend(
                String(transaction.dropFirst(2)),
                spending: window.spentOutputs.map { (String($0.scriptPubKey.dropFirst(2)), $0.amount) })
            #expect(try ConsensusOracle.refusals(of: [spend]) == [])
        }
        try await export(windows[1], from: directory)
        for window in windows.prefix(2) { try await replay(window, from: directory) }
    }

    /// A window of every operator, whoever led it, is played again from its file bit for bit; no secret is left to read.
    private func replay(_ window: Window, from directory: URL) async throws {
        let block = String(window.coordinationBlock)
        for number in 1...5 {
            let file = directory.appending(component: "window-\(number)-\(block).bundle")
            let config = directory.appending(components: "operator-\(number)", "coord.toml").path
            let export = try CoordProcess([
                "window", "export", "--config", config, "--block", block, "--out", file.path,
            ])
            #expect(try await export.exitCode(within: 60) == 0, "\(export.standardError)")
            let replay = try CoordProcess(["replay", file.path], of: "coord-sim")
            #expect(try await replay.exitCode(within: 60) == 0, "\(replay.standardError)")
            let output = replay.standardOutput
            #expect(output.contains(", all equal"), "\(output)")
            #expect(output.contains("window \(block) of \(window.wallet): executed\n"), "\(output)")
            if number == 1 { try await doubt(file, window) }
        }
    }

    /// What an operator asks of a bundle, and what a bundle answers that somebody changed.
    private func doubt(_ file: URL, _ window: Window) async throws {
        let leader = window.leader
        let bundle = try WindowBundle(decoding: Bytes(try Data(contentsOf: file)))
        if bundle.me.description != leader {
            let silent = try CoordProcess(["replay", file.path, "--edit", "silent:\(leader)"], of: "coord-sim")
            #expect(try await silent.exitCode(within: 60) == 0, "\(silent.standardError)")
            #expect(silent.standardOutput.contains("charges \(leader.dropFirst(2).prefix(8)) with leader_idleness"))
            #expect(silent.standardOutput.contains("played otherwise: "))
        }
        let executed = LedgerEvent.ended(bundle.window, .executed).encoded
        let events = bundle.events.map { event in
            let body = event.body == executed ? LedgerEvent.ended(bundle.window, .noQuorum).encoded : event.body
            return WindowBundle.Event(sequence: event.sequence, block: event.block, body: body)
        }
        let changed = WindowBundle(
            build: bundle.build, window: bundle.window, me: bundle.me, chainID: bundle.chainID,
            finalDepth: bundle.finalDepth, blockMilliseconds: bundle.blockMilliseconds, profile: bundle.profile,
            wallets: bundle.wallets, before: bundle.before,
            lines: bundle.lines, events: events)
        try Data(changed.encoded).write(to: file)
        let otherwise = try CoordProcess(["replay", file.path, "--quiet"], of: "coord-sim")
        #expect(try await otherwise.exitCode(within: 60) == 12)
        #expect(otherwise.standardError.contains("replay.differs"), "\(otherwise.standardError)")
        #expect(otherwise.standardError.contains("ended no_quorum"), "\(otherwise.standardError)")
        try Data(bundle.encoded.dropLast(1000)).write(to: file)
        let cut = try CoordProcess(["replay", file.path], of: "coord-sim")
        #expect(try await cut.exitCode(within: 60) == 3)
        #expect(cut.standardError.contains("bundle.digest"), "\(cut.standardError)")
    }

    @Test("Three operators hold eight seats, of which five sign: each process loads the shares of its own")
    func severalSeats() async throws {
        let process = try CoordProcess([
            "devnet", "--windows", "1", "--json", "--block-ms", "400", "--operators", "3", "--seats", "8",
            "--threshold", "5",
        ])
        #expect(try await process.exitCode(within: 180) == 0, "\(process.standardError)")
        let line = try #require(process.standardOutput.split(separator: "\n").first, "\(process.standardError)")
        let window = try JSONDecoder().decode(Window.self, from: Data(line.utf8))
        #expect(window.seats.count == 8)
        #expect(Set(window.seats).map { seat in window.seats.count { $0 == seat } }.sorted() == [2, 3, 3])
        #expect(window.leaderOrder.sorted() == Set(window.seats).sorted())
        #expect(window.action == "redemption")
        #expect(window.outcome == "executed")
        let transaction = try #require(window.rawTransaction)
        let spend = ConsensusOracle.Spend(
            String(transaction.dropFirst(2)),
            spending: window.spentOutputs.map { (String($0.scriptPubKey.dropFirst(2)), $0.amount) })
        #expect(try ConsensusOracle.refusals(of: [spend]) == [])
    }

    @Test("The same operators hold three wallets: each has its own windows, in order, and every one is executed")
    func severalWallets() async throws {
        let process = try CoordProcess([
            "devnet", "--windows", "2", "--json", "--block-ms", "500", "--wallets", "3",
        ])
        #expect(try await process.exitCode(within: 180) == 0, "\(process.standardError)")
        let windows = try process.standardOutput.split(separator: "\n").map {
            try JSONDecoder().decode(Window.self, from: Data($0.utf8))
        }
        #expect(windows.count == 6, "\(process.standardError)")
        let byWallet = Dictionary(grouping: windows, by: \.wallet)
        #expect(byWallet.count == 3)
        for windows in byWallet.values {
            #expect(windows.map(\.window) == [1, 2])
            #expect(windows.map(\.action) == ["redemption", "heartbeat"])
            #expect(windows.map(\.outcome) == ["executed", "executed"])
        }
    }

    /// The election in a window's report is what `coord leader` says offline.
    private func expectElection(of window: Window) async throws {
        let process = try CoordProcess([
            "leader", "--wallet-hash", window.wallet, "--block-hash", window.safeBlockHash, "--block",
            String(window.coordinationBlock), "--seats", window.seats.joined(separator: ","), "--profile", "devnet",
            "--json",
        ])
        #expect(try await process.exitCode(within: 30) == 0)
        let leader = try JSONDecoder().decode(Leader.self, from: Data(process.standardOutput.utf8))
        #expect(leader.seed == window.seed && leader.leader == window.leader)
        #expect(leader.leaderOrder == window.leaderOrder && leader.reserves == window.reserves)
        #expect(leader.checklist == window.checklist)
    }

    @Test("A killed parent, or an interrupted one, leaves no operator behind", arguments: [SIGKILL, SIGINT, SIGTERM])
    func ends(signal: Int32) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: "devnet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = try CoordProcess(["devnet", "--dir", directory.path, "--operators", "3", "--threshold", "2"])
        let children = "run --config \(directory.path)"
        #expect(
            try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try CoordProcess.running(children).count == 3
            })
        process.signal(signal)
        let code = try await process.exitCode(within: 60)
        if signal != SIGKILL { #expect(code == 0, "\(process.standardError)") }
        #expect(
            try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try CoordProcess.running(children).isEmpty
            })
    }

    @Test("An operator that is killed ends the network, and the cause says by which signal; its files are private")
    func killedOperator() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: "devnet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = try CoordProcess(["devnet", "--dir", directory.path, "--operators", "2", "--threshold", "2"])
        let folder = directory.appending(component: "operator-2")
        #expect(
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                FileManager.default.fileExists(atPath: folder.appending(component: "coord.db").path)
            })
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let path = folder.appending(path: name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
        }
        let child = try #require(try CoordProcess.running("run --config \(folder.path)").first)
        #expect(kill(child, SIGKILL) == 0)
        #expect(try await process.exitCode(within: 60) == 1)
        #expect(
            process.standardError.contains(
                "error: devnet.operator\ncause: operator 2 was ended by signal 9 (Killed)"),
            "\(process.standardError)")
    }

    @Test("A folder that cannot be made is told with its reason, and is no wrong usage")
    func noFolder() async throws {
        let process = try CoordProcess(["devnet", "--dir", "/proc/x"])
        #expect(try await process.exitCode(within: 30) == 1)
        #expect(
            process.standardError.contains("error: devnet.directory\ncause: /proc/x cannot be made: "),
            "\(process.standardError)")
    }

    @Test(
        "Wrong usage is exit 3",
        arguments: [
            ["devnet", "--windows", "0"], ["devnet", "--operators", "x"], ["devnet", "--threshold", "9"],
            ["devnet", "--wallets", "0"], ["devnet", "--wallets", "101"], ["devnet", "--seats", "4"],
            ["devnet", "--seats", "256"],
            ["devnet", "--block-ms", "-1"],
            ["run", "--nonsense"], ["nonsense"],
        ])
    func usage(arguments: [String]) async throws {
        #expect(try await CoordProcess(arguments).exitCode(within: 30) == 3)
    }
}
