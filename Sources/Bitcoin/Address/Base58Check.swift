import Primitives

/// The text form of a version byte and a hash: base 58, with the first four bytes of `hash256` as checksum.
enum Base58Check {
    private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    private static let checksumLength = 4
    /// The maximum length of a text, longer than any address. The cost of decoding grows with the square of the length.
    private static let maximumLength = 128

    /// Decodes a text to its payload, at least one byte, without its checksum.
    static func decode(_ text: some StringProtocol) throws(AddressFailure) -> Bytes {
        let bytes = try decodeUnchecked(text)
        guard bytes.count > checksumLength else { throw .length(bytes.count) }
        let payload = Bytes(bytes.dropLast(checksumLength))
        guard checksum(payload) == Bytes(bytes.suffix(checksumLength)) else { throw .checksum }
        return payload
    }

    static func encode(_ payload: Bytes) -> String { encodeUnchecked(payload + checksum(payload)) }

    static func decodeUnchecked(_ text: some StringProtocol) throws(AddressFailure) -> Bytes {
        guard text.utf8.count <= maximumLength else { throw .length(text.utf8.count) }
        // The least significant byte stands first while the number grows.
        var bytes = Bytes()
        var zeros = 0
        for (offset, character) in text.utf8.enumerated() {
            guard let value = alphabet.firstIndex(of: character) else { throw .character(offset: offset) }
            if zeros == offset, value == 0 { zeros += 1 }
            var carry = value
            for index in bytes.indices {
                carry += Int(bytes[index]) * 58
                bytes[index] = UInt8(carry & 0xff)
                carry >>= 8
            }
            if carry > 0 { bytes.append(UInt8(carry)) }
        }
        return Bytes(repeating: 0, count: zeros) + bytes.reversed()
    }

    static func encodeUnchecked(_ bytes: Bytes) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            var carry = Int(byte)
            for index in digits.indices {
                carry += Int(digits[index]) << 8
                digits[index] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                digits.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        let zeros = bytes.prefix { $0 == 0 }.count
        let characters = Bytes(repeating: alphabet[0], count: zeros) + digits.reversed().map { alphabet[Int($0)] }
        return String(decoding: characters, as: UTF8.self)
    }

    private static func checksum(_ payload: Bytes) -> Bytes { Bytes(hash256(payload).bytes.prefix(checksumLength)) }
}
