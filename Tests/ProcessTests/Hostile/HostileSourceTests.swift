import Coordination
import Foundation
import Node
import Primitives
import Testing

/// Sources that say what is not so, or nothing, or too much.
@Suite(.serialized) struct HostileSourceTests {
    private static let modes = [
        "lie", "stall", "drip", "huge", "deep", "401", "429", "503", "id", "types", "empty", "reset",
    ]

    /// How the two sources are bad at a time: each in another way.
    private static let pairs =
        HostileSize.isFull
        ? modes.indices.map { (host: modes[$0], core: modes[($0 + 5) % modes.count]) }
        : [("lie", "drip"), ("huge", "401"), ("503", "deep"), ("types", "id")]

    @Test("A node whose sources go bad in every way lives and takes part again; the others' windows go on")
    func bad() async throws {
        let (host, core) = (try ToolProcess("bad_source.py"), try ToolProcess("bad_source.py"))
        defer {
            host.stop()
            core.stop()
        }
        try await HostileNetwork.run(
            arrange: { number, places in
                guard number == 5 else { return }
                try host.command(["mode": "lie", "upstream": places.host])
                try core.command(["mode": "well", "upstream": places.core])
                places.host = try #require(host.about["url"] as? String)
                places.core = try #require(core.about["url"] as? String)
            },
            settle: {
                $0.replacingOccurrences(of: "requests_per_second", with: "timeout_ms = 2000\nrequests_per_second")
            }
        ) { network in
            let victim = network.nodes[4]
            let first = await network.nextWindows(1)
            for (mode, coreMode) in Self.pairs {
                try host.command(["mode": mode])
                try core.command(["mode": coreMode])
                var met = 0
                for _ in 0..<40 where met == 0 {
                    try await network.pass(0.3)
                    met = try host.command(["mode": mode])["answered"] as? Int ?? 0
                }
                #expect(met > 0, "the node met \(mode)")
                try await network.pass(HostileSize.pick(short: 0.2, full: 10))
                #expect(victim.isRunning, "the node ends with \(mode): \(victim.log.suffix(1_000))")
            }
            try host.command(["mode": "well"])
            try core.command(["mode": "well"])
            // A question under way, and a wait before the next, are over within a window.
            try await network.pass(8)
            let last = await network.nextWindows(1)
            let during = network.windows(from: first[0], before: last[0])
            try await network.expect(during, executedBy: network.others(than: victim))
            try await network.expect(last, executedBy: network.nodes)
            // Each reason is said once in a spell, and only by the node whose source is bad.
            let said = victim.log.split(separator: "\n").filter { $0.contains("reason=source.") }
            #expect((1...4 * Self.pairs.count).contains(said.count), "\(said.joined(separator: "\n"))")
            for node in network.others(than: victim) { #expect(!node.log.contains("reason=source."), "\(node.log)") }
            try await network.expectSound(below: 100, allows: { $0.culprit == victim.address })
        }
    }
}
