import Foundation
import Ledger
import Primitives
import Testing

@Suite struct SecretStoreTests {
    private let directory = FileManager.default.temporaryDirectory.appending(
        component: "coord-secrets-\(UUID().uuidString)")
    private static let name = SecretName.share(wallet: hash160([1]), seat: 3)

    private func secret(_ text: String) -> SecretBytes {
        var bytes = Bytes(text.utf8)
        return SecretBytes(wiping: &bytes)
    }

    private func store(password: String = "correct horse") throws -> SecretStore {
        FileManager.default.fileExists(atPath: directory.appending(component: "key").path)
            ? try SecretStore(directory: directory, password: secret(password))
            : try SecretStore(beginning: directory, password: secret(password), scryptLogN: 10)
    }

    private func text(_ secret: borrowing SecretBytes) -> String {
        secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("A secret is read back by the same password, in a file that nobody else may read")
    func roundTrip() throws {
        try store().seal(secret("share"), as: Self.name)
        let read = try store().open(Self.name)
        let content = text(read)
        #expect(content == "share")
        let path = directory.appending(component: Self.name.fileName).path
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let raw = try Data(contentsOf: URL(filePath: path))
        #expect(raw.range(of: Data("share".utf8)) == nil)
    }

    @Test("A wrong password is told before anything is opened")
    func wrongPassword() throws {
        _ = try store()
        #expect(throws: SecretStoreFailure.password) { try store(password: "wrong") }
    }

    @Test("No secret is ever overwritten")
    func noOverwriting() throws {
        let store = try store()
        try store.seal(secret("first"), as: Self.name)
        #expect(throws: SecretStoreFailure.exists(Self.name.fileName)) {
            try store.seal(secret("second"), as: Self.name)
        }
        let content = text(try store.open(Self.name))
        #expect(content == "first")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2)
    }

    @Test("Secrets without their key stay as they are: nothing opens them, and no other key is made beside them")
    func noSecondKey() throws {
        try store().seal(secret("share"), as: Self.name)
        let key = directory.appending(component: "key")
        try FileManager.default.removeItem(at: key)
        #expect(throws: SecretStoreFailure.missing("key")) {
            _ = try SecretStore(directory: directory, password: secret("correct horse"))
        }
        #expect(throws: SecretStoreFailure.exists(Self.name.fileName)) {
            _ = try SecretStore(beginning: directory, password: secret("correct horse"), scryptLogN: 10)
        }
        #expect(!FileManager.default.fileExists(atPath: key.path))
        let nowhere = directory.appending(components: "no", "folder")
        #expect(throws: SecretStoreFailure.missing("key")) {
            _ = try SecretStore(directory: nowhere, password: secret("correct horse"))
        }
        #expect(!FileManager.default.fileExists(atPath: directory.appending(component: "no").path))
    }

    @Test(
        "Every failure is told in words, with the file that it is about",
        arguments: [
            .password, .exists("share-1.0"), .missing("share-1.0"), .altered("share-1.0"),
            .parameters("scrypt_log_n 99"), .weak(stored: 12, least: 17), .system("/data/secrets/key", code: EACCES),
        ] as [SecretStoreFailure])
    func words(failure: SecretStoreFailure) {
        let cause = failure.cause(in: "/data/secrets")
        #expect(!cause.contains("(") && !cause.contains("\""), "\(cause)")
        #expect(!failure.fix.isEmpty)
        if case .weak = failure { return }
        #expect(cause.contains("/data/secrets/"), "\(cause)")
        if case .system = failure { #expect(cause.hasSuffix(": Permission denied")) }
    }

    @Test("A file or folder of secrets that others have a right to is told")
    func openToOthers() throws {
        try store().seal(secret("share"), as: Self.name)
        #expect(try SecretStore.openToOthers(in: directory) == nil)
        let file = directory.appending(component: Self.name.fileName)
        #expect(chmod(file.path, 0o640) == 0)
        #expect(try SecretStore.openToOthers(in: directory)?.path == file.path)
        #expect(chmod(directory.path, 0o755) == 0)
        #expect(try SecretStore.openToOthers(in: directory)?.path == directory.path)
    }

    @Test("A secret that is missing, altered, cut, or another's does not open")
    func damage() throws {
        let store = try store()
        #expect(throws: SecretStoreFailure.missing(Self.name.fileName)) { _ = try store.open(Self.name) }
        try store.seal(secret("share"), as: Self.name)
        let url = directory.appending(component: Self.name.fileName)
        let whole = try Data(contentsOf: url)
        for index in whole.indices {
            var altered = whole
            altered[index] ^= 1
            try altered.write(to: url)
            #expect(throws: SecretStoreFailure.altered(Self.name.fileName)) { _ = try store.open(Self.name) }
        }
        try whole.dropLast().write(to: url)
        #expect(throws: SecretStoreFailure.altered(Self.name.fileName)) { _ = try store.open(Self.name) }
        let other = SecretName.share(wallet: hash160([1]), seat: 4)
        try whole.write(to: directory.appending(component: other.fileName))
        #expect(throws: SecretStoreFailure.altered(other.fileName)) { _ = try store.open(other) }
    }
}
