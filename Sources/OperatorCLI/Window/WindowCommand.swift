package import ArgumentParser
import Coordination
import Daemon
import Foundation
import Node
import Primitives
import Program

/// `coord window`: commands about a window of a node.
package struct WindowCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "window", abstract: "Tells of a window that this node took part in.",
        subcommands: [WindowExportCommand.self])

    /// Required by the argument parser.
    package init() {}
}

/// `coord window export`: writes a window as a file that `coord-sim replay` replays.
package struct WindowExportCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a window to a file that coord-sim plays again. Holds no secret; the node may run meanwhile.")

    @Option(help: ArgumentHelp("The node's configuration file.", valueName: "FILE"))
    var config = "coord.toml"

    @Option(help: ArgumentHelp("The coordination block that opened the window.", valueName: "N"))
    var block: String

    @Option(help: ArgumentHelp("The wallet's public key hash, where the node holds several.", valueName: "0x…"))
    var wallet: String?

    @Option(help: ArgumentHelp("Where to write it.", valueName: "FILE"))
    var out: String

    /// Required by the argument parser.
    package init() {}

    /// Reads the ledger, cuts the window and writes the file.
    package func run() async throws {
        guard let number = UInt64(block) else {
            throw CommandFailure.usage(.block, "--block \(block) is no block number", fix: "give a whole number")
        }
        var name: WalletPublicKeyHash?
        if let wallet {
            guard let hash = try? WalletPublicKeyHash(hex: wallet) else {
                throw CommandFailure.usage(.hex, "--wallet \(wallet) is no hash", fix: "give 20 bytes in hexadecimal")
            }
            name = hash
        }
        let file = try ResultFile(out, option: .out)
        let configuration = try DaemonConfiguration(file: config)
        let bundle: WindowBundle
        do throws(DaemonFailure) {
            bundle = try await WindowExport.bundle(configuration, block: BlockNumber(number), wallet: name)
        } catch {
            throw CommandFailure(error)
        }
        try file.write(Data(bundle.encoded))
        Output.done(
            "\(out): window \(bundle.window.coordinationBlock), \(bundle.lines.count) lines, \(bundle.events.count) events"
        )
    }
}
