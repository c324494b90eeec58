package import ArgumentParser
import Coordination
import Foundation
import Primitives
import Program

/// `coord leader`: prints the leader of a window, the order of its reserves, and the checklist. Offline.
package struct LeaderCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "leader",
        abstract: "Says who leads a window, from the wallet, a block hash and the seats. Needs no node.")

    @Option(help: ArgumentHelp("The wallet's public key hash: 20 bytes in hexadecimal.", valueName: "0x…"))
    var walletHash: String

    @Option(help: ArgumentHelp("The hash of the block safeBlockShift before the window: 32 bytes.", valueName: "0x…"))
    var blockHash: String

    @Option(help: ArgumentHelp("The coordination block that opens the window.", valueName: "N"))
    var block: String

    @Option(
        help: ArgumentHelp(
            "The operator of each seat, seat 1 first: addresses with commas between, or a file with one a line.",
            valueName: "a,b,c|@file"))
    var seats: String

    @Option(help: "The profile: mainnet, rfc12 or devnet.")
    var profile = "mainnet"

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Required by the argument parser.
    package init() {}

    /// Elects and prints.
    package func run() throws {
        let election = try LeaderElection(
            walletHash: walletHash, blockHash: blockHash, block: block, seats: seats, profile: profile)
        if json {
            try Output.json(election)
        } else {
            try Output.line(election.text)
        }
    }
}

/// The answer of `coord leader` (schema 1, docs/cli.md).
struct LeaderElection: Encodable {
    let schema = 1
    let profile: String
    let profileDigest: String
    let windowIndex: UInt64
    let seed: String
    let leader: String
    let leaderOrder: [String]
    let reserves: [String]
    let checklist: [String]

    /// Parses the arguments as the user typed them; the failure names the wrong one.
    init(walletHash: String, blockHash: String, block: String, seats: String, profile: String) throws(CommandFailure) {
        guard let preset = ProtocolProfile.Preset(rawValue: profile) else {
            throw .usage(
                .profile, "there is no profile \"\(profile)\"",
                fix: "use one of \(ProtocolProfile.Preset.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let rules = ProtocolProfile(preset)
        let wallet = try Self.fixed(walletHash, "--wallet-hash", WalletPublicKeyHash.self)
        let hash = try Self.fixed(blockHash, "--block-hash", Hash32.self)
        guard let number = UInt64(block), !block.hasPrefix("+") else {
            throw .usage(.block, "--block \(block) is no block number", fix: "give a whole number above 0")
        }
        guard let window = CoordinationWindow(openedBy: BlockNumber(number), profile: rules) else {
            throw .usage(
                .block, "--block \(number) opens no window of profile \(profile)",
                fix: "give a positive multiple of \(rules.frequency)")
        }
        let group: SigningGroup
        do {
            group = try SigningGroup(wallet: wallet, seats: try Self.addresses(seats), threshold: 1)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .usage(
                .seats, "--seats names no signing group: \(error)",
                fix: "give from 1 to \(SigningGroup.maximumSeats) addresses")
        }
        let election = Election(
            wallet: wallet, safeBlockHash: hash, window: window.index, operators: group.operators, profile: rules)
        self.profile = profile
        profileDigest = rules.digest.description
        windowIndex = window.index.rawValue
        seed = election.seed.description
        leaderOrder = election.leaderOrder.map(\.description)
        leader = leaderOrder.first ?? ""
        reserves = election.reserves.map(\.description)
        checklist = election.checklist.actions.map(\.name)
    }

    /// The answer as text.
    var text: String {
        """
        window     \(windowIndex) (profile \(profile), digest \(profileDigest))
        seed       \(seed)
        leader     \(leader)
        reserves   \(reserves.isEmpty ? "none" : reserves.joined(separator: ", "))
        order      \(leaderOrder.joined(separator: "\n           "))
        checklist  \(checklist.joined(separator: ", "))
        """
    }

    private static func fixed<Value: FixedBytes>(
        _ text: String, _ option: String, _: Value.Type
    ) throws(CommandFailure) -> Value {
        do throws(HexFailure) {
            return try Value(hex: text)
        } catch {
            let cause =
                switch error {
                case .oddLength(let digits): "has an odd number of digits (\(digits))"
                case .notADigit(let offset): "has no hexadecimal digit at place \(offset + 1)"
                case .wrongLength(let expected, let actual): "has \(actual) bytes, not \(expected)"
                }
            throw .usage(.hex, "\(option) \(cause)", fix: "give \(Value.byteCount) bytes in hexadecimal")
        }
    }

    private static func addresses(_ text: String) throws(CommandFailure) -> [EthereumAddress] {
        let words: [Substring]
        if text.hasPrefix("@") {
            let path = String(text.dropFirst())
            guard let contents = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw .usage(.seats, "--seats names the file \(path), which cannot be read", fix: "name a text file")
            }
            words = contents.split(whereSeparator: \.isNewline)
        } else {
            words = text.split(separator: ",", omittingEmptySubsequences: false)
        }
        let trimmed = words.map { $0.trimmingCharacters(in: .whitespaces) }
        // An empty line of a file is skipped; an empty place in a list is a mistake.
        let names = text.hasPrefix("@") ? trimmed.filter { !$0.isEmpty } : trimmed
        guard !names.isEmpty, names != [""] else {
            throw .usage(.seats, "--seats names no seat", fix: "give at least one address")
        }
        var addresses: [EthereumAddress] = []
        for (index, name) in names.enumerated() {
            addresses.append(try fixed(name, "seat \(index + 1) of --seats", EthereumAddress.self))
        }
        return addresses
    }
}
