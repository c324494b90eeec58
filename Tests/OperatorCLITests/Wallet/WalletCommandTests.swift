import ArgumentParser
import Coordination
import Foundation
import Ledger
import Node
import Primitives
import TestKit
import Testing

@testable import OperatorCLI
@testable import Program

/// `coord wallet resume` on a data directory whose node does not run.
@Suite struct WalletCommandTests {
    private let directory: DataDirectory
    private static let wallets = [UInt8(1), 2, 3].map { WalletPublicKeyHash(hash160([$0])) }

    init() throws { directory = try DataDirectory() }

    private func halted() async throws -> [WalletPublicKeyHash: RuleID] {
        try await directory.store().entries(from: 1).reduce(into: LedgerState()) {
            $0.apply(try LedgerEvent(decoding: $1.body), at: $1.block)
        }.halted
    }

    private func run(_ names: [String]) async throws {
        try await WalletResumeCommand.parse(names + ["--config", directory.configuration]).run()
    }

    private func haltTwo() async throws {
        let cursor = BlockReference(number: BlockNumber(30), hash: .zero)
        let events = Self.wallets.prefix(2).map { LedgerEvent.halted($0, reason: HaltReason.duplicateIdentity.id) }
        _ = try await directory.store().commit(LedgerTransaction(cursor: cursor, events: events))
    }

    @Test("The wallets that are named go on, the others stay as they are, and the cursor does not move")
    func resume() async throws {
        try await haltTwo()
        try await run([Self.wallets[1].description, Self.wallets[1].description])
        #expect(try await halted() == [Self.wallets[0]: HaltReason.duplicateIdentity.id])
        #expect(try await directory.store().start().cursor?.number == BlockNumber(30))
    }

    @Test("A wallet that this node does not hold is told with those that it holds, and then none goes on")
    func unknown() async throws {
        try await haltTwo()
        let held = try directory.hold()
        let failure = try #require(
            await #expect(throws: CommandFailure.self) {
                try await run([Self.wallets[0].description, Self.wallets[2].description])
            })
        #expect(failure.reason == "wallet.unknown")
        #expect(failure.exitCode == 3)
        #expect(failure.cause.contains(Self.wallets[2].description))
        #expect(failure.fix == "it holds \(held)")
        #expect(try await halted().count == 2)
    }

    @Test("A wallet that is not halted is told with those that are, and then none goes on")
    func notHalted() async throws {
        try await haltTwo()
        let held = try directory.hold()
        let failure = try #require(
            await #expect(throws: CommandFailure.self) {
                try await run([Self.wallets[0].description, held.description])
            })
        #expect(failure.reason == "wallet.not_halted")
        #expect(failure.exitCode == 3)
        #expect(failure.fix.contains(Self.wallets[0].description))
        #expect(try await halted().count == 2)
    }

    @Test("A wrong hash is wrong usage, and a directory without a ledger stays without one")
    func nothing() async throws {
        let usage = try #require(await #expect(throws: CommandFailure.self) { try await run(["0x12"]) })
        #expect(usage.reason == "hex")
        let failure = try #require(
            await #expect(throws: CommandFailure.self) { try await run([Self.wallets[0].description]) })
        #expect(failure.reason == "store")
        #expect(failure.exitCode == 12)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["coord.toml"])
    }

    @Test(
        "A command that only groups others is wrong usage without one of them", arguments: [[], ["wallet"], ["window"]])
    func groups(line: [String]) async {
        #expect(await CoordCommand.main(arguments: line) == 3)
        #expect(await CoordCommand.main(arguments: line + ["--help"]) == 0)
    }
}
