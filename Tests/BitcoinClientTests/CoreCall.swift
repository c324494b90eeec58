import TestKit

/// A call as a node reads it.
struct CoreCall: Hashable, Sendable {
    let method: String
    let parameters: [JSONValue]

    /// The parameter at a place; nil where the call ends before.
    subscript(place: Int) -> JSONValue? { parameters.indices.contains(place) ? parameters[place] : nil }
}

/// What a node answers to a call: a result as JSON text, so that a test says each digit, or an error.
enum CoreReply: Hashable, Sendable {
    case result(String)
    case error(Int, String)
}
