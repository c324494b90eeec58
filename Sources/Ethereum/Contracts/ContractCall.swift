package import Primitives

/// The first four bytes of call data, which select the function.
package struct FunctionSelector: FixedBytes {
    package static let byteCount = 4

    private let value: UInt32

    package init(loading buffer: UnsafeRawBufferPointer) {
        value = UInt32(bigEndian: buffer.loadUnaligned(as: UInt32.self))
    }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Computes the selector of a function from its canonical signature: the first four bytes of its Keccak-256.
    package init(signature: String) {
        value = keccak256(Bytes(signature.utf8)).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    package static func < (left: FunctionSelector, right: FunctionSelector) -> Bool { left.value < right.value }
}

/// A contract's function as its ABI declares it.
package struct ContractFunction: Hashable, Sendable {
    package let name: String
    package let inputs: [ABIType]
    package let outputs: [ABIType]
    package let selector: FunctionSelector

    /// Declares a function. The selector follows from name and inputs.
    package init(_ name: String, inputs: [ABIType] = [], outputs: [ABIType]) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        selector = FunctionSelector(signature: "\(name)\(ABIType.tuple(inputs))")
    }

    /// The canonical signature.
    package var signature: String { "\(name)\(ABIType.tuple(inputs))" }
}

/// A call of one function with its arguments. A client encodes the call and decodes the answer; a chain decodes the
/// call and encodes the answer.
package protocol ContractCall<Answer>: ABITuple {
    /// The function's result; a struct for several outputs, all of which must be static.
    associatedtype Answer: ABIValue
    /// The function called.
    static var function: ContractFunction { get }
}

extension ContractCall {
    package static var components: [ABIType] { function.inputs }

    /// The call data: selector and arguments.
    package var encoded: Bytes {
        var writer = ABIWriter(types: Self.function.inputs)
        writeComponents(to: &writer)
        return writer.encoded(after: Self.function.selector.bytes)
    }

    /// Decodes call data.
    ///
    /// - Throws: ``ABIFailure`` for another function's call data, and for every encoding of the arguments that is not
    ///   canonical.
    package init(decoding data: Bytes) throws(ABIFailure) {
        guard data.starts(with: Self.function.selector.bytes) else { throw .selector(Bytes(data.prefix(4))) }
        var reader = ABIReader(Bytes(data.dropFirst(FunctionSelector.byteCount)), types: Self.function.inputs)
        self = try Self(components: &reader)
        try reader.finish()
    }

    /// Encodes the function's result.
    package static func encode(answer: Answer) -> Bytes {
        var writer = ABIWriter(types: function.outputs)
        answer.write(to: &writer)
        return writer.encoded
    }

    /// Decodes the function's result.
    ///
    /// - Throws: ``ABIFailure`` for every encoding that is not canonical.
    package static func decode(answer: Bytes) throws(ABIFailure) -> Answer {
        var reader = ABIReader(answer, types: function.outputs)
        let value = try Answer(from: &reader)
        try reader.finish()
        return value
    }
}

/// A call without arguments.
package protocol ContractGetter: ContractCall {
    /// Makes the call; there is only one.
    init()
}

extension ContractGetter {
    /// Makes the call; there are no arguments to read.
    ///
    /// - Throws: Nothing.
    package init(components reader: inout ABIReader) throws(ABIFailure) { self.init() }

    package func writeComponents(to writer: inout ABIWriter) {}
}
