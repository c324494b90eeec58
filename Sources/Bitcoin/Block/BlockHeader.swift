package import Primitives

/// The 80-byte header of a block. Its hash is the block's identity.
package struct BlockHeader: Hashable, Sendable {
    /// The length of the encoding.
    package static let byteCount = 80

    /// The version bits.
    package let version: UInt32
    /// The parent's hash.
    package let previous: BlockHash
    /// The merkle root of the txids; internal order.
    package let merkleRoot: Hash32
    /// The miner's clock, Unix seconds.
    package let time: UInt32
    /// The target in compact form, as the header states it.
    package let bits: UInt32
    /// The nonce that the miner varied.
    package let nonce: UInt32
    /// The block's identity.
    package private(set) var hash = BlockHash(.zero)

    /// Makes a header from its fields.
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

    /// Decodes exactly 80 bytes. Every 80 bytes decode to a header; ``meetsTarget`` tells whether its work is done.
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

    /// The target that the header states; nil if the compact form does not encode a target. It is not checked against
    /// the chain's rules of difficulty.
    package var target: Target? { Target(bits: bits) }

    /// Whether the hash meets the target that the header states.
    package var meetsTarget: Bool { target?.isMet(by: hash) ?? false }
}
