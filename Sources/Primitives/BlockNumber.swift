/// A number that comes from outside this node. It is bounded, so that computations with it stay within 64 bits.
package protocol BoundedFromOutside: Sendable {
    /// Takes a number from a source, a member or a file; nil above 2^48 - 1.
    init?(outside rawValue: UInt64)
}

/// The number of a host-chain block. Arithmetic saturates, so a number from a peer can never overflow a deadline.
package struct BlockNumber: BoundedFromOutside, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number itself.
    package let rawValue: UInt64

    /// Wraps a block number that was made here.
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Takes a number from a source, a member or a file; nil above 2^48 - 1. No chain gets that long, and computations
    /// with configured numbers stay within 64 bits.
    package init?(outside rawValue: UInt64) {
        guard rawValue < 1 << 48 else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { String(rawValue) }

    /// The block `count` after this one; at most the largest representable number.
    package func adding(_ count: UInt64) -> BlockNumber {
        let (sum, overflow) = rawValue.addingReportingOverflow(count)
        return BlockNumber(overflow ? .max : sum)
    }

    /// The block `count` before this one; at least block 0.
    package func subtracting(_ count: UInt64) -> BlockNumber {
        BlockNumber(rawValue > count ? rawValue - count : 0)
    }

    /// How many blocks this one lies after `earlier`; 0 if it does not.
    package func blocks(since earlier: BlockNumber) -> UInt64 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }

    package static func < (left: BlockNumber, right: BlockNumber) -> Bool { left.rawValue < right.rawValue }
}

/// A moment in Unix seconds, as in a block's timestamp. Arithmetic saturates.
package struct UnixTime: BoundedFromOutside, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Seconds since 1970.
    package let seconds: UInt64

    /// Wraps a number of seconds since 1970 that was made here.
    package init(_ seconds: UInt64) { self.seconds = seconds }

    /// Takes a time from a source or a file; nil above 2^48 - 1, like a block's number.
    package init?(outside seconds: UInt64) {
        guard seconds < 1 << 48 else { return nil }
        self.seconds = seconds
    }

    package var description: String { String(seconds) }

    /// The moment this many seconds later.
    package func adding(_ seconds: UInt64) -> UnixTime {
        let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
        return UnixTime(overflow ? .max : sum)
    }

    /// The moment this many seconds earlier; at least 0.
    package func subtracting(_ seconds: UInt64) -> UnixTime {
        UnixTime(self.seconds > seconds ? self.seconds - seconds : 0)
    }

    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.seconds < right.seconds }
}

extension ByteReader {
    /// Reads a block's number.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a number from 2^48 on, which no chain reaches.
    package mutating func blockNumber() throws(DecodingFailure) -> BlockNumber {
        guard let number = BlockNumber(outside: try bigEndian()) else { throw .value(field: "block number") }
        return number
    }

    /// Reads a block number that a node computed from an outside number, such as a window or a deadline.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a number from 2^49 on.
    package mutating func writtenBlockNumber() throws(DecodingFailure) -> BlockNumber {
        let number: UInt64 = try bigEndian()
        guard number < 1 << 49 else { throw .value(field: "block number") }
        return BlockNumber(number)
    }

    /// Reads a time in Unix seconds.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a time from 2^48 on, which no block has.
    package mutating func unixTime() throws(DecodingFailure) -> UnixTime {
        guard let time = UnixTime(outside: try bigEndian()) else { throw .value(field: "time") }
        return time
    }
}
