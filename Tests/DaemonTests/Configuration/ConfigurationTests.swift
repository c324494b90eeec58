import Coordination
import Foundation
import Primitives
import Testing

@testable import Daemon

/// What the configuration takes and refuses.
@Suite struct ConfigurationTests {
    private static let base = URL(filePath: "/tmp")
    private static let local = """
        [general]
        environment = "local"
        [[host_chain.source]]
        name = "h"
        url = "http://127.0.0.1:1"
        [[bitcoin.source]]
        name = "b"
        url = "http://127.0.0.1:2"
        """

    private func configuration(
        _ text: String = local, _ variables: [String: String] = [:]
    ) throws(ConfigurationFailure) -> DaemonConfiguration {
        try DaemonConfiguration(text: text, variables: variables, directory: Self.base)
    }

    private func failure(_ text: String = local, _ variables: [String: String] = [:]) -> ConfigurationFailure? {
        do throws(ConfigurationFailure) {
            _ = try configuration(text, variables)
            return nil
        } catch {
            return error
        }
    }

    private func variable(_ key: String) -> String { "COORD_" + key.uppercased().replacing(".", with: "_") }

    private static let fields = ProtocolProfile.fields.filter { if case .number = $0.storage { true } else { false } }
    static let tableRanges: [(key: String, range: ClosedRange<UInt64>)] =
        NumberSetting.all.filter { !$0.key.hasPrefix("source.") }.map { ($0.key, $0.range) }
        + fields.map { ("profile.\($0.name)", $0.range) }

    @Test(
        "A number at the ends of its range passes its range; one beyond is refused with its key, its value and its range",
        arguments: tableRanges)
    func ranges(key: String, range: ClosedRange<UInt64>) throws {
        for end in [range.lowerBound, range.upperBound] {
            // Another rule of the profile may refuse it, but never the range.
            if case .range = failure(Self.local, [variable(key): "\(end)"]) { Issue.record("\(key) = \(end)") }
        }
        var beyond = ["-1", "18446744073709551615", "18446744073709551616", "300000000000000000000"]
        if range.lowerBound > 0 { beyond.append("\(range.lowerBound - 1)") }
        beyond.append("\(range.upperBound + 1)")
        for value in beyond {
            let failure = try #require(self.failure(Self.local, [variable(key): value]))
            #expect(failure == .range(key, value: value, range))
            for word in [key, value, "\(range.lowerBound)", "\(range.upperBound)"] {
                #expect(failure.cause().contains(word))
            }
        }
        #expect(failure(Self.local, [variable(key): "1e3"]) == .type(key, expected: "a whole number"))
    }

    @Test("What a variable gave is told by the variable's name, and what the file gave by the key")
    func variableNames() throws {
        let values = [
            "profile.frequency": "1", "general.drain_seconds": "x", "profile.allow_custom": "maybe",
            "general.environment": "moon", "peers.listen": "nowhere", "profile.heartbeat": "1",
        ]
        for (key, value) in values {
            let variables = [variable(key): value]
            let cause = try #require(failure(Self.local, variables)).cause(variables: variables)
            #expect(cause.hasPrefix("the variable \(variable(key))"), "\(cause)")
        }
        let text = Self.local.replacing("[general]", with: "[general]\ndrain_seconds = -1")
        let cause = try #require(failure(text)).cause(variables: [variable("general.log_level"): "info"])
        #expect(cause == "general.drain_seconds: -1 is outside 0 to 86400")
    }

    @Test("A file that is not there, a folder, and what is no text are told apart")
    func unreadable() throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "configuration-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = folder.appending(component: "bytes.toml")
        try Data([0x5b, 0xff, 0xfe]).write(to: bytes)
        for (path, why) in [
            (folder.path + "/none.toml", "No such file or directory"), (folder.path, "it is a folder"),
            (bytes.path, "it is no UTF-8 text"),
        ] {
            #expect(throws: ConfigurationFailure.unreadable(path: path, why)) {
                try DaemonConfiguration(path: path, variables: [:])
            }
        }
    }

    @Test("A profile that is not its preset's is told by the fields that differ")
    func custom() throws {
        let text = Self.local + "\n[profile]\nallow_custom = false\nsettleConfirmations = 7"
        let cause = try #require(failure(text)).cause()
        #expect(cause.contains("settleConfirmations: not as in the preset devnet"), "\(cause)")
    }

    @Test(
        "A number of a source is refused beyond its range",
        arguments: NumberSetting.all.filter { $0.key.hasPrefix("source.") })
    func sourceRanges(setting: NumberSetting) {
        let name = setting.key.dropFirst("source.".count)
        func text(_ value: String) -> String {
            Self.local.replacing("name = \"h\"", with: "name = \"h\"\n\(name) = \(value)")
        }
        for end in [setting.range.lowerBound, setting.range.upperBound] { #expect(failure(text("\(end)")) == nil) }
        for value in ["-1", "\(setting.range.lowerBound - 1)", "\(setting.range.upperBound + 1)"] {
            #expect(failure(text(value)) == .range("host_chain.source.\(name)", value: value, setting.range))
        }
    }

    @Test("docs/configuration.md gives every number the range that the table gives it")
    func documented() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/configuration.md")
        let rows = Set(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init))
        let settings = NumberSetting.all.map { setting in
            let defaults = Set(setting.defaults).count == 1 ? [setting.defaults[0]] : setting.defaults
            return "| `\(setting.key)` | \(setting.unit) | \(setting.range.lowerBound) | \(setting.range.upperBound)"
                + " | \(defaults.map(String.init).joined(separator: " / ")) |"
        }
        let fields = Self.fields.map {
            "| `profile.\($0.name)` | | \($0.range.lowerBound) | \($0.range.upperBound) | of the preset |"
        }
        for row in settings + fields where !rows.contains(row) { Issue.record("the row is missing: \(row)") }
    }

    @Test("Every preset is inside the ranges", arguments: ProtocolProfile.Preset.allCases)
    func presets(preset: ProtocolProfile.Preset) {
        #expect(ProtocolProfile(preset).brokenRule == nil)
    }

    private static func foreign(_ environment: String, url: String, own: String) -> String {
        """
        [general]
        environment = "\(environment)"
        [storage]
        directory = "d"
        password_file = "p"
        [[host_chain.source]]
        name = "h"
        url = "https://127.0.0.1:1"
        own = true
        [[bitcoin.source]]
        name = "b"
        url = "\(url)"
        \(own)
        """
    }

    @Test(
        "Outside local a single source must be the operator's own", arguments: ["test", "prod"], ["", "own = false"])
    func ownSources(environment: String, own: String) {
        let failure = self.failure(Self.foreign(environment, url: "https://there.example", own: own))
        #expect(failure?.reason == .sourceNotOwn)
        #expect(self.failure(Self.foreign(environment, url: "https://there.example", own: "own = true")) == nil)
    }

    @Test(
        "Outside local plain http goes to loopback addresses only",
        arguments: [
            ("http://127.0.0.1:8332", true), ("http://127.1.2.3", true), ("http://localhost:1", true),
            ("http://[::1]:1", true), ("http://10.0.0.1", false), ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example", false), ("http://there.example/127.0.0.1", false),
        ])
    func plainTransport(url: String, isAllowed: Bool) {
        let failure = self.failure(Self.foreign("prod", url: url, own: "own = true"))
        #expect(failure?.reason == (isAllowed ? nil : CommandReason.sourcePlainHTTP))
    }

    @Test("An empty variable is refused by its own name")
    func emptyVariable() {
        #expect(failure(Self.local, ["COORD_STORAGE_DIRECTORY": ""]) == .empty("COORD_STORAGE_DIRECTORY"))
    }

    @Test("The variables that a container platform sets for a service are ignored and named; others are refused")
    func serviceVariables() throws {
        let platform = [
            "COORD_PORT": "tcp://10.0.0.1:3920", "COORD_SERVICE_HOST": "10.0.0.1", "COORD_SERVICE_PORT": "3920",
            "COORD_SERVICE_PORT_PEERS": "3920", "COORD_PORT_3920_TCP": "tcp://10.0.0.1:3920",
            "COORD_PORT_3920_TCP_ADDR": "10.0.0.1", "COORD_METRICS_SERVICE_HOST": "10.0.0.2",
            "COORD_METRICS_PORT": "tcp://10.0.0.2:80",
        ]
        #expect(try configuration(Self.local, platform).ignoredVariables == platform.keys.sorted())
        #expect(failure(Self.local, ["COORD_PORT": "3920"]) == .unknown("COORD_PORT", nearest: nil))
        #expect(
            failure(Self.local, ["COORD_PEERS_LISTENS": "x"])
                == .unknown("COORD_PEERS_LISTENS", nearest: "COORD_PEERS_LISTEN"))
    }
}
