package import ArgumentParser
import Coordination
import Foundation
import Logging
import Program
import ServiceLifecycle
import UnixSignals

/// `coord devnet`: a whole network on this machine.
package struct DevNetCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "devnet",
        abstract: "Runs a whole network on this machine: two chains, the operators, short windows.")

    @Option(help: "How many operators hold each wallet.")
    var operators = 5

    @Option(help: "How many wallets they hold, all of the same operators.")
    var wallets = 1

    @Option(
        help: "Seats of a wallet, dealt round: nobody holds two more than another. Default: as many as operators.")
    var seats: Int?

    @Option(help: "How many seats can sign. Default: 3, or all where there are fewer.")
    var threshold: Int?

    @Option(help: "Milliseconds between two blocks of the host chain.")
    var blockMs = 500

    @Option(
        help: ArgumentHelp(
            "Stop after this many windows of each wallet; without it, run until interrupted.", valueName: "N"))
    var windows: Int?

    @Flag(help: "Print one JSON object a window of a wallet.")
    var json = false

    @Option(
        help: ArgumentHelp("Where the operators keep their data; without it, a temporary folder.", valueName: "DIR"))
    var dir: String?

    /// Required by the argument parser.
    package init() {}

    private var seatCount: Int { seats ?? operators }

    /// The number of seats that can sign.
    var signers: Int { threshold ?? min(3, seatCount) }

    /// Refuses numbers that cannot make a network.
    package func validate() throws {
        guard (1...50).contains(operators) else { throw ValidationError("--operators takes 1 to 50") }
        guard (1...100).contains(wallets) else { throw ValidationError("--wallets takes 1 to 100") }
        let seats = seatCount
        guard (operators...SigningGroup.maximumSeats).contains(seats) else {
            throw ValidationError("--seats takes \(operators) to \(SigningGroup.maximumSeats)")
        }
        if let threshold, !(1...seats).contains(threshold) {
            throw ValidationError("--threshold takes 1 to \(seats)")
        }
        guard (50...60_000).contains(blockMs) else { throw ValidationError("--block-ms takes 50 to 60000") }
        if dir?.isEmpty == true { throw ValidationError("--dir takes a folder, not an empty text") }
        if let windows, windows < 1 { throw ValidationError("--windows takes at least 1") }
    }

    /// Runs until the windows are over, or until SIGINT or SIGTERM.
    package func run() async throws {
        // The operators' files are readable by their owner only, as with `coord run`.
        umask(0o077)
        let stream = LogStream()
        var logger = Logger(label: "devnet") { LineLogHandler(label: $0, isJSON: false, stream: stream) }
        // The servers' library logs an interrupted accept as an error. Errors that matter here are thrown.
        logger.logLevel = .critical
        let network = try DevNetwork(
            operators: operators, wallets: wallets, seats: seatCount, threshold: signers, blockMilliseconds: blockMs,
            windows: windows, json: json, directory: dir, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: network, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}
