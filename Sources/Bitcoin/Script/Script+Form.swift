package import Primitives

extension Script {
    /// Reads a script with its one-byte length in front, as the contracts carry it (contracts.md §1.1).
    ///
    /// - Throws: ``DecodingFailure`` if more or fewer bytes follow, and for a length above 252, which takes more than
    ///   one byte.
    package init(lengthPrefixed bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let length = try reader.byte()
        guard length < 0xfd else { throw .length(field: "script", value: UInt64(length)) }
        self.init(try reader.bytes(Int(length)))
        try reader.finish()
    }

    /// The script with its length as CompactSize in front: one byte for every kind of output that the contracts accept.
    package var lengthPrefixed: Bytes {
        var prefixed = Bytes()
        prefixed.append(lengthPrefixed: bytes)
        return prefixed
    }

    /// Makes a script that pushes byte strings of 2 to 520 bytes, each by the shortest opcode.
    static func pushing(_ elements: [Bytes]) -> Script {
        var bytes = Bytes()
        for element in elements {
            precondition((2...520).contains(element.count), "keys, signatures and redeem scripts have such lengths")
            switch element.count {
            case ..<Int(Opcode.pushData1): bytes.append(UInt8(element.count))
            case ...0xff: bytes += [Opcode.pushData1, UInt8(element.count)]
            default:
                bytes.append(Opcode.pushData2)
                bytes.append(littleEndian: UInt16(element.count))
            }
            bytes += element
        }
        return Script(bytes)
    }

    /// The byte strings pushed by a script that consists of direct pushes (1 to 75 bytes) only; nil for other scripts.
    var directPushes: [Bytes]? {
        var reader = ByteReader(bytes)
        var elements: [Bytes] = []
        while reader.remaining > 0 {
            guard let length = try? reader.byte(), (1..<Opcode.pushData1).contains(length),
                let element = try? reader.bytes(Int(length))
            else { return nil }
            elements.append(element)
        }
        return elements
    }
}
