import Daemon
import Foundation
import Testing

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
        #expect(throws: WalletFile.Failure.malformed("a.json")) { try WalletFile.described(in: folder) }
    }
}
