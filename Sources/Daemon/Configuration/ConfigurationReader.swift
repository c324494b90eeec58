import Primitives
import TOMLKit

/// Reads a TOML file key by key. A key that is never asked for is unknown.
struct ConfigurationReader {
    private let table: TOMLTable
    private let environment: [String: String]
    private var asked: Set<String> = []
    /// The names of the variables that can set a key.
    private var variables: Set<String> = []

    /// Parses the text. Variables `COORD_SECTION_KEY` override it.
    init(text: String, environment: [String: String]) throws(ConfigurationFailure) {
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw .syntax(line: error.source.begin.line, error.description)
        } catch {
            throw .syntax(line: 0, "\(error)")
        }
        self.environment = environment.filter { $0.key.hasPrefix("COORD_") }
        if let empty = self.environment.filter(\.value.isEmpty).keys.min() { throw .empty(empty) }
    }

    mutating func string(_ key: String) throws(ConfigurationFailure) -> String? {
        if let text = variable(key) { return text }
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw .type(key, expected: "a text") }
        return text
    }

    /// Reads a number of the table; its default if neither file nor variable sets it.
    mutating func number(
        _ setting: NumberSetting, _ environment: DaemonConfiguration.Environment
    ) throws(ConfigurationFailure) -> UInt64 {
        try number(setting.key, in: setting.range) ?? setting.standard(environment)
    }

    mutating func number(_ key: String, in range: ClosedRange<UInt64>) throws(ConfigurationFailure) -> UInt64? {
        if let text = variable(key) { return try Self.number(text, key, in: range) }
        return try value(key).map { value throws(ConfigurationFailure) in try Self.number(value, key, in: range) }
    }

    /// The whole number of a value, checked against its range.
    static func number(
        _ value: any TOMLValueConvertible, _ key: String, in range: ClosedRange<UInt64>
    ) throws(ConfigurationFailure) -> UInt64 {
        guard let number = value.int else { throw .type(key, expected: "a whole number") }
        return try Self.number("\(number)", key, in: range)
    }

    private static func number(
        _ text: String, _ key: String, in range: ClosedRange<UInt64>
    ) throws(ConfigurationFailure) -> UInt64 {
        if let number = UInt64(text), range.contains(number) { return number }
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isNumber) else { throw .type(key, expected: "a whole number") }
        throw .range(key, value: text, range)
    }

    mutating func flag(_ key: String) throws(ConfigurationFailure) -> Bool? {
        if let text = variable(key) {
            guard let flag = Bool(text) else { throw .type(key, expected: "true or false") }
            return flag
        }
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw .type(key, expected: "true or false") }
        return flag
    }

    mutating func strings(_ key: String) throws(ConfigurationFailure) -> [String]? {
        guard let value = value(key) else { return nil }
        guard let list = value.array else { throw .type(key, expected: "a list of texts") }
        var texts: [String] = []
        for element in list {
            guard let text = element.string else { throw .type(key, expected: "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// The tables of a list such as `[[host_chain.source]]`.
    mutating func tables(_ key: String) throws(ConfigurationFailure) -> [TOMLTable] {
        guard let value = value(key) else { return [] }
        guard let list = value.array else { throw .type(key, expected: "a list of tables") }
        var tables: [TOMLTable] = []
        for element in list {
            guard let table = element.table else { throw .type(key, expected: "a list of tables") }
            tables.append(table)
        }
        return tables
    }

    /// Refuses every key of the file, and every variable, that was never asked for. Returns the ignored variables,
    /// which a container platform sets for a service with our name.
    func finish() throws(ConfigurationFailure) -> [String] {
        for key in Self.keys(of: table, prefix: "").sorted() where !asked.contains(key) {
            throw .unknown(key, nearest: asked.nearest(to: key))
        }
        let variables = Set(variables.map(Self.variableName))
        let unknown = environment.filter { !variables.contains($0.key) }
        let ignored = unknown.filter(Self.isOfService).keys.sorted()
        for name in unknown.keys.sorted() where !ignored.contains(name) {
            throw .unknown(name, nearest: variables.nearest(to: name))
        }
        return ignored
    }

    /// Whether a variable is one that container platforms set in every container for each service, such as
    /// `COORD_SERVICE_HOST` or `COORD_PORT=tcp://10.0.0.1:3920`.
    private static func isOfService(_ name: String, _ value: String) -> Bool {
        let isAddress = ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
        return name.wholeMatch(of: /COORD_([A-Z0-9]+_)*SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)/) != nil
            || name.wholeMatch(of: /COORD_([A-Z0-9]+_)*PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?/) != nil
            || (isAddress && name.wholeMatch(of: /COORD_([A-Z0-9]+_)*PORT/) != nil)
    }

    private mutating func value(_ key: String) -> (any TOMLValueConvertible)? {
        asked.insert(key)
        let words = key.split(separator: ".").map(String.init)
        var current: TOMLTable? = table
        for word in words.dropLast() { current = current?[word]?.table }
        return words.last.flatMap { current?[$0] }
    }

    private mutating func variable(_ key: String) -> String? {
        asked.insert(key)
        variables.insert(key)
        return environment[Self.variableName(key)]
    }

    /// The variable that overrides a key.
    static func variableName(_ key: String) -> String {
        "COORD_" + key.uppercased().replacing(".", with: "_")
    }

    private static func keys(of table: TOMLTable, prefix: String) -> [String] {
        table.keys.flatMap { key -> [String] in
            let path = prefix.isEmpty ? key : "\(prefix).\(key)"
            if let inner = table[key]?.table { return keys(of: inner, prefix: path) }
            return [path]
        }
    }
}
