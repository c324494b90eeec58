package import Foundation

extension Data {
    /// A value as one line of JSON, keys sorted, with its end of line: equal values give equal bytes.
    ///
    /// - Throws: `EncodingError` where the value has no JSON, such as a number that is not finite.
    package init(lineOfJSON value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self = try encoder.encode(value) + Data("\n".utf8)
    }
}
