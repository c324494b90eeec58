import Coordination
import DevNet
import Foundation
import Node
import Primitives
import TestKit
import Testing

/// A member that sends as much as it can.
@Suite(.serialized) struct HostileMemberTests {
    /// The limits of a node by default, as operators run it; devnet's own are higher.
    private static func asByDefault(_ configuration: String) -> String {
        configuration.replacingOccurrences(of: "messages_per_second = 1000\n", with: "")
    }

    @Test("A member that floods by well-formed messages of every kind, over one link and a thousand, stops no window")
    func flood() async throws {
        try await HostileNetwork.run(settle: Self.asByDefault) { network in
            let liar = network.nodes[4]
            let honest = network.others(than: liar)
            try await network.expect(
                await network.nextWindows(HostileSize.pick(short: 1, full: 3)), executedBy: network.nodes)
            try await liar.stop()
            let before = honest.map { (bytes: $0.storeBytes, events: $0.ledger.events.count) }
            let first = await network.nextWindows(1)[0]
            let member = try HostileMember(liar.member)
            var messages = HostileMessages(liar.member, in: network.group, seed: 15)
            try await floodOneLink(member, &messages, honest, network)
            for node in honest { #expect(node.lines(of: "link.rate", about: liar.address) == 1, "\(node.log)") }
            try await floodManyLinks(member, &messages, honest, network)

            let last = await network.nextWindows(1)[0]
            let during = network.windows(from: first, before: last)
            let led = network.windows(during, ledBy: liar.address)
            #expect(led.count < during.count)
            try await network.expect(during.filter { !led.contains($0) } + [last], executedBy: honest)
            // What the liar led may be lost, and is over at everybody.
            for window in led {
                let outcomes = honest.map { network.outcomes(at: $0)[window]?.code ?? "nothing" }
                print("hostile: window \(window), led by the member that floods: \(outcomes)")
                #expect(!outcomes.contains("nothing"), "window \(window)")
            }
            for (node, before) in zip(honest, before) {
                let (bytes, events) = (node.storeBytes - before.bytes, node.ledger.events.count - before.events)
                print("hostile: \(during.count) windows, store +\(bytes >> 10) KiB, ledger +\(events) events")
                #expect(bytes < HostileSize.mostStoreBytes, "operator \(node.number): its store grew")
                #expect(
                    events < HostileSize.mostEvents * (during.count + 1), "operator \(node.number): its ledger grew")
                // Each reason once in a spell; the faults are the ledger's.
                let lines = node.lines(about: liar.address).filter {
                    $0.contains("a member's link: ") && $0.contains(" reason=")
                }
                let reasons = Set(lines.map { $0.split(separator: " ").first { $0.hasPrefix("reason=") } })
                #expect(lines.count == reasons.count, "operator \(node.number): \(lines)")
            }
            try await network.expectSound(but: liar.address, below: 100)
        }
    }

    /// Floods every node over one link each, with ever new messages.
    private func floodOneLink(
        _ member: HostileMember, _ messages: inout HostileMessages, _ honest: [HostileNode], _ network: HostileNetwork
    ) async throws {
        let supply = HostileSupply()
        supply.frames = await messages.frames(of: await network.scene)
        let seconds = HostileSize.pick(short: 12, full: 60)
        try await withThrowingTaskGroup(of: HostileMember.Flood.self) { tasks in
            for port in honest.map(\.port) {
                tasks.addTask { try await member.flood(port, with: supply, for: .seconds(seconds)) }
            }
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end {
                try await network.pass(2)
                supply.frames = await messages.frames(of: await network.scene)
            }
            for try await flood in tasks {
                print("hostile: one link: \(flood)")
                #expect(flood.isAdmitted && flood.isOpen, "its messages are no reason to hang up: \(flood)")
                #expect(flood.sent < 3 * seconds * 1_048_576, "who sends 4 MiB/s is slowed: \(flood)")
            }
        }
    }

    /// Floods every node over one link after another, until so many were let in.
    private func floodManyLinks(
        _ member: HostileMember, _ messages: inout HostileMessages, _ honest: [HostileNode], _ network: HostileNetwork
    ) async throws {
        let wanted = HostileSize.pick(short: 16, full: 1_000)
        let supply = HostileSupply()
        var (tried, admitted) = (0, 0)
        while admitted < wanted, tried < 4 * wanted {
            supply.frames = await messages.frames(of: await network.scene)
            await withTaskGroup(of: Bool.self) { tasks in
                for port in honest.map(\.port) {
                    // A node may refuse a member that links this often, and hang up in the handshake.
                    tasks.addTask {
                        (try? await member.flood(port, with: supply, for: .milliseconds(700)))?.isAdmitted ?? false
                    }
                }
                for await isAdmitted in tasks {
                    tried += 1
                    admitted += isAdmitted ? 1 : 0
                }
            }
            await network.look()
        }
        print("hostile: links tried \(tried), admitted \(admitted)")
        #expect(admitted >= wanted, "of \(tried) links")
    }

    @Test("A member that sends bytes that are no message is shut out for a while, which is one line")
    func malformed() async throws {
        try await HostileNetwork.run { network in
            let liar = network.nodes[4]
            let honest = network.others(than: liar)
            let member = try HostileMember(liar.member)
            try await liar.stop()
            var random = SeededGenerator(seed: 16)
            let first = await network.nextWindows(1)[0]
            let supply = HostileSupply()
            for _ in 0..<HostileSize.pick(short: 1, full: 5) {
                for bytes in HostileMember.noFrames {
                    supply.frames = member.nonsense(random: &random) + [bytes]
                    await withDiscardingTaskGroup { tasks in
                        for port in honest.map(\.port) {
                            tasks.addTask { _ = try? await member.flood(port, with: supply, for: .seconds(1)) }
                        }
                    }
                    try await network.pass(1)
                }
            }
            for node in honest {
                #expect(node.lines(of: "link.malformed_frames", about: liar.address) == 1, "\(node.log.suffix(2_000))")
            }
            let last = await network.nextWindows(1)
            let during = network.windows(from: first, before: last[0])
            try await network.expect(during + last, executedBy: honest)
            try await network.expectSound(but: liar.address, below: 90)
        }
    }
}
