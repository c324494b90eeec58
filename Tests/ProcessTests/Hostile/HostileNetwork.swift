import ChainModels
import Coordination
import Daemon
import DevNet
import Foundation
import Ledger
import Logging
import Node
import Primitives
import Secp256k1
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import OperatorCLI

/// A network of `coord run` processes around two chains in this process, to be attacked from outside.
final class HostileNetwork {
    /// Where one operator finds what it talks to; the tests put their own between.
    struct Places {
        var host: String
        var core: String
        /// The port that stands for each operator's in the `bootstrap` of this one, in the operators' order.
        var ports: [Int]
    }

    static let blockMilliseconds = 400
    /// What passes after a window's last block before its action must be over.
    private static let lateBlocks: UInt64 = 24

    let nodes: [HostileNode]
    /// The wallets that the chains know.
    let wallets: [DevNetWallet]
    let chains: DevNetChains

    private init(nodes: [HostileNode], wallets: [DevNetWallet], chains: DevNetChains) {
        self.nodes = nodes
        self.wallets = wallets
        self.chains = chains
    }

    /// The first wallet, which its operators hold from the start.
    var group: SigningGroup { wallets[0].group }

    /// Five operators, and a wallet for each list of their numbers, of which three sign. They hold the first from the start. `arrange` may change an operator's places, and `settle` its configuration.
    /// Nothing is left running or on disk when `body` returns or throws.
    static func run(
        wallets held: [[Int]] = [[1, 2, 3, 4, 5]],
        prepare: (URL) throws -> Void = { _ in },
        arrange: (Int, inout Places) throws -> Void = { _, _ in }, settle: (String) -> String = { $0 },
        _ body: (HostileNetwork) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(component: "hostile-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let operators = (1...5).map {
            DevNetOperator(number: $0, directory: directory.appending(component: "operator-\($0)"))
        }
        for member in operators {
            try FileManager.default.createDirectory(at: member.directory, withIntermediateDirectories: true)
            try prepare(member.directory)
        }
        let wallets = try held.map { numbers in
            try DevNetWallet(
                operators: numbers.map { operators[$0 - 1].address }, seats: numbers.count, threshold: 3)
        }
        let chains = DevNetChains(
            wallets: wallets.map(\.identity), time: UInt64(Date().timeIntervalSince1970) - 1_000)
        let listen = try FreePorts.pick(5)
        let nodes = zip(operators, listen).map { HostileNode(member: $0, port: $1) }
        let network = HostileNetwork(nodes: nodes, wallets: wallets, chains: chains)

        var logger = Logger(label: "hostile")
        logger.logLevel = .critical
        let (ports, port) = AsyncStream.makeStream(of: (isHost: Bool, port: Int).self)
        let host = RPCServer(logger: logger, bound: { port.yield((true, $0)) }) {
            method, parameters throws(RPCError) in try await chains.ethereum(method, parameters)
        }
        let core = RPCServer(logger: logger, bound: { port.yield((false, $0)) }) {
            method, parameters throws(RPCError) in try await chains.core(method, parameters)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await host.run() }
            tasks.addTask { try await core.run() }
            var bound = ports.makeAsyncIterator()
            var urls: [Bool: String] = [:]
            while urls.count < 2, let server = await bound.next() {
                urls[server.isHost] = "http://127.0.0.1:\(server.port)"
            }
            for node in nodes {
                var places = Places(host: urls[true] ?? "", core: urls[false] ?? "", ports: listen)
                try arrange(node.member.number, &places)
                let configuration = DevNetConfiguration(
                    chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, validator: DevNetChains.validator,
                    hostURL: places.host, coreURL: places.core, pollMilliseconds: 100, blockSeconds: 1,
                    members: Array(zip(operators.map(\.address), places.ports)))
                try node.member.begin()
                try node.member.hold(wallets.prefix(1).filter { $0.group.operators.contains(node.address) })
                try node.member.write(configuration: settle(configuration.file(port: node.port)))
            }
            defer { for node in nodes { node.signal(SIGKILL) } }
            for node in nodes { try node.start() }
            try await network.haveBegun()
            tasks.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(blockMilliseconds))
                    await chains.tickHost()
                }
            }
            tasks.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(2 * blockMilliseconds))
                    await chains.tickBitcoin()
                }
            }
            try await body(network)
        }
    }

    /// Every other operator.
    func others(than node: HostileNode) -> [HostileNode] { nodes.filter { $0 !== node } }

    /// The host chain's head.
    var head: BlockNumber { get async { await chains.host.head.block.number } }

    /// Reads every ledger and looks at every process.
    func look() async {
        for node in nodes {
            await node.ledger.read()
            node.measure()
        }
    }

    /// Goes on looking for so long.
    func pass(_ seconds: Double) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            await look()
            try await Task.sleep(for: .milliseconds(100))
        }
        await look()
    }

    private func haveBegun() async throws {
        let begun = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
            await look()
            for node in nodes { try #require(node.isRunning, "a node ended at its start: \(node.log.suffix(1_000))") }
            return nodes.allSatisfy { !$0.ledger.events.isEmpty }
        }
        try #require(begun, "a node did not start")
    }
}
