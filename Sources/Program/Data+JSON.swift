package import Foundation

extension Data {
    /// Encodes a value as one line of JSON with its end of line, keys sorted: equal values give equal bytes.
    ///
    /// - Throws: `EncodingError` where the value has no JSON form, such as a number that is not finite.
    package init(lineOfJSON value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self = try encoder.encode(value) + Data("\n".utf8)
    }
}
