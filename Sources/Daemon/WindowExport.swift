package import Coordination
import Foundation
import Ledger
package import Node
package import Primitives
import ThresholdSigning
import WalletActions

/// Exports a window from a node's data directory, beside the running node and without its secrets.
package enum WindowExport {
    /// The bundle of the window that a block opened. Without a wallet's name, the node must hold exactly one wallet.
    ///
    /// - Throws: ``DaemonFailure``: wrong usage if there is nothing to export, and the node's own failure for a ledger
    ///   that the node would refuse. A ledger from the past lacks this node's last messages, and its bundle would show
    ///   a false window.
    package static func bundle(
        _ configuration: DaemonConfiguration, block: BlockNumber, wallet name: WalletPublicKeyHash?
    ) async throws(DaemonFailure) -> WindowBundle {
        let wallets: [WindowBundle.Wallet]
        do throws(WalletFile.Failure) {
            wallets = try WalletFile.described(in: configuration.directory.appending(component: "wallets"))
        } catch {
            throw DaemonFailure(usage: .exportWallet, cause: error.cause, fix: error.fix)
        }
        let names = wallets.map(\.identity.hash)
        guard let wallet = name ?? (names.count == 1 ? names[0] : nil), let place = names.firstIndex(of: wallet) else {
            let known = names.map(\.description).joined(separator: ", ")
            throw DaemonFailure(
                usage: .exportWallet,
                cause: name.map { "the node holds no wallet \($0)" } ?? "it is not said which wallet",
                fix: "give --wallet one of \(known)")
        }
        let path = configuration.directory.appending(component: "coord.db").path
        guard FileManager.default.fileExists(atPath: path) else {
            throw DaemonFailure(
                usage: .exportStore, cause: "there is no \(path)", fix: "name the configuration of a node that has run")
        }
        let entries: [LedgerEntry]
        let journal: [JournalEntry]
        do throws(StoreFailure) {
            let reader = try LedgerReader(path: path)
            (entries, journal) = try await reader.everything(
                anchor: configuration.directory.appending(components: "run", "anchor").path)
        } catch {
            throw Daemon.failure(opening: error)
        }
        let window = WindowKey(wallet: wallet, coordinationBlock: block)
        guard
            let me = configuration.operatorAddress ?? sender(journal, wallet: wallet, seats: wallets[place].seats)
        else {
            throw DaemonFailure(
                usage: .exportOperator, cause: "nothing that was sent says whose node it is",
                fix: "set general.operator_address")
        }
        do throws(WindowBundle.Missing) {
            return try WindowBundle(
                window, me: me, chainID: configuration.chainID, finalDepth: configuration.finalDepth,
                blockMilliseconds: 1_000 * configuration.blockSeconds,
                profile: configuration.profile, wallets: wallets, ledger: entries, journal: journal)
        } catch {
            throw DaemonFailure(usage: .exportWindow, cause: error.cause, fix: error.fix)
        }
    }

    /// The operator of the seat that sent the wallet's first message in the journal.
    private static func sender(
        _ journal: [JournalEntry], wallet: WalletPublicKeyHash, seats: [EthereumAddress]
    ) -> EthereumAddress? {
        for line in journal {
            guard case .sent(let bytes)? = try? JournalStep(decoding: line.body),
                let envelope = try? Envelope(decoding: bytes), envelope.wallet == wallet,
                seats.indices.contains(Int(envelope.seat.rawValue) - 1)
            else { continue }
            return seats[Int(envelope.seat.rawValue) - 1]
        }
        return nil
    }
}

extension WindowBundle.Missing {
    fileprivate var cause: String {
        switch self {
        case .block(let block): "block \(block) opens no window of the profile"
        case .journal(from: nil): "the node has no journal"
        case .journal(from: .some(let block)):
            "the journal begins at block \(block), with nothing before the window to begin a play"
        case .ahead(let block): "the node has not come to block \(block) yet"
        case .running: "the window has no final outcome here yet, or never had one"
        case .line(let block, let kind):
            "the journal at block \(block) holds a line of kind \(kind), and this build reads the kinds \(JournalStep.kinds)"
        case .entry(let sequence): "entry \(sequence) of the ledger cannot be read by this build"
        }
    }

    fileprivate var fix: String {
        switch self {
        case .block: "give the coordination block, as `coord devnet` or the log names it"
        case .journal: "export within eight windows, one that the node ran through whole"
        case .ahead, .running: "wait until the window is over"
        case .line, .entry: "export with the build that ran the node then"
        }
    }
}
