import Primitives

/// A file that lists faults (docs/simulation.md): one kind a line, `#` begins a comment, empty lines count nothing.
package enum FaultFile {
    /// Why a text lists no faults.
    package enum Failure: Error, Hashable, Sendable {
        /// A line names no kind.
        case unknown(String, line: Int, nearest: String?)
        /// A kind stands there twice.
        case repeated(String, line: Int)
        /// No line names a kind.
        case empty
    }

    /// Reads the kinds of a text.
    ///
    /// - Throws: ``Failure`` for the first line that names no kind or one named before, and for a text without any.
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
