import Crypto
import CryptoExtras
package import Foundation
package import Primitives

/// The name of a secret, which also selects the subkey that seals it (durability-and-events.md ST3).
package struct SecretName: Hashable, Sendable {
    /// The kinds of secret. The raw value is stored.
    package enum Kind: UInt8, Hashable, Sendable {
        case operatorKey = 1
        case share = 2

        fileprivate var word: String {
            switch self {
            case .operatorKey: "operator-key"
            case .share: "share"
            }
        }
    }

    package let kind: Kind
    /// The wallet of a share; zero for an operator key.
    package let wallet: Hash20
    /// The seat of a share; 0 for an operator key.
    package let seat: UInt16
    /// The number of renewals; the secret with the highest number is valid.
    package let generation: UInt32

    /// Makes the name of a share.
    package static func share(wallet: Hash20, seat: UInt16, generation: UInt32 = 0) -> SecretName {
        SecretName(kind: .share, wallet: wallet, seat: seat, generation: generation)
    }

    /// The name of the operator's key.
    package static let operatorKey = SecretName(kind: .operatorKey, wallet: .zero, seat: 0, generation: 0)

    /// The name of the secret's file.
    package var fileName: String {
        switch kind {
        case .operatorKey: "\(kind.word).\(generation)"
        case .share: "\(kind.word)-\(wallet.hex)-\(seat).\(generation)"
        }
    }

    fileprivate var encoded: Bytes {
        var bytes: Bytes = [kind.rawValue]
        bytes.append(wallet)
        bytes.append(bigEndian: seat)
        bytes.append(bigEndian: generation)
        return bytes
    }
}

/// The stored secrets: each in a file of its own, sealed under a key that is derived from a password
/// (durability-and-events.md ST2 to ST5).
///
/// A file is `"coord/secret/1" ‖ name (27) ‖ salt (32) ‖ ChaCha20-Poly1305`; everything before the ciphertext is
/// authenticated with it. Writing is exclusive, synced, read back and compared before the file gets its name. A name is
/// never reused.
package struct SecretStore: Sendable {
    private static let magic = Bytes("coord/secret/1".utf8)
    private static let keyMagic = Bytes("coord/secrets-key/1".utf8)
    private static let keyFile = "key"

    private let directory: URL
    private let master: SymmetricKey

    /// Opens the secrets of a directory with a password; writes nothing. The check value in `key` detects a wrong
    /// password before any secret is opened.
    ///
    /// - Throws: ``SecretStoreFailure`` if `key` is missing, altered or cannot be read, for another password, and for a
    ///   scrypt cost outside 2^10 to 2^22 or below `leastLogN`.
    package init(
        directory: URL, password: borrowing SecretBytes, leastLogN: Int? = nil
    ) throws(SecretStoreFailure) {
        self.directory = directory
        guard let stored = try SecretFile.read(directory.appending(component: Self.keyFile)) else {
            throw .missing(Self.keyFile)
        }
        var reader = ByteReader(stored)
        do {
            guard try reader.bytes(Self.keyMagic.count) == Self.keyMagic else {
                throw DecodingFailure.value(field: "key")
            }
            let logN = Int(try reader.byte())
            let salt = try reader.bytes(32)
            let check = try reader.bytes(32)
            try reader.finish()
            guard (10...22).contains(logN) else { throw SecretStoreFailure.parameters("scrypt_log_n \(logN)") }
            if let leastLogN, logN < leastLogN {
                throw SecretStoreFailure.weak(stored: logN, least: leastLogN)
            }
            master = try Self.derive(password, salt: salt, logN: logN)
            guard Self.check(master) == check else { throw SecretStoreFailure.password }
        } catch let failure as SecretStoreFailure {
            throw failure
        } catch {
            throw .altered(Self.keyFile)
        }
    }

    /// Initialises a directory for secrets: it gets mode 0700, a salt, and a check value.
    ///
    /// - Throws: ``SecretStoreFailure`` for a scrypt cost outside 2^10 to 2^22, if the file system refuses, and for a
    ///   directory that contains any file, because a new salt would make its secrets unreadable.
    package init(
        beginning directory: URL, password: borrowing SecretBytes, scryptLogN: Int
    ) throws(SecretStoreFailure) {
        guard (10...22).contains(scryptLogN) else { throw .parameters("scrypt_log_n \(scryptLogN)") }
        self.directory = directory
        try SecretFile.makeDirectory(directory)
        if let name = try SecretFile.names(in: directory).first { throw .exists(name) }
        var random = SystemRandom()
        let salt = random.publicBytes(32)
        master = try Self.derive(password, salt: salt, logN: scryptLogN)
        let contents = Self.keyMagic + [UInt8(scryptLogN)] + salt + Self.check(master)
        try SecretFile.write(contents, to: directory.appending(component: Self.keyFile)) { $0 == contents }
    }

    /// Checks that a directory contains the `key` file and the operator key, without opening either.
    ///
    /// - Throws: ``SecretStoreFailure`` for the first of them that is missing or cannot be read.
    package static func requireBegun(in directory: URL) throws(SecretStoreFailure) {
        for name in [keyFile, SecretName.operatorKey.fileName]
        where try SecretFile.read(directory.appending(component: name)) == nil {
            throw .missing(name)
        }
    }

    /// The directory of secrets, or the first file in it, that group or others have any access to; nil if there is no
    /// such path.
    ///
    /// - Throws: ``SecretStoreFailure/system(_:code:)`` if the directory cannot be listed.
    package static func openToOthers(in directory: URL) throws(SecretStoreFailure) -> URL? {
        let files = try SecretFile.names(in: directory).map { directory.appending(component: $0) }
        return ([directory] + files).first { url in
            var status = stat()
            return stat(url.path, &status) == 0 && status.st_mode & 0o077 != 0
        }
    }

    /// Seals a secret under a new name.
    ///
    /// - Throws: ``SecretStoreFailure`` if the name is taken, the file system refuses, or the bytes read back are not
    ///   the secret.
    package func seal(_ secret: borrowing SecretBytes, as name: SecretName) throws(SecretStoreFailure) {
        var random = SystemRandom()
        let header = Self.magic + name.encoded + random.publicBytes(32)
        let key = subkey(header, name)
        let box: Bytes
        do {
            // A subkey seals only once, under a salt of its own, so the nonce may be fixed.
            box = try secret.withUnsafeBytes { bytes in
                Bytes(
                    try ChaChaPoly.seal(bytes, using: key, nonce: Self.nonce, authenticating: header).combined
                        .dropFirst(12))
            }
        } catch {
            preconditionFailure("sealing fails for no input: \(error)")
        }
        let digest = secret.withUnsafeBytes { SHA256.hash(data: $0) }
        try SecretFile.write(header + box, to: directory.appending(component: name.fileName)) { stored in
            guard let read = try? open(stored, name) else { return false }
            return read.withUnsafeBytes { SHA256.hash(data: $0) } == digest
        }
    }

    /// Opens a secret.
    ///
    /// - Throws: ``SecretStoreFailure`` if it is missing, altered or cannot be read.
    package func open(_ name: SecretName) throws(SecretStoreFailure) -> SecretBytes {
        guard let stored = try SecretFile.read(directory.appending(component: name.fileName)) else {
            throw .missing(name.fileName)
        }
        return try open(stored, name)
    }

    private func open(_ stored: Bytes, _ name: SecretName) throws(SecretStoreFailure) -> SecretBytes {
        let headerLength = Self.magic.count + name.encoded.count + 32
        let header = Bytes(stored.prefix(headerLength))
        guard stored.count >= headerLength + 16, header.starts(with: Self.magic + name.encoded) else {
            throw .altered(name.fileName)
        }
        do {
            let box = try ChaChaPoly.SealedBox(combined: Bytes(Self.nonce) + stored.dropFirst(headerLength))
            var plain = Bytes(try ChaChaPoly.open(box, using: subkey(header, name), authenticating: header))
            return SecretBytes(wiping: &plain)
        } catch {
            throw .altered(name.fileName)
        }
    }

    /// Derives a subkey: HKDF-SHA256 of the master key with the file's salt, bound to the secret's name.
    private func subkey(_ header: Bytes, _ name: SecretName) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, salt: header.suffix(32), info: Self.magic + name.encoded, outputByteCount: 32)
    }

    private static let nonce: ChaChaPoly.Nonce = {
        guard let nonce = try? ChaChaPoly.Nonce(data: Bytes(repeating: 0, count: 12)) else {
            preconditionFailure("a nonce has 12 bytes")
        }
        return nonce
    }()

    private static func derive(
        _ password: borrowing SecretBytes, salt: Bytes, logN: Int
    ) throws(SecretStoreFailure) -> SymmetricKey {
        do {
            return try password.withUnsafeBytes { bytes in
                try KDF.Scrypt.deriveKey(
                    from: bytes, salt: salt, outputByteCount: 32, rounds: 1 << logN, blockSize: 8, parallelism: 1)
            }
        } catch {
            throw .parameters("scrypt: \(error)")
        }
    }

    /// The check value of a password. It reveals nothing else about the password.
    private static func check(_ master: SymmetricKey) -> Bytes {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: keyMagic, outputByteCount: 32).withUnsafeBytes {
            Bytes($0)
        }
    }
}
