import Coordination
import Foundation
import Primitives
import Testing

/// Links that are torn, and a node that stands still.
@Suite(.serialized) struct HostileLinkTests {
    @Test("With every link torn every two seconds, windows are agreed and signed")
    func torn() async throws {
        let tool = try ToolProcess("torn_links.py")
        defer { tool.stop() }
        var ports: [Int] = []
        try await HostileNetwork.run(arrange: { _, places in
            if ports.isEmpty {
                for target in places.ports {
                    ports.append(try #require(try tool.command(["do": "listen", "target": target])["port"] as? Int))
                }
            }
            places.ports = ports
        }) { network in
            try tool.command(["do": "tear", "every": 2.0])
            let windows = await network.nextWindows(HostileSize.pick(short: 1, full: 6))
            try await network.expect(windows, executedBy: network.nodes)
            // It goes on until each node has seen five ends of each link, which takes ten seconds.
            func isSaid() -> Bool {
                network.nodes.allSatisfy { node in
                    network.others(than: node).allSatisfy { node.lines(of: "link.unstable", about: $0.address) > 0 }
                }
            }
            for _ in 0..<300 where !isSaid() { try await network.pass(0.1) }
            let torn = try tool.command(["do": "tear", "every": 0])["torn"] as? Int ?? 0
            #expect(torn > 20 * windows.count, "links were torn")
            for node in network.nodes {
                for other in network.others(than: node) {
                    #expect(node.lines(of: "link.unstable", about: other.address) == 1, "\(node.log.suffix(3_000))")
                }
            }
            try await network.expectSound(below: 90)
        }
    }

    @Test("A node that was stopped through a window charges nobody when it goes on, and takes part again")
    func slept() async throws {
        try await HostileNetwork.run { network in
            // By whom and in which windows nothing was led because the process stood still.
            var slept: [EthereumAddress: Set<BlockNumber>] = [:]
            for victim in network.nodes.suffix(HostileSize.pick(short: 1, full: 5)) {
                let windows = await network.nextWindows(1)
                while await network.head < windows[0] { try await network.pass(0.1) }
                victim.signal(SIGSTOP)
                try await network.pass(HostileSize.pick(short: 11, full: 15))
                victim.signal(SIGCONT)
                let woken = await network.head.adding(1)
                slept[victim.address] = Set(network.windows(from: windows[0], before: woken))
                try await network.expect(windows, executedBy: network.others(than: victim))
                try await network.expect(await network.nextWindows(1), executedBy: network.nodes)
                let isOfSleeper = { (fault: Fault) in slept[fault.culprit]?.contains(fault.coordinationBlock) == true }
                // The others may charge a sleeper with the windows it slept through; itself charges nobody for them.
                let mine = victim.ledger.faults.filter { slept[victim.address]?.contains($0.coordinationBlock) == true }
                #expect(mine.isEmpty, "operator \(victim.number) charges")
                let pauses = victim.log.split(separator: "\n").count { $0.contains("found=pause") }
                #expect(pauses == 1, "\(victim.log.suffix(1_000))")
                try await network.expectSound(below: 90, allows: isOfSleeper)
            }
        }
    }
}
