import Primitives

/// A file that lists faults (docs/simulation.md): one kind a line. `#` begins a comment; empty lines are skipped.
package enum FaultFile {
    /// The reason that a text is not a valid list of faults.
    package enum Failure: Error, Hashable, Sendable {
        /// A line names an unknown kind.
        case unknown(String, line: Int, nearest: String?)
        /// A kind is listed twice.
        case repeated(String, line: Int)
        /// No line names a kind.
        case empty
    }

    /// Parses the kinds in a text.
    ///
    /// - Throws: ``Failure`` for the first line with an unknown kind or a repeated one, and for a text without any.
    package static func kinds(in text: String) throws(Failure) -> Set<InjectedFault> {
        var kinds: Set<InjectedFault> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty else { continue }
            let name = words.joined(separator: " ")
            guard let kind = InjectedFault(rawValue: name) else {
                throw .unknown(name, line: index + 1, nearest: InjectedFault.allCases.map(\.rawValue).nearest(to: name))
            }
            guard kinds.insert(kind).inserted else { throw .repeated(name, line: index + 1) }
        }
        guard !kinds.isEmpty else { throw .empty }
        return kinds
    }
}
