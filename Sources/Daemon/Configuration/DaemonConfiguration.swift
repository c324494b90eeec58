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
    /// The environment of the node, which selects the defaults.
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
    /// The operator that the key must belong to; nil accepts any key.
    package let operatorAddress: EthereumAddress?

    package let profile: ProtocolProfile

    package let chainID: UInt64
    package let startBlock: BlockNumber
    package let pollMilliseconds: UInt64
    package let finalDepth: UInt64
    /// Seconds between two host blocks by the wall clock. A head three times as old is stale.
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
    package let clockWarning: Duration
    package let statusSeconds: UInt64

    package let directory: URL
    package let passwordFile: URL?
    package let scryptLogN: Int
    /// The ignored variables of a container platform whose names look like ours.
    package let ignoredVariables: [String]

    /// Reads a file. Environment variables override it. Relative paths are relative to the file.
    ///
    /// - Throws: ``ConfigurationFailure`` if the file cannot be read or is not UTF-8, and as
    ///   ``init(text:variables:directory:)`` does.
    package init(path: String, variables: [String: String]) throws(ConfigurationFailure) {
        guard let data = ReadFile.contents(path) else {
            throw .unreadable(path: path, ReadFile.trouble(path))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .unreadable(path: path, "it is no UTF-8 text")
        }
        try self.init(
            text: text, variables: variables, directory: URL(filePath: path).deletingLastPathComponent())
    }

    /// Reads a text.
    ///
    /// - Throws: ``ConfigurationFailure`` for text that is not TOML, and for the first key or variable that is unknown,
    ///   missing, of another type or against its rule.
    package init(
        text: String, variables: [String: String] = [:], directory base: URL
    ) throws(ConfigurationFailure) {
        var reader = try ConfigurationReader(text: text, environment: variables)

        environment = try Self.choice(try reader.string("general.environment"), "general.environment") ?? .prod
        logLevel = try Self.choice(try reader.string("general.log_level"), "general.log_level") ?? .info
        switch try reader.string("general.log_format") ?? (environment == .prod ? "json" : "text") {
        case "text": logsJSON = false
        case "json": logsJSON = true
        default: throw .value("general.log_format", "use text or json")
        }
        drainSeconds = try reader.number(.drainSeconds, environment)
        operatorAddress = try Self.address(try reader.string("general.operator_address"), "general.operator_address")

        profile = try Self.profile(&reader, environment)

        chainID = try reader.number(.chainID, environment)
        startBlock = BlockNumber(try reader.number(.startBlock, environment))
        pollMilliseconds = try reader.number(.pollMilliseconds, environment)
        finalDepth = try reader.number(.finalDepth, environment)
        blockSeconds = try reader.number(.blockSeconds, environment)
        // If a poll takes longer than a block, blocks arrive in bursts and the head always counts as stale.
        guard pollMilliseconds <= 1_000 * blockSeconds else {
            throw .value(
                "host_chain.poll_ms",
                "\(pollMilliseconds) is longer than a block; use at most 1000 times host_chain.block_seconds")
        }
        maximumRange = try reader.number(.maximumRange, environment)
        hostSources = try Self.sources(
            try reader.tables("host_chain.source"), "host_chain.source", base, environment, hasKind: false)

        bitcoinNetwork = try Self.network(try reader.string("bitcoin.network"), environment)
        let age = try reader.number(.maximumTipAge, environment)
        maximumTipAge = age == 0 ? nil : age * 60
        bitcoinSources = try Self.sources(
            try reader.tables("bitcoin.source"), "bitcoin.source", base, environment, hasKind: true)

        let address = try reader.string("peers.listen") ?? (environment == .local ? "127.0.0.1:0" : "0.0.0.0:3920")
        guard let listen = PeersConfiguration.Endpoint(address) else {
            throw .value("peers.listen", "give host:port")
        }
        self.listen = listen
        bootstrap = try Self.bootstrap(try reader.strings("peers.bootstrap") ?? [])
        messagesPerSecond = Double(try reader.number(.messagesPerSecond, environment))
        bytesPerSecond = Double(try reader.number(.bytesPerSecond, environment))
        clockWarning = .milliseconds(try reader.number(.clockWarnMilliseconds, environment))
        statusSeconds = try reader.number(.statusSeconds, environment)

        let place = try reader.string("storage.directory")
        guard let place = place ?? (environment == .local ? "coord-data" : nil) else {
            throw .missing("storage.directory")
        }
        directory = URL(filePath: place, relativeTo: base).absoluteURL
        let password = try reader.string("storage.password_file")
        guard password != nil || environment == .local else { throw .missing("storage.password_file") }
        passwordFile = password.map { URL(filePath: $0, relativeTo: base).absoluteURL }
        let logN = try reader.number(.scryptLogN, environment)
        guard environment != .prod || logN >= 17 else {
            throw .range(NumberSetting.scryptLogN.key, value: "\(logN)", 17...NumberSetting.scryptLogN.range.upperBound)
        }
        scryptLogN = Int(logN)
        ignoredVariables = try reader.finish()
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
                if let value = try reader.number(key, in: field.range) { profile[keyPath: path] = value }
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
            let fields = profile.differingFields(from: ProtocolProfile(preset)).joined(separator: ", ")
            throw .value(
                "profile", "\(fields): not as in the preset \(preset.rawValue); set profile.allow_custom to take it")
        }
        return profile
    }

    private static func sources(
        _ tables: [TOMLTable], _ key: String, _ base: URL, _ environment: Environment, hasKind: Bool
    ) throws(ConfigurationFailure) -> [Source] {
        guard !tables.isEmpty else { throw .missing("[[\(key)]]") }
        // Comparing several sources is not built yet. Until then a second source would be trusted unchecked.
        guard tables.count == 1 else { throw .value(key, "this build takes one source") }
        var known: Set<String> = ["name", "url", "own", "timeout_ms", "requests_per_second", "auth_file"]
        known.insert(hasKind ? "kind" : "log_range")
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
            func number(_ setting: NumberSetting) throws(ConfigurationFailure) -> UInt64 {
                let name = String(setting.key.dropFirst("source.".count))
                guard let value = table[name] else { return setting.standard(environment) }
                return try ConfigurationReader.number(value, "\(key).\(name)", in: setting.range)
            }
            let own = table["own"]
            guard own == nil || own?.bool != nil else { throw .type("\(key).own", expected: "true or false") }
            if environment != .local {
                try requireTrusted(url, isOwn: own?.bool == true, isSingle: tables.count == 1, key)
            }
            sources.append(
                Source(
                    name: name, url: url, timeoutMilliseconds: Int(try number(.timeoutMilliseconds)),
                    requestsPerSecond: Int(try number(.requestsPerSecond)), logRange: try number(.logRange),
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

    /// Outside `local`, requires that the single source is the operator's own and that no third party on the way can
    /// change its answers, because no other source could contradict it (durability-and-events.md CF2, HC6).
    private static func requireTrusted(
        _ url: String, isOwn: Bool, isSingle: Bool, _ key: String
    ) throws(ConfigurationFailure) {
        guard isOwn || !isSingle else {
            throw .source(
                reason: .sourceNotOwn, "\(key).own",
                "a single source must be the operator's own node; run one, and set own = true")
        }
        let host = URLComponents(string: url)?.host ?? ""
        let isLoopback =
            ["localhost", "::1", "[::1]"].contains(host.lowercased())
            || host.wholeMatch(of: /127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
        guard url.hasPrefix("https://") || isLoopback else {
            throw .source(
                reason: .sourcePlainHTTP, "\(key).url",
                "\(url) is plain http to another machine; use https, or a tunnel that ends on 127.0.0.1")
        }
    }
}
