import Foundation
import Peers
import Primitives
import Secp256k1
import TestKit
import Testing

/// Connections of somebody who is no member.
@Suite(.serialized) struct HostileStrangerTests {
    /// The certificate and the key by which a stranger links, as a file.
    private func identity() throws -> URL {
        let certificate = try PeerCertificate(operatorKey: TestKey().value, now: Date())
        func section(_ name: String, _ bytes: Bytes) -> String {
            let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return "-----BEGIN \(name)-----\n\(text)\n-----END \(name)-----\n"
        }
        let file = FileManager.default.temporaryDirectory.appending(component: "stranger-\(UUID().uuidString).pem")
        try (section("CERTIFICATE", certificate.der) + section("PRIVATE KEY", certificate.keyDER))
            .write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test("Strangers that hold, knock, reset, send rubbish, or link by a certificate of their own stop nobody")
    func strangers() async throws {
        let identity = try identity()
        defer { try? FileManager.default.removeItem(at: identity) }
        let tool = try ToolProcess("strangers.py", ["--identity", identity.path])
        defer { tool.stop() }
        try await HostileNetwork.run { network in
            let first = await network.nextWindows(1)
            let count = HostileSize.pick(short: 60, full: 1_500)
            for how in ["knock", "reset", "rubbish", "tail", "member", "half", "drip", "hold"] {
                let isHold = how == "hold"
                try tool.command([
                    "do": "attack", "how": how, "ports": isHold ? [network.nodes[0].port] : network.nodes.map(\.port),
                    "count": isHold ? HostileSize.pick(short: 600, full: 2_000) : count,
                    "seconds": HostileSize.pick(short: 2, full: isHold ? 30 : 5),
                ])
                var state: [String: Any] = ["running": true]
                while state["running"] as? Bool == true {
                    try await network.pass(0.2)
                    state = try tool.command(["do": "state"])
                    for node in network.nodes {
                        try #require(node.isRunning, "\(how) ended operator \(node.number): \(node.log.suffix(1_000))")
                    }
                }
                // The door closes most connections at once; that they reached it is what counts.
                let connected = state["connected"] as? Int ?? 0
                #expect(connected > 0, "\(how): \(state)")
                if how != "member" { #expect(connected == state["tried"] as? Int, "\(how): \(state)") }
            }
            let last = await network.nextWindows(1)
            try await network.expect(
                network.windows(from: first[0], before: last[0]) + last, executedBy: network.nodes)
            // All that they did is one line for the operator, and those by a certificate of their own another.
            for node in network.nodes {
                #expect(node.lines(of: "strangers.turned_away") == 1, "\(node.log.suffix(2_000))")
                #expect(node.lines(of: "strangers.not_a_member") == 1, "\(node.log.suffix(2_000))")
            }
            try await network.expectSound(below: 90)
        }
    }
}
