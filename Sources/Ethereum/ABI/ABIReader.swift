package import Primitives

/// Reads one frame of ABI-encoded values (arguments, results, a tuple, a list) from front to back.
///
/// Only the canonical encoding is accepted: each offset must point to the end of the values before it, padding must be
/// zero, and ``finish()`` refuses trailing bytes. So a value has one encoding, every byte is read once, and the cost in
/// time and memory is bounded by the input's length.
package struct ABIReader: Sendable {
    private let data: Bytes
    private let base: Int
    private let tailStart: Int
    private var head: Int
    private var tail: Int

    /// Reads the values of these types. The data must contain nothing else.
    package init(_ data: Bytes, types: [ABIType]) { self.init(data, base: 0, headSize: types.headSize) }

    private init(_ data: Bytes, base: Int, headSize: Int) {
        self.data = data
        self.base = base
        head = base
        tailStart = base + headSize
        tail = tailStart
    }

    /// Reads the next value according to its type.
    ///
    /// - Throws: As the type's ``ABIValue/init(from:)`` does.
    package mutating func value<Value: ABIValue>(_: Value.Type = Value.self) throws(ABIFailure) -> Value {
        try Value(from: &self)
    }

    /// Reads an unsigned integer of that many bits.
    ///
    /// - Throws: ``ABIFailure`` if the data ends early, and for a number of more bits.
    package mutating func uint(bits: Int) throws(ABIFailure) -> UInt256 {
        let (offset, word) = try word()
        /// Whether 64 bits of the word, of which `lower` lie below, have a bit set above the lowest `bits`.
        func exceeds(_ value: UInt64, lower: Int) -> Bool {
            bits - lower < 64 && value >> UInt64(max(0, bits - lower)) != 0
        }
        let (w0, w1, w2, w3) = word.bigEndianWords
        guard
            !exceeds(w0, lower: 192), !exceeds(w1, lower: 128), !exceeds(w2, lower: 64), !exceeds(w3, lower: 0)
        else { throw .range(offset: offset, type: .uint(bits: bits), word: word) }
        return UInt256(word)
    }

    /// Reads a left-aligned string of that many bytes, at most 32.
    ///
    /// - Throws: ``ABIFailure`` if the data ends early, or the bytes that pad the word are not zero.
    package mutating func fixedBytes(_ count: Int) throws(ABIFailure) -> ArraySlice<UInt8> {
        let (offset, word) = try word()
        let bytes = word.bytes
        guard bytes[count...].allSatisfy({ $0 == 0 }) else {
            throw .range(offset: offset, type: .fixedBytes(count), word: word)
        }
        return bytes[..<count]
    }

    /// Reads an address.
    ///
    /// - Throws: ``ABIFailure`` if the data ends early, or the 12 bytes before the address are not zero.
    package mutating func address() throws(ABIFailure) -> EthereumAddress {
        let (offset, word) = try word()
        let bytes = word.bytes
        guard bytes[..<12].allSatisfy({ $0 == 0 }), let address = EthereumAddress(bytes[12...]) else {
            throw .range(offset: offset, type: .address, word: word)
        }
        return address
    }

    /// Reads a truth value: the word 0 or 1.
    ///
    /// - Throws: ``ABIFailure`` if the data ends early, and for every other word.
    package mutating func bool() throws(ABIFailure) -> Bool {
        let (offset, word) = try word()
        switch UInt256(word).uint64 {
        case 0: return false
        case 1: return true
        default: throw .range(offset: offset, type: .bool, word: word)
        }
    }

    /// Reads a byte string of any length.
    ///
    /// - Throws: ``ABIFailure`` if the data ends early, or offset, length or padding is not canonical.
    package mutating func bytes() throws(ABIFailure) -> Bytes {
        let start = try enterTail()
        let count = try length(at: start, unit: 1)
        let end = start + 32 + count
        let padded = end + (32 - count % 32) % 32
        guard padded <= data.count else { throw .truncated(offset: start) }
        guard data[end..<padded].allSatisfy({ $0 == 0 }) else { throw .padding(offset: start) }
        tail = padded
        return Bytes(data[start + 32..<end])
    }

    /// Reads a text.
    ///
    /// - Throws: As ``bytes()`` does, and ``ABIFailure/text(offset:)`` for bytes that are not UTF-8.
    package mutating func string() throws(ABIFailure) -> String {
        let start = tail
        guard let text = String(validating: try bytes(), as: UTF8.self) else { throw .text(offset: start) }
        return text
    }

    /// Reads a list of any length.
    ///
    /// - Throws: ``ABIFailure`` if offset or length is not canonical, and for the first element that is not.
    package mutating func array<Element: ABIValue>(of _: Element.Type = Element.self) throws(ABIFailure) -> [Element] {
        try array(of: Element.abiType) { (reader) throws(ABIFailure) in try Element(from: &reader) }
    }

    /// Reads a list of any length, element by element.
    ///
    /// - Throws: ``ABIFailure`` if offset or length is not canonical, and any error of `element`.
    package mutating func array<Element>(
        of type: ABIType, element: (inout ABIReader) throws(ABIFailure) -> Element
    ) throws(ABIFailure) -> [Element] {
        let unit = type.headSize
        precondition(unit > 0, "a tuple type has at least one component")
        let start = try enterTail()
        let count = try length(at: start, unit: unit)
        var inner = ABIReader(data, base: start + 32, headSize: count * unit)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try element(&inner)) }
        tail = inner.end
        return elements
    }

    /// Reads a tuple, component by component.
    ///
    /// - Throws: ``ABIFailure`` if the offset of a dynamic tuple is not canonical, and any error of `read`.
    package mutating func tuple<Value>(
        of components: [ABIType], read: (inout ABIReader) throws(ABIFailure) -> Value
    ) throws(ABIFailure) -> Value {
        guard components.contains(where: \.isDynamic) else { return try read(&self) }
        var inner = ABIReader(data, base: try enterTail(), headSize: components.headSize)
        let value = try read(&inner)
        tail = inner.end
        return value
    }

    /// Checks that all of the data was read.
    ///
    /// - Throws: ``ABIFailure/trailing(count:)`` if bytes are left over.
    package func finish() throws(ABIFailure) {
        guard data.count == end else { throw .trailing(count: data.count - end) }
    }

    /// The end of the frame, once all its values have been read.
    private var end: Int {
        precondition(head == tailStart, "a binding reads exactly the types that it declares")
        return tail
    }

    private mutating func word() throws(ABIFailure) -> (offset: Int, word: Hash32) {
        let offset = head
        head += 32
        return (offset, try word(at: offset))
    }

    private func word(at offset: Int) throws(ABIFailure) -> Hash32 {
        guard offset <= data.count - 32, let word = Hash32(data[offset..<offset + 32]) else {
            throw .truncated(offset: offset)
        }
        return word
    }

    private mutating func enterTail() throws(ABIFailure) -> Int {
        let (offset, word) = try word()
        guard UInt256(word).uint64 == UInt64(tail - base) else {
            throw .pointer(offset: offset, value: UInt256(word))
        }
        return tail
    }

    private func length(at offset: Int, unit: Int) throws(ABIFailure) -> Int {
        let value = UInt256(try word(at: offset))
        guard let count = value.uint64, count <= UInt64((data.count - offset - 32) / unit) else {
            throw .length(offset: offset, value: value)
        }
        return Int(count)
    }
}
