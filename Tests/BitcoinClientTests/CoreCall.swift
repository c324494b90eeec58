/// A parameter as a node reads it.
enum CoreParameter: Decodable, Hashable, Sendable {
    case null
    case flag(Bool)
    case number(UInt64)
    case text(String)
    case list([CoreParameter])
    case object([String: CoreParameter])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(UInt64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let values = try? container.decode([CoreParameter].self) {
            self = .list(values)
        } else {
            self = .object(try container.decode([String: CoreParameter].self))
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    var number: UInt64? { if case .number(let number) = self { number } else { nil } }

    var list: [CoreParameter] { if case .list(let values) = self { values } else { [] } }

    subscript(name: String) -> CoreParameter? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}

/// A call as a node reads it.
struct CoreCall: Hashable, Sendable {
    let method: String
    let parameters: [CoreParameter]

    /// The parameter at a place; nil where the call ends before.
    subscript(place: Int) -> CoreParameter? { parameters.indices.contains(place) ? parameters[place] : nil }
}

/// What a node answers to a call: a result as JSON text, so that a test says each digit, or an error.
enum CoreReply: Hashable, Sendable {
    case result(String)
    case error(Int, String)
}
