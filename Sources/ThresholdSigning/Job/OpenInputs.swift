/// The inputs that a session signs: bit `i`, the least significant first, represents input `i` of the job.
package struct OpenInputs: Hashable, Sendable {
    /// The bit set in its wire form.
    package let rawValue: UInt32

    /// Wraps a bit set.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Holds these inputs; each is below 32.
    package init(_ inputs: some Sequence<Int>) {
        rawValue = inputs.reduce(0) { $0 | 1 << UInt32($1) }
    }

    /// The number of open inputs.
    package var count: Int { rawValue.nonzeroBitCount }

    /// The inputs in ascending order.
    package var indices: [Int] { (0..<UInt32.bitWidth).filter(contains) }

    /// Whether an input is open.
    package func contains(_ input: Int) -> Bool { rawValue >> UInt32(input) & 1 == 1 }
}
