package import Primitives

/// The 80 bytes that make a block's hash.
package struct BlockHeader: Hashable, Sendable {
    /// The length of the encoding.
    package static let byteCount = 80

    /// The version bits.
    package let version: UInt32
    /// The parent.
    package let previous: BlockHash
    /// The root of the merkle tree of txids; internal order.
    package let merkleRoot: Hash32
    /// The miner's clock, Unix seconds.
    package let time: UInt32
    /// The target in compact form, as the header claims it.
    package let bits: UInt32
    /// What the miner varied.
    package let nonce: UInt32
    /// The block's identity.
    package private(set) var hash = BlockHash(.zero)

    /// Describes a header.
    package init(
        version: UInt32, previous: BlockHash, merkleRoot: Hash32, time: UInt32, bits: UInt32, nonce: UInt32
    ) {
        self.version = version
        self.previous = previous
        self.merkleRoot = merkleRoot
        self.time = time
        self.bits = bits
        self.nonce = nonce
        hash = BlockHash(hash256(encoded))
    }

    /// Decodes exactly 80 bytes. Any are a header; whether its work is done is ``meetsTarget``.
    ///
    /// - Throws: ``DecodingFailure`` for every other number of bytes.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        version = try reader.littleEndian(UInt32.self)
        previous = BlockHash(try reader.fixed(Hash32.self))
        merkleRoot = try reader.fixed(Hash32.self)
        time = try reader.littleEndian(UInt32.self)
        bits = try reader.littleEndian(UInt32.self)
        nonce = try reader.littleEndian(UInt32.self)
        hash = BlockHash(hash256(encoded))
    }

    /// The 80 bytes.
    package var encoded: Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(littleEndian: version)
        bytes += previous.bytes
        bytes.append(merkleRoot)
        bytes.append(littleEndian: time)
        bytes.append(littleEndian: bits)
        bytes.append(littleEndian: nonce)
        return bytes
    }

    /// The target that the header claims; nil where the compact form is no target. Whether the chain's rules allow it
    /// there is not looked at.
    package var target: Target? { Target(bits: bits) }

    /// Whether the hash meets the target that the header claims.
    package var meetsTarget: Bool { target?.isMet(by: hash) ?? false }
}
