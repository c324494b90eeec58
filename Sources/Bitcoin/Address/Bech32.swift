import Primitives

/// The text form of five-bit values with a checksum: bech32 (BIP-0173) and bech32m (BIP-0350).
enum Bech32 {
    /// The checksum's final constant, by which the two forms differ.
    enum Form: UInt32 {
        case bech32 = 1
        case bech32m = 0x2bc8_30a3
    }

    struct Decoded {
        /// The part before the separator, in lower case.
        let prefix: String
        /// The five-bit values without the checksum.
        let values: [UInt8]
        let form: Form
    }

    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    private static let separator = UInt8(ascii: "1")
    private static let checksumLength = 6

    static func decode(_ text: some StringProtocol) throws(AddressFailure) -> Decoded {
        let characters = Array(text.utf8)
        guard (8...90).contains(characters.count) else { throw .length(characters.count) }
        var hasLower = false
        var hasUpper = false
        for (offset, character) in characters.enumerated() {
            guard (33...126).contains(character) else { throw .character(offset: offset) }
            hasLower = hasLower || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
            hasUpper = hasUpper || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character)
        }
        guard !hasLower || !hasUpper else { throw .mixedCase }
        let lower = hasUpper ? Array(text.lowercased().utf8) : characters
        guard let end = lower.lastIndex(of: separator), end >= 1, lower.count - end - 1 >= checksumLength else {
            throw .length(characters.count)
        }
        var values: [UInt8] = []
        for offset in (end + 1)..<lower.count {
            guard let value = alphabet.firstIndex(of: lower[offset]) else { throw .character(offset: offset) }
            values.append(UInt8(value))
        }
        let prefix = lower[..<end]
        guard let form = Form(rawValue: checksum(expanded(prefix) + values)) else { throw .checksum }
        return Decoded(
            prefix: String(decoding: prefix, as: UTF8.self), values: values.dropLast(checksumLength), form: form)
    }

    static func encode(_ prefix: String, values: [UInt8], form: Form) -> String {
        let zeros = [UInt8](repeating: 0, count: checksumLength)
        let rest = checksum(expanded(Array(prefix.utf8)[...]) + values + zeros) ^ form.rawValue
        let check = (0..<checksumLength).map { UInt8(rest >> UInt32(5 * (checksumLength - 1 - $0)) & 31) }
        let characters = (values + check).map { alphabet[Int($0)] }
        return prefix + "1" + String(decoding: characters, as: UTF8.self)
    }

    /// Encodes bytes as five-bit values; the last value is filled with zero bits.
    static func grouped(_ bytes: Bytes) -> [UInt8] {
        var values: [UInt8] = []
        var buffer: UInt32 = 0
        var count = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                values.append(UInt8(buffer >> UInt32(count) & 31))
            }
        }
        if count > 0 { values.append(UInt8(buffer << UInt32(5 - count) & 31)) }
        return values
    }

    /// Decodes five-bit values to bytes. Fewer than five bits may be left over, and they must be zero.
    static func ungrouped(_ values: ArraySlice<UInt8>) throws(AddressFailure) -> Bytes {
        var bytes = Bytes()
        var buffer: UInt32 = 0
        var count = 0
        for value in values {
            buffer = buffer << 5 | UInt32(value)
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(buffer >> UInt32(count) & 0xff))
            }
        }
        guard count < 5, buffer & (1 << UInt32(count) - 1) == 0 else { throw .padding }
        return bytes
    }

    private static func expanded(_ prefix: ArraySlice<UInt8>) -> [UInt8] {
        prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
    }

    private static func checksum(_ values: [UInt8]) -> UInt32 {
        var state: UInt32 = 1
        for value in values {
            let top = state >> 25
            state = (state & 0x1ff_ffff) << 5 ^ UInt32(value)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { state ^= generator }
        }
        return state
    }
}
