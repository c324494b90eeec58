import Primitives
import Testing

/// Hexadecimal text, and numbers appended to bytes.
@Suite struct BytesTests {
    @Test(
        "Hexadecimal text is read in any letter case, with or without 0x",
        arguments: ["", "0x", "0X", "00", "0x00fF10aB", "00FF10ab", "0X00ff10ab"])
    func reading(text: String) throws {
        let expected: [String: Bytes] = ["0": [], "2": [0], "8": [0, 0xff, 0x10, 0xab]]
        let digits = text.lowercased().hasPrefix("0x") ? text.count - 2 : text.count
        #expect(try Bytes(hex: text) == expected["\(digits)"])
    }

    @Test(
        "A half byte is refused with the number of digits",
        arguments: [("0", 1), ("0x0", 1), ("abc", 3), ("0xabcde", 5)])
    func odd(text: String, count: Int) {
        #expect(throws: HexFailure.oddLength(count)) { try Bytes(hex: text) }
    }

    @Test(
        "What is no digit is refused with its place",
        arguments: [
            ("0g", 1), ("g0", 0), ("0x00 1", 2), ("00/1", 2), ("00:1", 2), ("00@1", 2), ("00G1", 2), ("00`1", 2),
            ("0x0x", 1), (" 0", 0), ("é", 0), ("+1", 0), ("-1", 0), ("0x-1", 0),
        ])
    func notADigit(text: String, offset: Int) {
        #expect(throws: HexFailure.notADigit(offset: offset)) { try Bytes(hex: text) }
    }

    @Test("Every byte is written as two lower-case digits and read back")
    func writing() throws {
        let all = Bytes(UInt8.min...UInt8.max)
        #expect(all.hex.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
        #expect(all.hex.hasSuffix("f8f9fafbfcfdfeff"))
        #expect(all.prefixedHex == "0x" + all.hex)
        #expect(try Bytes(hex: all.hex) == all)
        #expect(try Bytes(hex: all.hex.uppercased()) == all)
        #expect(all[3...4].hex == "0304")
        #expect(Bytes().hex.isEmpty)
        #expect(Bytes().prefixedHex == "0x")
    }

    @Test("Numbers are appended in both byte orders")
    func integers() throws {
        var bytes: Bytes = [0xaa]
        bytes.append(bigEndian: UInt8(0x01))
        bytes.append(bigEndian: UInt16(0x0102))
        bytes.append(bigEndian: UInt32(0x0102_0304))
        bytes.append(bigEndian: UInt64(0x0102_0304_0506_0708))
        #expect(bytes.hex == "aa01" + "0102" + "01020304" + "0102030405060708")
        bytes = []
        bytes.append(littleEndian: UInt8(0x01))
        bytes.append(littleEndian: UInt16(0x0102))
        bytes.append(littleEndian: UInt32(0x0102_0304))
        bytes.append(littleEndian: UInt64(0x0102_0304_0506_0708))
        #expect(bytes.hex == "01" + "0201" + "04030201" + "0807060504030201")
        bytes = []
        bytes.append(try Hash20(hex: String(repeating: "0123456789", count: 4)))
        #expect(bytes.hex == String(repeating: "0123456789", count: 4))
    }
}
