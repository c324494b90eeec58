package import Primitives

/// The digest by which profiles are compared: SHA-256 of the canonical encoding.
package struct ProfileDigest: FixedBytes {
    package static let byteCount = 32

    /// The digest as plain bytes.
    package let hash: Hash32

    /// Takes a hash as a profile's digest.
    package init(_ hash: Hash32) { self.hash = hash }

    package init(loading buffer: UnsafeRawBufferPointer) { hash = Hash32(loading: buffer) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) { hash.store(to: buffer, at: offset) }

    package static func < (left: ProfileDigest, right: ProfileDigest) -> Bool { left.hash < right.hash }
}

extension ProtocolProfile {
    /// The canonical encoding (docs/protocol/wire.md §1): every field in the table's order, integers big-endian.
    package var encoded: Bytes {
        var bytes = Bytes()
        for field in Self.fields {
            switch field.storage {
            case .text(let path):
                let text = Bytes(self[keyPath: path].utf8.prefix(255))
                bytes.append(UInt8(text.count))
                bytes.append(contentsOf: text)
            case .number(let path): bytes.append(bigEndian: self[keyPath: path])
            case .rational(let path):
                bytes.append(bigEndian: self[keyPath: path].numerator)
                bytes.append(bigEndian: self[keyPath: path].denominator)
            case .address(let path): bytes.append(self[keyPath: path])
            case .flag(let path): bytes.append(self[keyPath: path] ? 1 : 0)
            }
        }
        return bytes
    }

    /// Decodes the canonical encoding. It does not check the rules of a profile; see ``brokenRule``.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        self.init()
        var reader = ByteReader(bytes)
        for field in Self.fields {
            switch field.storage {
            case .text(let path):
                let count = Int(try reader.byte())
                guard let text = String(validating: try reader.take(count), as: UTF8.self) else {
                    throw .value(field: field.name)
                }
                self[keyPath: path] = text
            case .number(let path): self[keyPath: path] = try reader.bigEndian()
            case .rational(let path): self[keyPath: path] = Rational(try reader.bigEndian(), try reader.bigEndian())
            case .address(let path): self[keyPath: path] = try reader.fixed()
            case .flag(let path):
                let byte = try reader.byte()
                guard byte <= 1 else { throw .value(field: field.name) }
                self[keyPath: path] = byte == 1
            }
        }
        try reader.finish()
    }

    /// SHA-256 of ``encoded``.
    package var digest: ProfileDigest { ProfileDigest(sha256(encoded)) }

    /// The names of the fields in which two profiles differ, in the table's order.
    package func differingFields(from other: ProtocolProfile) -> [String] {
        Self.fields.filter { field in
            switch field.storage {
            case .text(let path): self[keyPath: path] != other[keyPath: path]
            case .number(let path): self[keyPath: path] != other[keyPath: path]
            case .rational(let path): self[keyPath: path] != other[keyPath: path]
            case .address(let path): self[keyPath: path] != other[keyPath: path]
            case .flag(let path): self[keyPath: path] != other[keyPath: path]
            }
        }.map(\.name)
    }
}
