import Foundation
import Primitives
import TestKit
import Testing

/// A member that sends as much as it can.
@Suite(.serialized) struct HostileMemberTests {
    @Test("A member that floods by every kind, over one link and over many, stops no window and nobody's node")
    func flood() async throws {
        try await HostileNetwork.run { network in
            let liar = network.nodes[4]
            let honest = network.others(than: liar)
            let member = try HostileMember(liar.member, in: network.group)
            try await liar.stop()
            var random = SeededGenerator(seed: 15)
            let first = await network.nextWindows(2)
            let frames = member.messages(first, random: &random) + member.nonsense(random: &random)
            let ports = honest.map(\.port)

            let seconds = HostileSize.pick(short: 6, full: 40)
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for port in ports {
                    tasks.addTask { try await member.flood(port, with: frames, for: .seconds(seconds)) }
                }
                try await network.pass(Double(seconds))
                for try await sent in tasks { #expect(sent > 0) }
            }
            for _ in 0..<HostileSize.pick(short: 15, full: 250) {
                await withTaskGroup(of: Void.self) { tasks in
                    for (index, port) in ports.enumerated() {
                        let burst = Array(frames.shuffled(using: &random).prefix(40)) + [HostileMember.noFrames[index]]
                        // A node may refuse a member that links this often.
                        tasks.addTask { _ = try? await member.flood(port, with: burst, for: .milliseconds(200)) }
                    }
                }
                await network.look()
            }
            let last = await network.nextWindows(1)
            try await network.expect(
                network.windows(from: first[0], before: last[0]) + last, executedBy: honest)
            try await network.expectSound(charges: false, but: liar.address)
        }
    }
}
