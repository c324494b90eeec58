import Coordination
import Foundation
import Logging
import Node
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import Daemon

/// What the operator does with wallets while the node runs.
@Suite struct WalletWatchTests {
    private let folder = FileManager.default.temporaryDirectory.appending(component: "wallets-\(UUID().uuidString)")

    private func held() throws -> HeldWallet {
        var random = SystemRandom()
        let dealt = try DealtGroup(threshold: 1, seats: 1, random: &random)
        let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
        let seat = SeatNumber(1)
        return HeldWallet(
            identity: identity,
            group: try SigningGroup(wallet: identity.hash, seats: [EthereumAddress(hash160([1]))], threshold: 1),
            key: dealt.key, shares: [HeldShare(try dealt.share(of: seat))])
    }

    private func put(_ wallet: WalletPublicKeyHash) throws {
        try Data().write(to: folder.appending(component: "\(wallet.hex).json"))
    }

    private func words(_ changes: [WalletWatch.Change]) -> [String] {
        changes.map { change in
            switch change {
            case .added(let held): "added \(held.group.wallet.hex)"
            case .archived(let wallet): "archived \(wallet.hex)"
            }
        }
    }

    @Test("A new file adds its wallet, a file moved into archived/ archives it, and one that is gone is only told")
    func look() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let archive = folder.appending(component: WalletWatch.archive)
        try FileManager.default.createDirectory(at: archive, withIntermediateDirectories: true)
        let (first, second) = (try held(), try held())
        let lines = LogLines()
        try put(first.group.wallet)
        var watch = WalletWatch(folder: folder, held: [first.group.wallet], logger: lines.logger) {
            (file) throws(WalletFile.Failure) in
            guard file == "\(second.group.wallet.hex).json" else { throw .unreadable(file, "it is not there") }
            return second
        }
        #expect(watch.look().isEmpty)
        try put(second.group.wallet)
        #expect(words(watch.look()) == ["added \(second.group.wallet.hex)"])
        #expect(watch.look().isEmpty)
        let file = "\(first.group.wallet.hex).json"
        try FileManager.default.moveItem(at: folder.appending(component: file), to: folder.appending(component: "away"))
        #expect(watch.look().isEmpty && watch.look().isEmpty)
        #expect(lines.all.map { $0.fields["reason"] } == ["wallet.file_missing"])
        try FileManager.default.moveItem(
            at: folder.appending(component: "away"), to: archive.appending(component: file))
        #expect(words(watch.look()) == ["archived \(first.group.wallet.hex)"])
        #expect(watch.look().isEmpty)
    }

    @Test("A file that cannot be taken is told once, and taken when it is whole")
    func broken() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let wallet = try held()
        let lines = LogLines()
        let folder = folder
        try put(wallet.group.wallet)
        var watch = WalletWatch(folder: folder, held: [], logger: lines.logger) { (file) throws(WalletFile.Failure) in
            let data = try? Data(contentsOf: folder.appending(component: file))
            guard let data, !data.isEmpty else { throw .malformed(file, "it is no JSON, or only a part of it") }
            return wallet
        }
        #expect(watch.look().isEmpty && watch.look().isEmpty)
        #expect(lines.all.map { $0.fields["reason"] } == ["wallet"])
        try Data([1]).write(to: folder.appending(component: "\(wallet.group.wallet.hex).json"))
        #expect(words(watch.look()) == ["added \(wallet.group.wallet.hex)"])
        #expect(lines.all.count == 2)
    }

    @Test("A file that a start would refuse is told, whatever its name, and is well again when it is gone")
    func stray() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let wallet = try held().group.wallet
        let refused = "\(String(repeating: "00", count: 20)).json"
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["copy.json", "notes.txt", ".hidden", refused, "\(wallet.hex).json"] {
            try Data().write(to: folder.appending(component: name))
        }
        let lines = LogLines()
        var watch = WalletWatch(folder: folder, held: [wallet], logger: lines.logger) {
            (file) throws(WalletFile.Failure) in throw .unreadable(file, "it is empty")
        }
        #expect(watch.look().isEmpty && watch.look().isEmpty)
        #expect(lines.all.map { $0.fields["reason"] } == ["wallet", "wallet"])
        #expect(lines.all.count { $0.message.contains("the next start refuses it") } == 1)
        for name in ["copy.json", refused] {
            try FileManager.default.removeItem(at: folder.appending(component: name))
        }
        #expect(watch.look().isEmpty)
        #expect(lines.all.dropFirst(2).map(\.message).allSatisfy { $0.hasSuffix("well again") })
        #expect(lines.all.count == 4)
    }

    @Test("A folder that cannot be listed says nothing: no wallet goes, though a file of it lies in archived/ too")
    func unlisted() throws {
        let archive = folder.appending(component: WalletWatch.archive)
        try FileManager.default.createDirectory(at: archive, withIntermediateDirectories: true)
        let wallet = try held().group.wallet
        try Data().write(to: archive.appending(component: "\(wallet.hex).json"))
        // In the folder's place stands what is no folder.
        let place = folder.appending(component: "wallets")
        try Data().write(to: place)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lines = LogLines()
        var watch = WalletWatch(folder: place, held: [wallet], logger: lines.logger) {
            (file) throws(WalletFile.Failure) in throw .unreadable(file, "it is not there")
        }
        #expect(watch.look().isEmpty && watch.look().isEmpty)
        #expect(lines.all.map { $0.fields["reason"] } == ["wallet"])
    }
}
