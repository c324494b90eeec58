package import Primitives

extension Script {
    /// The kind of output that a script makes.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case p2pkh, p2wpkh, p2sh, p2wsh, p2tr
        /// Any other script.
        case other
    }

    /// The kind of output. The whole script must match: a script that only begins like a kind is `other`.
    package var kind: Script.Kind {
        switch (bytes.count, bytes.first) {
        case (25, Opcode.dup):
            bytes[1] == Opcode.hash160 && bytes[2] == 20 && bytes[23] == Opcode.equalVerify
                && bytes[24] == Opcode.checkSig ? .p2pkh : .other
        case (23, Opcode.hash160): bytes[1] == 20 && bytes[22] == Opcode.equal ? .p2sh : .other
        case (22, 0): bytes[1] == 20 ? .p2wpkh : .other
        case (34, 0): bytes[1] == 32 ? .p2wsh : .other
        case (34, Opcode.one): bytes[1] == 32 ? .p2tr : .other
        default: .other
        }
    }

    /// The smallest output in satoshi, for the script's kind, that nodes relay (wallet-actions.md §6); nil for scripts
    /// that we never pay to.
    package var dustLimit: UInt64? {
        switch kind {
        case .p2pkh: 546
        case .p2sh: 540
        case .p2wpkh: 294
        case .p2wsh, .p2tr: 330
        case .other: nil
        }
    }

    /// The key hash that a P2PKH or P2WPKH script pays to; nil for other kinds.
    package var publicKeyHash: Hash20? {
        switch kind {
        case .p2pkh: Hash20(bytes[3..<23])
        case .p2wpkh: Hash20(bytes[2...])
        case .p2sh, .p2wsh, .p2tr, .other: nil
        }
    }

    /// The output key, an x coordinate, that a P2TR script pays to; nil for other kinds.
    package var taprootOutputKey: Hash32? { kind == .p2tr ? Hash32(bytes[2...]) : nil }

    /// Version and program of a witness output script (BIP-0141), of any version; nil for other scripts.
    package var witnessProgram: WitnessProgram? {
        guard (4...42).contains(bytes.count), Int(bytes[1]) == bytes.count - 2 else { return nil }
        switch bytes[0] {
        case 0: return WitnessProgram(version: 0, bytes: Bytes(bytes[2...]))
        case Opcode.one...Opcode.sixteen:
            return WitnessProgram(version: bytes[0] - Opcode.one + 1, bytes: Bytes(bytes[2...]))
        default: return nil
        }
    }
}

/// The version and program of a witness output script (BIP-0141).
package struct WitnessProgram: Hashable, Sendable {
    /// The version, 0 to 16.
    package let version: UInt8
    /// The program, 2 to 40 bytes; 20 or 32 in version 0.
    package let bytes: Bytes

    /// Takes a version from 0 to 16 with a program of legal length; nil for anything else.
    package init?(version: UInt8, bytes: Bytes) {
        guard version <= 16, (2...40).contains(bytes.count) else { return nil }
        guard version != 0 || bytes.count == 20 || bytes.count == 32 else { return nil }
        self.version = version
        self.bytes = bytes
    }

    /// The output script.
    package var script: Script {
        Script([version == 0 ? 0 : Opcode.one + version - 1, UInt8(bytes.count)] + bytes)
    }
}
