package import Coordination
package import Foundation
import JSONRPC
package import Logging
package import Node
import Primitives

/// Looks for wallets that the operator adds or archives while the node runs (docs/configuration.md, Wallets).
///
/// A wallet is added by its file in `wallets/` and its shares in `secrets/`, and archived by moving its file into
/// `wallets/archived/`. A missing file archives nothing, because the cause may be a disk fault.
package struct WalletWatch: Sendable {
    /// A change of the wallets.
    package enum Change: Sendable {
        case added(HeldWallet)
        case archived(WalletPublicKeyHash)
    }

    /// The time between two looks.
    package static let pause = Duration.seconds(2)
    /// The folder in `wallets/` of the archived wallets.
    static let archive = "archived"

    private let folder: URL
    private let load: @Sendable (_ file: String) throws(WalletFile.Failure) -> HeldWallet
    private let reports: SourceReports
    private var held: Set<WalletPublicKeyHash>
    /// The reports about files that are not accepted. When a file is gone, its report ends.
    private var refused: Set<String> = []

    /// Begins with the wallets that are already held. `load` reads the file with that name in `wallets/` and its
    /// shares.
    package init(
        folder: URL, held: some Sequence<WalletPublicKeyHash>, logger: Logger, settle: Duration = .zero,
        load: @escaping @Sendable (_ file: String) throws(WalletFile.Failure) -> HeldWallet
    ) {
        self.folder = folder
        self.held = Set(held)
        self.load = load
        reports = SourceReports(logger: logger, settle: settle)
    }

    /// The changes since the last look, in the order of the wallets' names. A file that cannot be accepted is reported
    /// and looked at again.
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

    /// The wallet in a file's name; nil for another name.
    private static func wallet(_ name: String) -> WalletPublicKeyHash? {
        guard name.hasSuffix(".json") else { return nil }
        return try? WalletPublicKeyHash(hex: String(name.dropLast(".json".count)))
    }

    /// Whether a start refuses a file with that name in `wallets/`. A start ignores hidden files and other kinds of
    /// file.
    private static func isStray(_ name: String) -> Bool {
        name.hasSuffix(".json") && !name.hasPrefix(".") && wallet(name) == nil
    }

    /// The names in a folder, empty if there is no such folder. If the folder cannot be listed, that is reported, and
    /// the result is nil.
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
                    reason: .walletRefused, found: "it cannot be listed: \(ReadFile.trouble(listing: folder.path))",
                    remedy: "make it a folder that this user may read; until then wallets neither come nor go"))
            return nil
        }
        reports.well(folder.path)
        return names.sorted()
    }
}
