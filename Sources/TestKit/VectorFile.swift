import Foundation

/// A file of published figures, committed under `Tests/Vectors`.
///
/// With the environment variable `VECTORS_DIR` set, a file of the same name there replaces the committed one; a file
/// that is absent there falls back to it.
package struct VectorFile: Sendable {
    /// The name without `.json`.
    package let name: String
    private let data: Data

    /// The reason that a file of figures cannot be used.
    package enum Failure: Error {
        /// The file is not a JSON object, or a group is not a list.
        case layout(String)
    }

    /// Reads a file by its name without `.json`.
    package init(_ name: String) throws {
        self.name = name
        let committed = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(components: "Tests", "Vectors", "\(name).json")
        var url = committed
        if let directory = ProcessInfo.processInfo.environment["VECTORS_DIR"] {
            let replacement = URL(filePath: directory).appending(component: "\(name).json")
            if FileManager.default.fileExists(atPath: replacement.path) { url = replacement }
        }
        data = try Data(contentsOf: url)
    }

    /// The cases of a group, found by its path of keys; empty where the group is absent.
    package func group<Case: Decodable>(_ path: String..., as type: Case.Type) throws -> [Case] {
        try group(path, as: type)
    }

    fileprivate func group<Case: Decodable>(_ path: [String], as _: Case.Type) throws -> [Case] {
        guard let found = try node(path) else { return [] }
        guard found is [Any] else { throw Failure.layout("\(name).\(path.joined(separator: ".")) is no list") }
        return try JSONDecoder().decode([Case].self, from: try JSONSerialization.data(withJSONObject: found))
    }

    /// A single object, found by its path of keys; nil where it is absent.
    package func object<Case: Decodable>(_ path: String..., as _: Case.Type) throws -> Case? {
        guard let found = try node(path) else { return nil }
        return try JSONDecoder().decode(
            Case.self, from: try JSONSerialization.data(withJSONObject: found, options: .fragmentsAllowed))
    }

    private func node(_ path: [String]) throws -> Any? {
        var current: Any? = try JSONSerialization.jsonObject(with: data)
        for key in path {
            guard let object = current as? [String: Any] else {
                throw Failure.layout("\(name): nothing can be looked up by \(key)")
            }
            current = object[key]
            if current == nil { return nil }
        }
        return current
    }
}

/// Counts the cases that a suite of figures ran, by group.
package struct CaseReport: Sendable {
    private let suite: String
    private var groups: [(name: String, count: Int)] = []

    /// Starts with no cases.
    package init(_ suite: String) { self.suite = suite }

    /// Checks every case of a group, found by its path of keys, and notes that they ran.
    package mutating func check<Case: Decodable>(
        _ path: String..., of file: VectorFile, as type: Case.Type, _ body: (Case) throws -> Void
    ) throws {
        let cases = try file.group(path, as: type)
        for one in cases { try body(one) }
        ran(path.joined(separator: "."), cases.count)
    }

    /// Notes that a group's cases ran.
    package mutating func ran(_ group: String, _ count: Int) { groups.append((group, count)) }

    /// Notes a group that this build has no code for yet.
    package func notRun(_ group: String) { print("\(suite): \(group): not run, its action is not built yet") }

    /// Prints the cases by group and gives their total; a suite fails where that is 0.
    package func total() -> Int {
        for group in groups { print("\(suite): \(group.name): \(group.count) cases") }
        return groups.reduce(0) { $0 + $1.count }
    }
}
