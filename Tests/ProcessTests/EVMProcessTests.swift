import Bitcoin
import Coordination
import Daemon
import DevNet
import Foundation
import Logging
import Node
import Peers
import Primitives
import Secp256k1
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import OperatorCLI

/// Five processes of `coord run` on a real EVM. When the redemption is paid, the fifth is stopped, and its key lies.
@Suite(.serialized) struct EVMProcessTests {
    private static let window: UInt64 = 24
    /// Windows within which each story must have happened; the liar may propose in three of five.
    private static let mostWindows: UInt64 = 12

    @Test("A redemption is paid; an invalid one is refused by every follower with the validator's own words")
    func realEVM() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: "evm-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let operators = (1...5).map {
            DevNetOperator(number: $0, directory: directory.appending(component: "operator-\($0)"))
        }
        let wallet = try DevNetWallet(operators: operators.map(\.address), seats: 5, threshold: 3)
        let (identity, group) = (wallet.identity, wallet.group)
        let bitcoin = DevNetChains(wallets: [identity], time: UInt64(Date().timeIntervalSince1970) - 1_000)

        let evm = try ToolProcess("evm_bridge.py", ["--chain-id", String(DevNetChains.chainID)])
        defer { evm.stop() }
        try evm.command([
            "do": "register", "wallet": identity.hash.description, "walletID": Hash32.zero.description,
            "mainUtxo": [
                bitcoin.funding[0].outPoint.txid.hash.description, bitcoin.funding[0].outPoint.index,
                bitcoin.funding[0].output.value.rawValue,
            ] as [Any],
        ])
        let redeemer = Script.p2wpkh(hash160(Bytes("redeemer".utf8)))
        try evm.command([
            "do": "request", "wallet": identity.hash.description, "script": redeemer.bytes.prefixedHex,
            "amount": 1_000_000,
        ])

        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = RPCServer(logger: logger, bound: { port.yield($0) }) { method, parameters throws(RPCError) in
            try await bitcoin.core(method, parameters)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await server.run() }
            tasks.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(800))
                    await bitcoin.tickBitcoin()
                }
            }
            var bound = ports.makeAsyncIterator()
            let core = try #require(await bound.next())
            let listen = try FreePorts.pick(5)
            let bridge = try EthereumAddress(hex: try #require(evm.about["bridge"] as? String))
            let configuration = DevNetConfiguration(
                chainID: DevNetChains.chainID, bridge: bridge,
                validator: try EthereumAddress(hex: try #require(evm.about["validator"] as? String)),
                hostURL: try #require(evm.about["url"] as? String), coreURL: "http://127.0.0.1:\(core)",
                pollMilliseconds: 100, blockSeconds: 1, members: Array(zip(operators.map(\.address), listen)))
            for (member, port) in zip(operators, listen) {
                try member.begin()
                try member.hold([wallet])
                try member.write(configuration: configuration.file(port: port))
            }
            let processes = try operators.map { try CoordProcess(["run", "--config", $0.configurationFile.path]) }
            defer { for process in processes { process.signal(SIGKILL) } }
            let ledgers = operators.map { LedgerWatch(path: $0.ledgerFile.path) }
            try evm.command(["do": "interval", "seconds": 0.4])
            var deadline = Date(timeIntervalSinceNow: Double(Self.mostWindows * Self.window) * 0.4 + 60)
            while !ledgers.allSatisfy({ $0.paid != nil }), Date() < deadline {
                try await Task.sleep(for: .milliseconds(200))
                for ledger in ledgers { await ledger.read() }
            }
            for (ledger, process) in zip(ledgers, processes) {
                try #require(
                    ledger.paid != nil, "no redemption was executed:\n\(process.standardError.suffix(2_000))")
            }
            let paid = try #require(ledgers[0].paid)
            #expect(try #require(paid.signedTransaction).outputs.contains { $0.script == redeemer })
            #expect(Set(ledgers.map { $0.paid?.signedTransaction?.txid }) == [paid.signedTransaction?.txid])
            let funding = bitcoin.funding[0].output
            let spend = ConsensusOracle.Spend(
                try #require(paid.signedBytes).hex, spending: [(funding.script.bytes.hex, funding.value.rawValue)])
            #expect(try ConsensusOracle.refusals(of: [spend]) == [])
            #expect(ledgers.flatMap(\.faults).isEmpty, "nobody is blamed")
            try evm.command(try completion(of: paid, wallet: identity))

            processes[4].signal(SIGTERM)
            #expect(try await processes[4].exitCode(within: 60) == 0)
            var profile = ProtocolProfile.devnet
            profile.bridge = bridge
            profile.proposalValidator = try EthereumAddress(hex: try #require(evm.about["validator"] as? String))
            let liar = try Liar(
                member: operators[4], port: listen[4], group: group, profile: profile,
                endpoints: Dictionary(uniqueKeysWithValues: zip(operators.dropLast().map(\.address), listen)),
                logger: logger)
            tasks.addTask { try await liar.run() }
            deadline = Date(timeIntervalSinceNow: Double(Self.mostWindows * Self.window) * 0.4 + 60)
            let followers = Array(zip(ledgers, processes).dropLast())
            while !followers.allSatisfy({ $0.0.refusal != nil }), Date() < deadline {
                try await Task.sleep(for: .milliseconds(200))
                for (ledger, _) in followers { await ledger.read() }
                for case .windowSeeded(let key, let hash) in ledgers[0].events {
                    await liar.propose(key, seedHash: hash)
                }
            }
            for (ledger, _) in followers {
                #expect(ledger.refusal == "Not a pending redemption request")
                #expect(ledger.faults.contains { $0.kind == .leaderMistake && $0.culprit == operators[4].address })
                #expect(ledger.faults.allSatisfy { $0.culprit == operators[4].address }, "no honest operator is blamed")
            }
            for (_, process) in followers { process.signal(SIGTERM) }
            for (_, process) in followers { #expect(try await process.exitCode(within: 60) == 0) }
        }
    }
}

extension EVMProcessTests {
    /// What the proof of a redemption does at the bridge: its request is gone, its change is the main UTXO.
    private func completion(of record: ActionRecord, wallet: WalletIdentity) throws -> [String: Any] {
        let transaction = try #require(record.signedTransaction)
        let index = try #require(transaction.outputs.firstIndex { $0.script == wallet.outputScript })
        return [
            "do": "complete", "wallet": wallet.hash.description, "transaction": transaction.txid.hash.description,
            "scripts": transaction.outputs.filter { $0.script != wallet.outputScript }.map(\.script.bytes.prefixedHex),
            "mainUtxo": [
                transaction.txid.hash.description, index, transaction.outputs[index].value.rawValue,
            ] as [Any],
        ]
    }
}

extension LedgerWatch {
    /// The record of a redemption whose window ended as executed.
    fileprivate var paid: ActionRecord? {
        let executed = events.compactMap { event -> BlockNumber? in
            guard case .ended(let key, .executed) = event else { return nil }
            return key.coordinationBlock
        }
        return events.compactMap { if case .record(let record) = $0 { record } else { nil } }
            .last { $0.action == .redemption && $0.signedBytes != nil && executed.contains($0.coordinationBlock) }
    }

    /// What our reject says that the validator said.
    fileprivate var refusal: String? {
        events.compactMap { event -> String? in
            guard case .rejected(_, .invalid, let raw) = event, let envelope = try? Envelope(decoding: raw),
                let verdict = try? Verdict(decoding: envelope.payload),
                case .reject("redemption.not_pending", _, let found) = verdict.answer
            else { return nil }
            return String(decoding: found, as: UTF8.self)
        }.first
    }
}

/// An operator that proposes a redemption which nobody asked for, whenever it may propose.
private actor Liar {
    private let member: DevNetOperator
    private let group: SigningGroup
    private let profile: ProtocolProfile
    private let peers: PeerService
    private var done: Set<WindowKey> = []

    init(
        member: DevNetOperator, port: Int, group: SigningGroup, profile: ProtocolProfile,
        endpoints: [EthereumAddress: Int], logger: Logger
    ) throws {
        self.member = member
        self.group = group
        self.profile = profile
        peers = try PeerService(
            configuration: PeersConfiguration(
                listen: .init(host: "127.0.0.1", port: port),
                members: Set(endpoints.keys), bootstrap: endpoints.mapValues { .init(host: "127.0.0.1", port: $0) }),
            me: member.address, logger: logger,
            certificate: { try PeerCertificate(operatorKey: member.key, now: $0) },
            hello: {
                Hello(
                    chainID: DevNetChains.chainID, bridge: profile.bridge, profile: profile.digest,
                    bootNonce: Bytes(repeating: 9, count: 16), clock: 0, build: "liar")
            })
    }

    nonisolated func run() async throws { try await peers.run() }

    func propose(_ key: WindowKey, seedHash: Hash32) async {
        guard !done.contains(key),
            let window = CoordinationWindow(openedBy: key.coordinationBlock, profile: profile)
        else { return }
        let election = Election(
            wallet: group.wallet, safeBlockHash: seedHash, window: window.index, operators: group.operators,
            profile: profile)
        guard election.place(of: member.address) != nil else { return }
        done.insert(key)
        let payload = Proposal.redemption(
            scripts: [Script.p2wpkh(hash160(Bytes("nobody".utf8))).bytes], fee: 2_000
        ).encoded
        let envelope = Envelope(
            Envelope.Content(
                domain: Domain(chainID: DevNetChains.chainID, profile: profile), wallet: group.wallet,
                coordinationBlock: key.coordinationBlock, seat: group.lowestSeat(of: member.address) ?? .none,
                kind: .proposal, payload: payload), sign: { member.key.signRecoverable($0.signingHash) })
        for peer in group.operators where peer != member.address {
            _ = await peers.send(envelope.encoded, .agreement, to: peer)
        }
    }
}
