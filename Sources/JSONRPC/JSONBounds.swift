import Primitives

/// Bounds on an answer's shape, checked before it is parsed. The parser recurses by depth and keeps a table of all
/// values, so a few bytes of brackets or commas cost many times their length.
enum JSONBounds {
    /// The maximum nesting depth; answers of both chains need 6.
    static let depth = 32
    /// The maximum number of values and members; 10,000 logs have 300,000.
    static let values = 1_000_000

    /// Whether a text is within the bounds. A text that is not JSON is left to the parser.
    static func hold(for text: Bytes) -> Bool {
        var (open, values) = (0, 0)
        var (isText, isEscaped) = (false, false)
        for byte in text {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                values += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
            default: break
            }
            guard open <= depth, values <= Self.values else { return false }
        }
        return true
    }
}
