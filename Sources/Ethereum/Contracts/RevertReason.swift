package import Primitives

/// The reason in a reverted call's data.
package enum RevertReason: Hashable, Sendable {
    /// `Error(string)`: a `require` with a text.
    case error(String)
    /// `Panic(uint256)`: the compiler's own checks, by their code (0x11 is arithmetic overflow).
    case panic(UInt256)
    /// There is no revert data.
    case empty
    /// The revert data has another form.
    case other(Bytes)

    private static let errorSelector: Bytes = [0x08, 0xc3, 0x79, 0xa0]
    private static let panicSelector: Bytes = [0x4e, 0x48, 0x7b, 0x71]

    /// Reads revert data. Never fails: data that is not a canonical `Error` or `Panic` becomes ``other(_:)``.
    package init(_ data: Bytes) {
        func argument<Value: ABIValue>(of selector: Bytes, as _: Value.Type) -> Value? {
            guard data.starts(with: selector) else { return nil }
            var reader = ABIReader(Bytes(data.dropFirst(selector.count)), types: [Value.abiType])
            guard let value = try? Value(from: &reader), (try? reader.finish()) != nil else { return nil }
            return value
        }
        self =
            if data.isEmpty {
                .empty
            } else if let text = argument(of: Self.errorSelector, as: String.self) {
                .error(text)
            } else if let code = argument(of: Self.panicSelector, as: UInt256.self) {
                .panic(code)
            } else {
                .other(data)
            }
    }

    /// The revert data.
    package var encoded: Bytes {
        func call(_ selector: Bytes, _ argument: some ABIValue) -> Bytes {
            var writer = ABIWriter(types: [type(of: argument).abiType])
            argument.write(to: &writer)
            return selector + writer.encoded
        }
        return switch self {
        case .error(let text): call(Self.errorSelector, text)
        case .panic(let code): call(Self.panicSelector, code)
        case .empty: []
        case .other(let data): data
        }
    }
}
