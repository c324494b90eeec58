import Coordination
import Daemon
import DevNet
import Foundation
import Ledger
import Primitives
import Program
import Secp256k1
import ThresholdSigning
import WalletActions

/// One operator of a development network: its folder, its configuration and its process.
final class DevNetOperator: Sendable {
    let number: Int
    let address: EthereumAddress
    let directory: URL
    let key: PrivateKey

    /// Draws the operator's key.
    init(number: Int, directory: URL) {
        self.number = number
        self.directory = directory
        var random = SystemRandom()
        key = PrivateKey(random: &random)
        address = key.ethereumAddress
    }

    /// Creates the folder: the operator's sealed key, and no wallet.
    func begin() throws {
        try FileManager.default.createDirectory(
            at: wallets, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let store = try SecretStore(beginning: secrets, password: SecretBytes(count: 0) { _ in }, scryptLogN: 12)
        try store.seal(key.secretCopy(), as: .operatorKey)
    }

    /// Gives the operator its seats of wallets: first the sealed shares, then the wallets' files.
    func hold(_ held: [DevNetWallet]) throws {
        let store = try SecretStore(directory: secrets, password: SecretBytes(count: 0) { _ in })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        for wallet in held {
            for held in try wallet.shares(of: address) {
                let scalar = SecretBytes(count: 32) { buffer in
                    held.share.withUnsafeBytes { buffer.copyMemory(from: $0) }
                }
                try store.seal(scalar, as: .share(wallet: wallet.identity.hash.hash, seat: held.seat.rawValue))
            }
            try encoder.encode(wallet.file).write(to: wallets.appending(component: "\(wallet.identity.hash.hex).json"))
        }
    }

    /// Writes the configuration and removes the files of an earlier start.
    func write(configuration: String) throws {
        let anchor = directory.appending(components: "run", "anchor").path
        for path in ["", "-wal", "-shm"].map({ ledgerFile.path + $0 }) + [anchor]
        where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
        try Data(configuration.utf8).write(to: configurationFile)
    }

    /// Starts this program as the operator's node; its output goes to its log.
    func start() throws -> ChildProcess {
        let path = logFile.path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw CommandFailure(
                .devnetLog, cause: "\(path) cannot be made", fix: "check the folder of --dir")
        }
        return try ChildProcess(
            program: Self.program, arguments: ["run", "--config", configurationFile.path], output: logFile,
            errors: logFile)
    }

    /// The absolute path of this program.
    private static let program =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

    /// The last trouble in the operator's log; nil without one.
    var lastTrouble: String? {
        (try? String(contentsOf: logFile, encoding: .utf8)).flatMap { Self.lastTrouble(in: $0) }
    }

    /// The failure at the end of a log, or its last line of level warning or above.
    static func lastTrouble(in log: String) -> String? {
        let lines = log.split(separator: "\n")
        if let failure = lines.lastIndex(where: { $0.hasPrefix("error: ") }) {
            return lines[failure...].prefix(3).joined(separator: "; ")
        }
        return lines.last { line in
            line.split(separator: " ").dropFirst().first.map { ["warning", "error", "critical"].contains($0) } ?? false
        }.map(String.init)
    }

    private var secrets: URL { directory.appending(component: "secrets") }

    /// The files of the wallets that the operator holds.
    var wallets: URL { directory.appending(component: "wallets") }

    /// The operator's configuration file.
    var configurationFile: URL { directory.appending(component: "coord.toml") }

    /// The operator's ledger.
    var ledgerFile: URL { directory.appending(component: "coord.db") }

    /// The log of the operator's process.
    var logFile: URL { directory.appending(component: "coord.log") }
}
