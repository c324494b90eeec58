package import Primitives

/// The target that a block's hash must not exceed, in the compact form of headers.
package struct Target: Hashable, Sendable {
    /// The target of regtest, which half of all hashes meet.
    package static let regtest: Target = {
        guard let target = Target(bits: 0x207f_ffff) else { preconditionFailure("the bits are canonical") }
        return target
    }()

    /// The compact form, as the header carries it.
    package let bits: UInt32
    /// The target as a number.
    package let value: UInt256

    /// Expands the compact form; nil if it encodes zero, a negative number or a number above 256 bits.
    package init?(bits: UInt32) {
        let size = Int(bits >> 24)
        let mantissa = bits & 0x7f_ffff
        var bytes = Bytes(repeating: 0, count: 32)
        for place in 0..<3 {
            let byte = UInt8(truncatingIfNeeded: mantissa >> (8 * UInt32(2 - place)))
            let power = size - 1 - place
            if (0..<32).contains(power) {
                bytes[31 - power] = byte
            } else if power >= 32, byte != 0 {
                return nil
            }
        }
        guard bits & 0x80_0000 == 0, let value = UInt256(bytes), value > .zero else { return nil }
        self.bits = bits
        self.value = value
    }

    /// Whether a block's hash, read as a number, is at most the target.
    package func isMet(by hash: BlockHash) -> Bool { UInt256(hash.hash.reversed) <= value }

    /// The difficulty as the contracts count it, floor(ffff·2^208 / target) (contracts.md §3); 0 on regtest.
    package var difficulty: UInt256 {
        // The target is a number of at most 24 bits times a power of 256. The power is divided out of both numbers.
        let size = Int(bits >> 24)
        let mantissa = bits & 0x7f_ffff
        let divisor = size >= 3 ? mantissa : mantissa >> (8 * UInt32(3 - size))
        let shift = 26 - max(0, size - 3)
        var numerator = Bytes(repeating: 0, count: 32)
        for (place, byte) in [UInt8(0xff), 0xff].enumerated() {
            let power = shift + place
            if power >= 0 { numerator[31 - power] = byte }
        }
        var remainder: UInt32 = 0
        for index in numerator.indices {
            let part = remainder << 8 | UInt32(numerator[index])
            numerator[index] = UInt8(part / divisor)
            remainder = part % divisor
        }
        guard let quotient = UInt256(numerator) else { preconditionFailure("32 bytes are a number") }
        return quotient
    }
}
