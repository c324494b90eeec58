package import Primitives

/// A failure to decode the canonical ABI encoding of the expected types. Offsets count from the first byte after a
/// selector.
package enum ABIFailure: Error, Hashable, Sendable {
    /// The input ends before the word, text or list that starts at `offset` does.
    case truncated(offset: Int)
    /// Bytes are left over after the last value.
    case trailing(count: Int)
    /// The offset word at `offset` does not point to the end of the tail before it, which is the only canonical value.
    case pointer(offset: Int, value: UInt256)
    /// The length at `offset` exceeds the rest of the input.
    case length(offset: Int, value: UInt256)
    /// The word at `offset` lies outside its type's range, or its padding is not zero.
    case range(offset: Int, type: ABIType, word: Hash32)
    /// The bytes that pad the last word of the value at `offset` are not zero.
    case padding(offset: Int)
    /// The text at `offset` is not UTF-8.
    case text(offset: Int)
    /// The call data starts with another selector, or is too short for one.
    case selector(Bytes)
    /// The log has another number of topics than the event, or another first topic.
    case topics([Hash32])
    /// The number is not a state of a wallet in the Bridge (contracts.md §1.4).
    case walletState(UInt8)
    /// The length in front of a redeemer's output script is not the script's length (contracts.md §1.1).
    case scriptLength(Bytes)
}
