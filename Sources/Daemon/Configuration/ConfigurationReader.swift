import Primitives
import TOMLKit

/// A TOML file read key by key: every key must be asked for, or it is unknown.
struct ConfigurationReader {
    private let table: TOMLTable
    private let environment: [String: String]
    private var asked: Set<String> = []
    /// The keys that a variable can give.
    private var variables: Set<String> = []

    /// Parses the text; variables `COORD_SECTION_KEY` beat it.
    init(text: String, environment: [String: String]) throws(ConfigurationFailure) {
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw .syntax(line: error.source.begin.line, error.description)
        } catch {
            throw .syntax(line: 0, "\(error)")
        }
        self.environment = environment.filter { $0.key.hasPrefix("COORD_") }
    }

    mutating func string(_ key: String) throws(ConfigurationFailure) -> String? {
        if let text = variable(key) { return text }
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw .type(key, expected: "a text") }
        return text
    }

    mutating func number(_ key: String) throws(ConfigurationFailure) -> UInt64? {
        if let text = variable(key) {
            guard let number = UInt64(text) else { throw .type(key, expected: "a whole number") }
            return number
        }
        guard let value = value(key) else { return nil }
        guard let number = value.int, number >= 0 else { throw .type(key, expected: "a whole number") }
        return UInt64(number)
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

    /// Refuses every key of the file, and every variable, that nobody asked for.
    func finish() throws(ConfigurationFailure) {
        for key in Self.keys(of: table, prefix: "").sorted() where !asked.contains(key) {
            throw .unknown(key, nearest: asked.nearest(to: key))
        }
        let variables = Set(variables.map(Self.variableName))
        for name in environment.keys.sorted() where !variables.contains(name) {
            throw .unknown(name, nearest: variables.nearest(to: name))
        }
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

    private static func variableName(_ key: String) -> String {
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
