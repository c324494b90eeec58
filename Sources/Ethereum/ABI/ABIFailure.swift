package import Primitives

/// Why bytes are not the canonical ABI encoding of the types expected. Offsets count from the first byte after a
/// selector.
package enum ABIFailure: Error, Hashable, Sendable {
    /// The input ends before the word, text or list that starts at `offset` does.
    case truncated(offset: Int)
    /// Bytes are left over after the last value.
    case trailing(count: Int)
    /// The offset word at `offset` does not point to the end of the tail before it, the one place that is canonical.
    case pointer(offset: Int, value: UInt256)
    /// The length at `offset` exceeds what is left of the input.
    case length(offset: Int, value: UInt256)
    /// The word at `offset` lies outside its type's range, or its padding is not zero.
    case range(offset: Int, type: ABIType, word: Hash32)
    /// The bytes after the value at `offset` that fill its last word are not zero.
    case padding(offset: Int)
    /// The text at `offset` is no UTF-8.
    case text(offset: Int)
    /// The call data starts with another selector, or is too short for one.
    case selector(Bytes)
    /// The log has another number of topics than the event, or another first one.
    case topics([Hash32])
    /// The Bridge has no such state of a wallet (contracts.md §1.4).
    case walletState(UInt8)
    /// A redeemer's output script does not have its own length in front (contracts.md §1.1).
    case scriptLength(Bytes)
}
