import Coordination
import Foundation
import Primitives
import Testing
import ThresholdSigning
import WalletActions

@testable import Daemon

/// What counts as a wallet file.
@Suite struct WalletFolderTests {
    @Test("A hidden file in wallets/ is no wallet, whatever is in it; another that is none is refused by its name")
    func hidden() throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "wallets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try WalletFile.described(in: folder).isEmpty, "a folder that is not there holds none")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in [".wallet.json", ".json", "._a.json", "notes.txt"] {
            try Data("rubbish".utf8).write(to: folder.appending(component: name))
        }
        #expect(try WalletFile.described(in: folder).isEmpty)
        try Data("rubbish".utf8).write(to: folder.appending(component: "a.json"))
        #expect(throws: WalletFile.Failure.malformed("a.json", "it is no JSON, or only a part of it")) {
            try WalletFile.described(in: folder)
        }
    }

    /// A folder with one dealt wallet of two seats under its own name.
    private func withWallet(
        _ body: (_ folder: URL, _ name: String, _ wallet: WalletPublicKeyHash) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "wallets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var random = SystemRandom()
        let key = try DealtGroup(threshold: 2, seats: 2, random: &random).key
        let wallet = WalletIdentity(scheme: .taproot, publicKey: key.groupKey).hash
        let seats = [UInt8(1), 2].map { EthereumAddress(hash160([$0])).description }
        try JSONEncoder().encode(WalletFile(dealt: key, seats: seats))
            .write(to: folder.appending(component: "\(wallet.hex).json"))
        try body(folder, "\(wallet.hex).json", wallet)
    }

    private func failure(of folder: URL) -> WalletFile.Failure? {
        do throws(WalletFile.Failure) {
            _ = try WalletFile.described(in: folder)
            return nil
        } catch {
            return error
        }
    }

    @Test("A second file of one wallet is refused, and so is a file under another name; both names are told")
    func copies() throws {
        try withWallet { folder, name, wallet in
            #expect(try WalletFile.described(in: folder).count == 1)
            let copy = folder.appending(component: "old.json")
            try FileManager.default.copyItem(at: folder.appending(component: name), to: copy)
            let failure = try #require(self.failure(of: folder))
            #expect(failure == .misnamed("old.json", wallet))
            #expect(failure.cause.contains("wallets/old.json") && failure.cause.contains("wallets/\(name)"))
            try FileManager.default.removeItem(at: folder.appending(component: name))
            #expect(self.failure(of: folder) == .misnamed("old.json", wallet))
        }
    }

    @Test(
        "What is wrong with a wallet file is told in words",
        arguments: [
            ("\"threshold\":2", "\"threshold\":9", "2 publicShares and threshold 9 do not fit"),
            ("\"threshold\":2", "\"threshold\":\"2\"", "threshold has a value of another type"),
            ("\"threshold\":2", "\"limit\":2", "threshold is missing"),
            ("\"schema\":1", "\"schema\":2", "schema is 2, and this build reads 1"),
            ("\"scheme\":\"taproot\"", "\"scheme\":\"ecdsa\"", "scheme is ecdsa"),
            ("\"origin\":\"dealer\"", "\"origin\":\"dream\"", "origin has a value that this build does not know"),
            ("\"groupKey\":\"0", "\"groupKey\":\"", "groupKey is no point"),
            ("\"publicShares\":[\"0", "\"publicShares\":[\"", "publicShares holds what is no point"),
            ("\"seats\":[\"0x", "\"seats\":[\"0", "seats holds what is no address"),
            ("\"seats\":[", "\"seats\":[\"0x0101010101010101010101010101010101010101\",", "3 seats, 2 publicShares"),
            ("}", "", "it is no JSON, or only a part of it"),
        ])
    func malformed(text: String, other: String, says: String) throws {
        try withWallet { folder, name, _ in
            let file = folder.appending(component: name)
            let whole = try String(contentsOf: file, encoding: .utf8)
            try #require(whole.contains(text), "\(whole)")
            try whole.replacing(text, with: other, maxReplacements: 1)
                .write(to: file, atomically: true, encoding: .utf8)
            let failure = try #require(self.failure(of: folder))
            #expect(failure.cause.contains("wallets/\(name)") && failure.cause.contains(says), "\(failure.cause)")
        }
    }
}
