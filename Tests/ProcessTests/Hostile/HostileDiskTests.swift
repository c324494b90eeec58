import Coordination
import Foundation
import Node
import Primitives
import TestKit
import Testing

/// Disks that are full or read-only, and files that are not what was written.
@Suite(.serialized) struct HostileDiskTests {
    /// What is done to the files of a stopped node.
    private struct Damage {
        let name: String
        /// Whether the node is killed, which leaves its write-ahead log behind, or drains.
        var kills = false
        /// The exit codes that are right; with none, or if it is allowed to, the node goes on.
        let codes: Set<Int32>
        /// What the log says of it, where the node ends.
        let says: [String]
        var mayGoOn = false
        let apply: (URL, Bytes) throws -> Void

        static func cut(_ prefix: String, code: Int32, says: String) -> Damage {
            Damage(name: "a cut \(prefix)", codes: [code], says: [says]) { folder, _ in
                let secrets = folder.appending(component: "secrets")
                let names = try FileManager.default.contentsOfDirectory(atPath: secrets.path)
                let file = secrets.appending(component: try #require(names.first { $0.hasPrefix(prefix) }))
                try Data(contentsOf: file).dropLast(20).write(to: file)
            }
        }

        /// Flips a bit at some places of the store, which are told by its bytes and those of the node's first event.
        static func flip(
            _ name: String, mayGoOn: Bool, places: @escaping (Data, Bytes) throws -> [Int]
        ) -> Damage {
            Damage(name: name, codes: [12, 16], says: ["error: store"], mayGoOn: mayGoOn) { folder, first in
                let file = folder.appending(component: "coord.db")
                var bytes = try Data(contentsOf: file)
                for place in try places(bytes, first) { bytes[place] ^= 0x10 }
                try bytes.write(to: file)
            }
        }
    }

    private static var damages: [Damage] {
        var random = SeededGenerator(seed: 4)
        let seeds = (0..<HostileSize.pick(short: 1, full: 20)).map { _ in random.next() }
        return [
            .cut("operator-key", code: 14, says: "error: secrets"), .cut("share-", code: 14, says: "error: wallet"),
            .cut("key", code: 14, says: "error: secrets"),
            .flip("a flipped byte of an event", mayGoOn: false) { bytes, start in
                var places: [Int] = []
                while let found = bytes[(places.last ?? 0)...].range(of: Data(start)) {
                    places.append(found.lowerBound + 5)
                }
                #expect(!places.isEmpty, "the event stands in the store")
                return places
            },
            Damage(name: "a torn log", kills: true, codes: [12, 16], says: ["error: "], mayGoOn: true) { folder, _ in
                let file = folder.appending(component: "coord.db-wal")
                try Data(contentsOf: file).dropLast(100).write(to: file)
            },
        ]
            + seeds.map { seed in
                .flip("a flipped byte, seed \(seed)", mayGoOn: true) { bytes, _ in [Int(seed % UInt64(bytes.count))] }
            }
    }

    @Test("A node with damaged files ends with a reason, or goes on; it comes back when they are restored")
    func damaged() async throws {
        try await HostileNetwork.run { network in
            let victim = network.nodes[4]
            let windows = await network.nextWindows(1)
            for damage in Self.damages {
                try await network.pass(0.5)
                try await suffer(damage, victim, network)
            }
            try await network.expect(windows, executedBy: network.others(than: victim))
            try await network.expect(await network.nextWindows(1), executedBy: network.nodes)
            try await network.expectSound(
                below: 90, allows: { $0.kind == .leaderIdleness && $0.culprit == victim.address })
        }
    }

    /// Damages the files of a node, starts it, and where it ends restores them.
    private func suffer(_ damage: Damage, _ victim: HostileNode, _ network: HostileNetwork) async throws {
        let folder = victim.directory
        // The last to close the store puts its log into it.
        victim.ledger.letGo()
        if damage.kills { try await victim.kill() } else { try await victim.stop() }
        let copy = folder.deletingLastPathComponent().appending(component: "copy-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: folder, to: copy)
        try damage.apply(folder, try #require(victim.ledger.events.first).encoded)
        let (boots, told) = (victim.boots, victim.log.count)
        try victim.start()
        _ = await eventually(within: .seconds(20), every: .milliseconds(50)) {
            await network.look()
            return !victim.isRunning || victim.boots > boots
        }
        guard !victim.isRunning else {
            #expect(damage.mayGoOn, "with \(damage.name) the node goes on")
            return
        }
        let code = try await victim.process.exitCode(within: 1)
        let words = victim.log.dropFirst(told)
        #expect(damage.codes.contains(code), "\(damage.name): \(words.suffix(600))")
        for text in damage.says { #expect(words.contains(text), "\(damage.name): \(words.suffix(600))") }
        victim.ledger.letGo()
        try FileManager.default.removeItem(at: folder)
        try FileManager.default.copyItem(at: copy, to: folder)
        try victim.start()
        try await network.expectBoot(of: victim, after: boots)
    }

    @Test("A node on a full disk ends with a reason, as one on a read-only disk does; freed, it comes back")
    func full() async throws {
        // Only root may mount; elsewhere there is no small disk to fill.
        guard geteuid() == 0, Disk.isAllowed() else {
            return print("hostile: no disk is filled, since this user may not mount one")
        }
        var disk: Disk?
        defer { disk?.unmount() }
        try await HostileNetwork.run(prepare: { folder in
            if folder.lastPathComponent == "operator-5" { disk = try Disk(at: folder) }
        }) { network in
            let victim = network.nodes[4]
            let disk = try #require(disk)
            let windows = await network.nextWindows(1)
            try await network.pass(1)
            try disk.fill()
            try await expectEnd(of: victim, says: "error: store.commit")
            try victim.start()
            try await expectEnd(of: victim, says: "error: store")
            try disk.free()
            try await comeBack(victim, network)

            try await victim.stop()
            victim.ledger.letGo()
            try disk.remount("ro")
            try victim.start()
            try await expectEnd(of: victim, says: "error: stor")
            try disk.remount("rw")
            try await comeBack(victim, network)
            try await network.expect(windows, executedBy: network.others(than: victim))
            try await network.expect(await network.nextWindows(1), executedBy: network.nodes)
            try await network.expectSound(
                below: 90, allows: { $0.kind == .leaderIdleness && $0.culprit == victim.address })
            try await victim.stop()
            victim.ledger.letGo()
        }
    }

    private func expectEnd(of node: HostileNode, says text: String) async throws {
        let code = try await node.process.exitCode(within: 30)
        #expect(code == 12, "\(node.log.suffix(600))")
        #expect(try node.process.standardError.contains(text), "\(node.log.suffix(600))")
    }

    private func comeBack(_ node: HostileNode, _ network: HostileNetwork) async throws {
        let boots = node.boots
        node.ledger.letGo()
        try node.start()
        try await network.expectBoot(of: node, after: boots)
    }
}

/// A small disk of its own over a folder.
private struct Disk {
    private let folder: URL
    private var filler: URL { folder.appending(component: "filler") }

    /// Whether a disk can be mounted: a container may forbid it to root too.
    static func isAllowed() -> Bool {
        let folder = FileManager.default.temporaryDirectory.appending(component: "disk-\(UUID().uuidString)")
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else {
            return false
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        guard let disk = try? Disk(at: folder) else { return false }
        disk.unmount()
        return true
    }

    init(at folder: URL) throws {
        self.folder = folder
        try run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder.path])
    }

    func remount(_ how: String) throws { try run("mount", ["-o", "remount,\(how)", folder.path]) }

    func unmount() { try? run("umount", ["--lazy", folder.path]) }

    /// Writes until nothing more fits.
    func fill() throws {
        guard FileManager.default.createFile(atPath: filler.path, contents: nil) else {
            throw TestTool.Missing("\(filler.path) cannot be made")
        }
        let file = try FileHandle(forWritingTo: filler)
        let piece = Data(repeating: 1, count: 4_096)
        while (try? file.write(contentsOf: piece)) != nil {}
    }

    func free() throws { try FileManager.default.removeItem(at: filler) }

    private func run(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestTool.Missing("\(tool) \(arguments) failed") }
    }
}
