package import Coordination
package import Foundation
import JSONRPC
package import Logging
package import Node
import Primitives

/// Looks for wallets that the operator adds or archives while the node runs (docs/configuration.md, Wallets).
///
/// A wallet is added by its file in `wallets/` and its shares in `secrets/`, and archived by moving its file into
/// `wallets/archived/`. A file that is only gone archives nothing: it may be a disk's fault.
package struct WalletWatch: Sendable {
    /// What changed.
    package enum Change: Sendable {
        case added(HeldWallet)
        case archived(WalletPublicKeyHash)
    }

    /// The time between two looks.
    package static let pause = Duration.seconds(2)
    /// The folder in `wallets/` of those that are held no longer.
    static let archive = "archived"

    private let folder: URL
    private let load: @Sendable (_ file: String) throws(WalletFile.Failure) -> HeldWallet
    private let reports: SourceReports
    private var held: Set<WalletPublicKeyHash>
    /// What was told of files that are not held: where one is gone, its trouble is over.
    private var refused: Set<String> = []

    /// Begins with the wallets that are held already; `load` reads the file of that name in `wallets/` with its shares.
    package init(
        folder: URL, held: some Sequence<WalletPublicKeyHash>, logger: Logger, settle: Duration = .zero,
        load: @escaping @Sendable (_ file: String) throws(WalletFile.Failure) -> HeldWallet
    ) {
        self.folder = folder
        self.held = Set(held)
        self.load = load
        reports = SourceReports(logger: logger, settle: settle)
    }

    /// What changed since the last look, in the order of the wallets' names. A file that cannot be taken is told, and looked
    /// at again.
    package mutating func look() -> [Change] {
        guard let names = self.names(in: folder), let gone = self.names(in: folder.appending(component: Self.archive))
        else {
            return []
        }
        let (present, archived) = (Set(names.compactMap(Self.wallet)), Set(gone.compactMap(Self.wallet)))
        var changes: [Change] = []
        var refusals: Set<String> = []
        for name in names where Self.isStray(name) {
            refusals.insert(name)
            reports.bad(
                name,
                Condition(
                    reason: .walletRefused,
                    found: "wallets/\(name) is not named by a wallet's public key hash; the next start refuses it",
                    remedy: "name it by the wallet's 40 hexadecimal digits and .json, or take it out of wallets/"))
        }
        for wallet in held.subtracting(present).sorted() {
            let subject = "wallet \(wallet)"
            guard archived.contains(wallet) else {
                reports.bad(
                    subject,
                    Condition(
                        reason: .walletFileMissing,
                        found: "wallets/\(wallet.hex).json is gone; the wallet is held until the node stops",
                        remedy: "put the file back; to archive the wallet, move it into wallets/\(Self.archive)/"))
                continue
            }
            held.remove(wallet)
            changes.append(.archived(wallet))
        }
        for wallet in present.sorted() {
            let subject = "wallet \(wallet)"
            guard !held.contains(wallet) else {
                reports.well(subject)
                continue
            }
            do throws(WalletFile.Failure) {
                changes.append(.added(try load("\(wallet.hex).json")))
                held.insert(wallet)
                reports.well(subject)
            } catch {
                refusals.insert(subject)
                reports.bad(subject, Condition(reason: .walletRefused, found: error.cause, remedy: error.fix))
            }
        }
        for subject in refused.subtracting(refusals) { reports.well(subject) }
        refused = refusals
        return changes
    }

    private static func trouble(_ path: String) -> String {
        guard let folder = opendir(path) else { return String(cString: strerror(errno)) }
        closedir(folder)
        return "its disk gives nothing"
    }

    /// The wallet that a file's name says; nil for another name.
    private static func wallet(_ name: String) -> WalletPublicKeyHash? {
        guard name.hasSuffix(".json") else { return nil }
        return try? WalletPublicKeyHash(hex: String(name.dropLast(".json".count)))
    }

    /// Whether a start refuses a file of that name in `wallets/`; it leaves hidden files and those of other kinds alone.
    private static func isStray(_ name: String) -> Bool {
        name.hasSuffix(".json") && !name.hasPrefix(".") && wallet(name) == nil
    }

    /// The names in a folder, none if there is no such folder; nil, and told, where it cannot be listed.
    private func names(in folder: URL) -> [String]? {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch CocoaError.fileReadNoSuchFile {
            names = []
        } catch {
            reports.bad(
                folder.path,
                Condition(
                    reason: .walletRefused, found: "it cannot be listed: \(Self.trouble(folder.path))",
                    remedy: "make it a folder that this user may read; until then wallets neither come nor go"))
            return nil
        }
        reports.well(folder.path)
        return names.sorted()
    }
}
