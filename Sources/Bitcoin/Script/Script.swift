package import Primitives

/// A script: the bytes that lock an output or unlock an input, without their length in front.
package struct Script: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
    /// The bytes as they stand in the transaction.
    package let bytes: Bytes

    /// Takes any bytes, because a chain may contain any script.
    package init(_ bytes: Bytes) { self.bytes = bytes }

    /// Takes the bytes of a literal; `[]` is the empty script.
    package init(arrayLiteral bytes: UInt8...) { self.init(bytes) }

    /// Lower-case hexadecimal text without `0x`.
    package var hex: String { bytes.hex }

    package var description: String { hex }

    /// Pays to the hash of a key: `76 a9 14 hash 88 ac`.
    package static func p2pkh(_ keyHash: Hash20) -> Script {
        Script([Opcode.dup, Opcode.hash160, 20] + keyHash.bytes + [Opcode.equalVerify, Opcode.checkSig])
    }

    /// Pays to the hash of a compressed key by witness: `00 14 hash` (BIP-0141).
    package static func p2wpkh(_ keyHash: Hash20) -> Script { Script([0, 20] + keyHash.bytes) }

    /// Pays to the HASH160 of a script: `a9 14 hash 87` (BIP-0016).
    package static func p2sh(_ scriptHash: Hash20) -> Script {
        Script([Opcode.hash160, 20] + scriptHash.bytes + [Opcode.equal])
    }

    /// Pays to the SHA-256 of a script by witness: `00 20 hash` (BIP-0141).
    package static func p2wsh(_ scriptHash: Hash32) -> Script { Script([0, 32] + scriptHash.bytes) }

    /// Pays to a taproot output key, an x coordinate: `51 20 key` (BIP-0341).
    package static func p2tr(_ outputKey: Hash32) -> Script { Script([Opcode.one, 32] + outputKey.bytes) }

    /// The P2SH output script of this script.
    package var asP2SH: Script { .p2sh(hash160(bytes)) }

    /// The P2WSH output script of this script.
    package var asP2WSH: Script { .p2wsh(sha256(bytes)) }
}

/// The opcodes that our scripts use.
enum Opcode {
    static let pushData1: UInt8 = 0x4c
    static let pushData2: UInt8 = 0x4d
    static let one: UInt8 = 0x51
    static let sixteen: UInt8 = 0x60
    static let `return`: UInt8 = 0x6a
    static let dup: UInt8 = 0x76
    static let equal: UInt8 = 0x87
    static let equalVerify: UInt8 = 0x88
    static let hash160: UInt8 = 0xa9
    static let checkSig: UInt8 = 0xac
}
