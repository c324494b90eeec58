package import ArgumentParser
import Coordination
import Daemon
import Primitives
import Program

/// `coord wallet`: an operator's commands for one wallet.
package struct WalletCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "wallet", abstract: "Ends a wallet's halt.", subcommands: [WalletResumeCommand.self])

    /// Required by the argument parser.
    package init() {}
}

/// `coord wallet resume`: ends a wallet's halt; the wallet continues at the node's next start.
package struct WalletResumeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets halted wallets go on at the node's next start. The node must not run meanwhile.")

    @Option(help: ArgumentHelp("The node's configuration file.", valueName: "FILE"))
    var config = "coord.toml"

    @Argument(help: ArgumentHelp("The public key hashes of the wallets.", valueName: "0x…"))
    var wallets: [String]

    /// Required by the argument parser.
    package init() {}

    /// Ends the halts of all named wallets, or of no wallet.
    package func run() async throws {
        var names: [WalletPublicKeyHash] = []
        for wallet in wallets {
            guard let name = try? WalletPublicKeyHash(hex: wallet) else {
                throw CommandFailure.usage(.hex, "\(wallet) is no wallet's hash", fix: "give 20 bytes in hexadecimal")
            }
            if !names.contains(name) { names.append(name) }
        }
        let configuration = try DaemonConfiguration(file: config)
        let reasons: [RuleID]
        do throws(DaemonFailure) {
            reasons = try await WalletResuming.resume(names, configuration)
        } catch {
            throw CommandFailure(error)
        }
        for (name, reason) in zip(names, reasons) {
            Output.done("wallet \(name) goes on at the next start; it was halted: \(reason)")
        }
    }
}
