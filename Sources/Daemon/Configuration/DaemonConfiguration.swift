import Bitcoin
package import BitcoinClient
package import Coordination
package import Foundation
package import Logging
package import Peers
package import Primitives
import TOMLKit

/// The configuration of `coord run` (docs/configuration.md, durability-and-events.md §9).
package struct DaemonConfiguration: Sendable {
    /// Where the node runs; it gives the defaults.
    package enum Environment: String, Sendable, CaseIterable {
        case local
        case test
        case prod
    }

    /// One source of a chain.
    package struct Source: Sendable, Hashable {
        package let name: String
        package let url: String
        package let timeoutMilliseconds: Int
        package let requestsPerSecond: Int
        package let logRange: UInt64
        package let authorizationFile: String?
    }

    package let environment: Environment
    package let logLevel: Logger.Level
    package let logsJSON: Bool
    package let drainSeconds: UInt64
    /// The operator that the key must be; nil: whatever the key says.
    package let operatorAddress: EthereumAddress?

    package let profile: ProtocolProfile

    package let chainID: UInt64
    package let startBlock: BlockNumber
    package let pollMilliseconds: UInt64
    package let finalDepth: UInt64
    /// What a host block takes by the wall clock; a head three times as old is stale.
    package let blockSeconds: UInt64
    package let maximumRange: UInt64
    package let hostSources: [Source]

    package let bitcoinNetwork: BitcoinCoreClient.Network
    package let maximumTipAge: UInt64?
    package let bitcoinSources: [Source]

    package let listen: PeersConfiguration.Endpoint
    package let bootstrap: [EthereumAddress: PeersConfiguration.Endpoint]
    package let messagesPerSecond: Double
    package let bytesPerSecond: Double
    package let statusSeconds: UInt64

    package let directory: URL
    package let passwordFile: URL?
    package let scryptLogN: Int

    /// Reads a file; variables of the environment beat it. Relative paths are relative to the file.
    package init(path: String, variables: [String: String]) throws(ConfigurationFailure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw .unreadable(path: path) }
        try self.init(
            text: text, variables: variables, directory: URL(filePath: path).deletingLastPathComponent())
    }

    /// Reads a text.
    package init(
        text: String, variables: [String: String] = [:], directory base: URL
    ) throws(ConfigurationFailure) {
        var reader = try ConfigurationReader(text: text, environment: variables)

        environment = try Self.choice(try reader.string("general.environment"), "general.environment") ?? .prod
        let pick: (Int, Int, Int) -> Int = { [environment] local, test, prod in
            switch environment {
            case .local: local
            case .test: test
            case .prod: prod
            }
        }
        logLevel = try Self.choice(try reader.string("general.log_level"), "general.log_level") ?? .info
        switch try reader.string("general.log_format") ?? (environment == .prod ? "json" : "text") {
        case "text": logsJSON = false
        case "json": logsJSON = true
        default: throw .value("general.log_format", "use text or json")
        }
        drainSeconds = try reader.number("general.drain_seconds") ?? 60
        operatorAddress = try Self.address(try reader.string("general.operator_address"), "general.operator_address")

        profile = try Self.profile(&reader, environment)

        chainID = try reader.number("host_chain.chain_id") ?? UInt64(pick(31_337, 11_155_111, 1))
        startBlock = BlockNumber(try reader.number("host_chain.start_block") ?? 0)
        pollMilliseconds = try Self.positive(
            try reader.number("host_chain.poll_ms") ?? UInt64(pick(250, 4_000, 4_000)), "host_chain.poll_ms")
        finalDepth = try reader.number("host_chain.final_depth") ?? UInt64(pick(4, 64, 64))
        blockSeconds = try reader.number("host_chain.block_seconds") ?? UInt64(pick(1, 12, 12))
        guard (1...600).contains(blockSeconds) else {
            throw .value("host_chain.block_seconds", "\(blockSeconds) is out of range; use 1 to 600")
        }
        maximumRange = try Self.positive(
            try reader.number("host_chain.max_range") ?? 10_000, "host_chain.max_range")
        hostSources = try Self.sources(
            try reader.tables("host_chain.source"), "host_chain.source", base, hasKind: false)

        bitcoinNetwork = try Self.network(try reader.string("bitcoin.network"), environment)
        let age = try reader.number("bitcoin.max_tip_age_minutes") ?? UInt64(pick(0, 180, 180))
        maximumTipAge = age == 0 ? nil : age * 60
        bitcoinSources = try Self.sources(try reader.tables("bitcoin.source"), "bitcoin.source", base, hasKind: true)

        let address = try reader.string("peers.listen") ?? (environment == .local ? "127.0.0.1:0" : "0.0.0.0:3920")
        guard let listen = PeersConfiguration.Endpoint(address) else {
            throw .value("peers.listen", "give host:port")
        }
        self.listen = listen
        bootstrap = try Self.bootstrap(try reader.strings("peers.bootstrap") ?? [])
        messagesPerSecond = Double(
            try Self.positive(try reader.number("peers.messages_per_second") ?? 50, "peers.messages_per_second"))
        bytesPerSecond = Double(
            try Self.positive(try reader.number("peers.bytes_per_second") ?? 1_048_576, "peers.bytes_per_second"))
        statusSeconds = try Self.positive(
            try reader.number("peers.status_seconds") ?? UInt64(pick(5, 60, 60)), "peers.status_seconds")

        let place = try reader.string("storage.directory")
        guard let place = place ?? (environment == .local ? "coord-data" : nil) else {
            throw .missing("storage.directory")
        }
        directory = URL(filePath: place, relativeTo: base).absoluteURL
        let password = try reader.string("storage.password_file")
        guard password != nil || environment == .local else { throw .missing("storage.password_file") }
        passwordFile = password.map { URL(filePath: $0, relativeTo: base).absoluteURL }
        let logN = try reader.number("storage.scrypt_log_n") ?? UInt64(pick(12, 17, 17))
        guard (10...22).contains(logN), environment != .prod || logN >= 17 else {
            throw .value("storage.scrypt_log_n", "use 10 to 22, in prod at least 17")
        }
        scryptLogN = Int(logN)
        try reader.finish()
    }

    private static func profile(
        _ reader: inout ConfigurationReader, _ environment: Environment
    ) throws(ConfigurationFailure) -> ProtocolProfile {
        let preset: ProtocolProfile.Preset =
            try choice(try reader.string("profile.preset"), "profile.preset")
            ?? (environment == .local ? .devnet : .mainnet)
        var profile = ProtocolProfile(preset)
        let isCustom = try reader.flag("profile.allow_custom") ?? (environment != .prod)
        for field in ProtocolProfile.fields where field.name != "version" {
            let key = "profile.\(field.name)"
            switch field.storage {
            case .text: continue
            case .number(let path):
                if let value = try reader.number(key) { profile[keyPath: path] = value }
            case .flag(let path):
                if let value = try reader.flag(key) { profile[keyPath: path] = value }
            case .address(let path):
                if let value = try address(try reader.string(key), key) { profile[keyPath: path] = value }
            case .rational(let path):
                guard let text = try reader.string(key) else { continue }
                let parts = text.split(separator: "/").map { UInt32($0) }
                guard parts.count == 2, let numerator = parts[0], let denominator = parts[1] else {
                    throw .value(key, "give a fraction such as 1/16")
                }
                profile[keyPath: path] = Rational(numerator, denominator)
            }
        }
        if let rule = profile.brokenRule { throw .value("profile", "broken rule: \(rule.rawValue)") }
        guard isCustom || profile == ProtocolProfile(preset) else {
            throw .value("profile", "differs from its preset; set profile.allow_custom to take it")
        }
        return profile
    }

    private static func sources(
        _ tables: [TOMLTable], _ key: String, _ base: URL, hasKind: Bool
    ) throws(ConfigurationFailure) -> [Source] {
        guard !tables.isEmpty else { throw .missing("[[\(key)]]") }
        // Agreement among several sources comes with its own issue; until then a second one would be trusted blindly.
        guard tables.count == 1 else { throw .value(key, "this build takes one source") }
        var known: Set<String> = ["name", "url", "timeout_ms", "requests_per_second", "auth_file"]
        if hasKind { known.insert("kind") } else { known.formUnion(["log_range", "own"]) }
        var sources: [Source] = []
        for table in tables {
            for name in table.keys where !known.contains(name) {
                let nearest = known.nearest(to: name)
                throw .unknown("\(key).\(name)", nearest: nearest.map { "\(key).\($0)" })
            }
            func text(_ name: String) throws(ConfigurationFailure) -> String? {
                guard let value = table[name] else { return nil }
                guard let text = value.string else { throw .type("\(key).\(name)", expected: "a text") }
                return text
            }
            guard try text("kind") ?? "core" == "core" else { throw .value("\(key).kind", "this build speaks to core") }
            guard let name = try text("name") else { throw .missing("\(key).name") }
            guard let url = try text("url") else { throw .missing("\(key).url") }
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw .value("\(key).url", "give an http or https address")
            }
            guard !url.contains("@") else { throw .value("\(key).url", "secrets belong in auth_file") }
            func number(_ name: String, _ standard: Int) throws(ConfigurationFailure) -> Int {
                guard let value = table[name] else { return standard }
                guard let number = value.int, number > 0 else {
                    throw .type("\(key).\(name)", expected: "a whole number above 0")
                }
                return number
            }
            sources.append(
                Source(
                    name: name, url: url, timeoutMilliseconds: try number("timeout_ms", 10_000),
                    requestsPerSecond: try number("requests_per_second", 20),
                    logRange: UInt64(try number("log_range", 2_000)),
                    authorizationFile: try text("auth_file").map {
                        URL(filePath: $0, relativeTo: base).absoluteURL.path
                    }))
        }
        return sources
    }

    private static func network(
        _ text: String?, _ environment: Environment
    ) throws(ConfigurationFailure) -> BitcoinCoreClient.Network {
        let names: [String: BitcoinCoreClient.Network] = [
            "regtest": .regtest, "testnet": .test, "signet": .signet, "mainnet": .main,
        ]
        guard let text else { return environment == .local ? .regtest : environment == .test ? .test : .main }
        guard let network = names[text] else {
            throw .value("bitcoin.network", "use one of \(names.keys.sorted().joined(separator: ", "))")
        }
        return network
    }

    private static func bootstrap(
        _ texts: [String]
    ) throws(ConfigurationFailure) -> [EthereumAddress: PeersConfiguration.Endpoint] {
        var members: [EthereumAddress: PeersConfiguration.Endpoint] = [:]
        for text in texts {
            let parts = text.split(separator: "@")
            guard parts.count == 2, let address = try? EthereumAddress(hex: parts[0]),
                let endpoint = PeersConfiguration.Endpoint(String(parts[1]))
            else { throw .value("peers.bootstrap", "\(text) is not address@host:port") }
            members[address] = endpoint
        }
        return members
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String?, _ key: String
    ) throws(ConfigurationFailure) -> Value? where Value.RawValue == String {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .value(key, "use one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    private static func address(_ text: String?, _ key: String) throws(ConfigurationFailure) -> EthereumAddress? {
        guard let text else { return nil }
        guard let address = try? EthereumAddress(hex: text) else { throw .value(key, "give 20 bytes in hexadecimal") }
        return address
    }

    private static func positive(_ number: UInt64, _ key: String) throws(ConfigurationFailure) -> UInt64 {
        guard number > 0 else { throw .value(key, "give a number above 0") }
        return number
    }
}
