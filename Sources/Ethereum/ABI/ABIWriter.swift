package import Primitives

/// Writes one frame of ABI-encoded values; the mirror of ``ABIReader``.
package struct ABIWriter: Sendable {
    private let headSize: Int
    private var head = Bytes()
    private var tail = Bytes()

    /// Writes values of exactly these types.
    package init(types: [ABIType]) { self.init(headSize: types.headSize) }

    private init(headSize: Int) {
        self.headSize = headSize
        head.reserveCapacity(headSize)
    }

    /// The encoding of all values written.
    package var encoded: Bytes { encoded(after: []) }

    /// The encoding of all values written, after other bytes.
    func encoded(after prefix: Bytes) -> Bytes {
        precondition(head.count == headSize, "a binding writes exactly the types that it declares")
        var bytes = prefix
        bytes.reserveCapacity(prefix.count + head.count + tail.count)
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: tail)
        return bytes
    }

    /// Writes a value according to its type.
    package mutating func value(_ value: some ABIValue) { value.write(to: &self) }

    /// Writes an unsigned integer. The caller ensures that it is in its type's range.
    package mutating func uint(_ value: UInt256) { head.append(value) }

    /// Writes an address.
    package mutating func address(_ address: EthereumAddress) {
        head.append(contentsOf: repeatElement(0, count: 12))
        head.append(address)
    }

    /// Writes a truth value.
    package mutating func bool(_ value: Bool) { uint(UInt256(value ? 1 : 0)) }

    /// Writes a left-aligned string of at most 32 bytes.
    package mutating func fixedBytes(_ bytes: some Collection<UInt8>) {
        head.append(contentsOf: bytes)
        head.append(contentsOf: repeatElement(0, count: 32 - bytes.count))
    }

    /// Writes a byte string of any length.
    package mutating func bytes(_ bytes: some Collection<UInt8>) {
        enterTail()
        tail.append(UInt256(UInt64(bytes.count)))
        tail.append(contentsOf: bytes)
        tail.append(contentsOf: repeatElement(0, count: (32 - bytes.count % 32) % 32))
    }

    /// Writes a text.
    package mutating func string(_ text: String) { bytes(Array(text.utf8)) }

    /// Writes a list of any length.
    package mutating func array<Element: ABIValue>(_ elements: [Element]) {
        array(elements, of: Element.abiType) { $1.write(to: &$0) }
    }

    /// Writes a list of any length, element by element.
    package mutating func array<Element>(
        _ elements: [Element], of type: ABIType, element: (inout ABIWriter, Element) -> Void
    ) {
        enterTail()
        var inner = ABIWriter(headSize: elements.count * type.headSize)
        for value in elements { element(&inner, value) }
        tail.append(UInt256(UInt64(elements.count)))
        tail.append(contentsOf: inner.encoded)
    }

    /// Writes a tuple, component by component.
    package mutating func tuple(of components: [ABIType], write: (inout ABIWriter) -> Void) {
        guard components.contains(where: \.isDynamic) else { return write(&self) }
        enterTail()
        var inner = ABIWriter(types: components)
        write(&inner)
        tail.append(contentsOf: inner.encoded)
    }

    private mutating func enterTail() { uint(UInt256(UInt64(headSize + tail.count))) }
}
