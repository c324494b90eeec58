import Primitives

/// Natural numbers by school methods, to hold the constant-time arithmetic against: digits of 32 bits, a remainder bit
/// by bit. It shares no idea with the code that it judges.
struct SlowInteger: Hashable, Comparable, Sendable {
    /// The order n of the group.
    static let order = SlowInteger(hex: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")

    // Least significant first, without leading zeros.
    private var digits: [UInt32]

    init(_ small: UInt64) { self.init(digits: [UInt32(truncatingIfNeeded: small), UInt32(small >> 32)]) }

    /// Takes a number of any length, most significant byte first.
    init(_ bytes: Bytes) {
        var digits: [UInt32] = []
        for (index, byte) in bytes.reversed().enumerated() {
            if index % 4 == 0 { digits.append(0) }
            digits[index / 4] |= UInt32(byte) << UInt32(8 * (index % 4))
        }
        self.init(digits: digits)
    }

    /// Takes hexadecimal digits of any number.
    init(hex: String) {
        guard let bytes = try? Bytes(hex: hex.count.isMultiple(of: 2) ? hex : "0" + hex) else {
            preconditionFailure("the test's figure is no hexadecimal number: \(hex)")
        }
        self.init(bytes)
    }

    private init(digits: [UInt32]) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
    }

    /// The number 2^exponent.
    static func power(_ exponent: Int) -> SlowInteger {
        SlowInteger(digits: Array(repeating: 0, count: exponent / 32) + [1 << UInt32(exponent % 32)])
    }

    /// The number in as many big-endian bytes; a larger number is a mistake of the test.
    func bytes(_ count: Int) -> Bytes {
        var bytes = Bytes()
        for digit in digits { bytes.append(littleEndian: digit) }
        while bytes.count > count, bytes.last == 0 { bytes.removeLast() }
        precondition(bytes.count <= count, "the number needs \(bytes.count) bytes")
        return Bytes((bytes + Bytes(repeating: 0, count: count - bytes.count)).reversed())
    }

    var isOdd: Bool { digits.first.map { $0 & 1 == 1 } ?? false }

    static func < (left: SlowInteger, right: SlowInteger) -> Bool {
        guard left.digits.count == right.digits.count else { return left.digits.count < right.digits.count }
        return left.digits.reversed().lexicographicallyPrecedes(right.digits.reversed())
    }

    static func + (left: SlowInteger, right: SlowInteger) -> SlowInteger {
        var digits: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<max(left.digits.count, right.digits.count) + 1 {
            if index < left.digits.count { carry += UInt64(left.digits[index]) }
            if index < right.digits.count { carry += UInt64(right.digits[index]) }
            digits.append(UInt32(truncatingIfNeeded: carry))
            carry >>= 32
        }
        return SlowInteger(digits: digits)
    }

    /// The difference; a negative one is a mistake of the test.
    static func - (left: SlowInteger, right: SlowInteger) -> SlowInteger {
        precondition(left >= right, "the model knows no negative numbers")
        var digits = left.digits
        var borrow: Int64 = 0
        for index in digits.indices {
            borrow += Int64(digits[index]) - (index < right.digits.count ? Int64(right.digits[index]) : 0)
            digits[index] = UInt32(truncatingIfNeeded: borrow)
            borrow >>= 32
        }
        return SlowInteger(digits: digits)
    }

    static func * (left: SlowInteger, right: SlowInteger) -> SlowInteger {
        var digits = Array(repeating: UInt32(0), count: left.digits.count + right.digits.count)
        for (row, first) in left.digits.enumerated() {
            var carry: UInt64 = 0
            for (column, second) in right.digits.enumerated() {
                carry += UInt64(digits[row + column]) + UInt64(first) * UInt64(second)
                digits[row + column] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            digits[row + right.digits.count] = UInt32(truncatingIfNeeded: carry)
        }
        return SlowInteger(digits: digits)
    }

    static func % (left: SlowInteger, modulus: SlowInteger) -> SlowInteger {
        var rest = SlowInteger(0)
        for digit in left.digits.reversed() {
            for bit in (0..<UInt32(32)).reversed() {
                rest.double(adding: digit >> bit & 1)
                if rest >= modulus { rest = rest - modulus }
            }
        }
        return rest
    }

    private mutating func double(adding bit: UInt32) {
        var carry = bit
        for index in digits.indices {
            let next = digits[index] >> 31
            digits[index] = digits[index] << 1 | carry
            carry = next
        }
        if carry > 0 { digits.append(carry) }
    }
}
