/// The kind of output that an input spends, as far as the input's size depends on it (wallet-actions.md §6).
package enum InputKind: Hashable, Sendable {
    case p2pkh
    case p2wpkh
    /// P2TR by key path, sighash type `default`.
    case p2tr
    /// P2SH of a deposit script of that many bytes: 92, or 126 with extra data.
    case p2sh(redeemLength: Int)
    /// P2WSH of a deposit script of that many bytes: 92, or 126 with extra data.
    case p2wsh(redeemLength: Int)

    /// The kind of an input that spends an output of this script to a key; nil for P2SH, P2WSH and other scripts.
    package init?(spending script: Script) {
        switch script.kind {
        case .p2pkh: self = .p2pkh
        case .p2wpkh: self = .p2wpkh
        case .p2tr: self = .p2tr
        case .p2sh, .p2wsh, .other: return nil
        }
    }

    /// The maximum length of a DER signature with low s and its sighash byte.
    private static let signature = 72
    private static let key = 33

    /// The bytes outside the witness.
    var size: Int {
        let unlocking: Int
        switch self {
        case .p2wpkh, .p2wsh, .p2tr: unlocking = 0
        case .p2pkh: unlocking = Self.pushLength(Self.signature) + Self.pushLength(Self.key)
        case .p2sh(let redeem):
            unlocking = Self.pushLength(Self.signature) + Self.pushLength(Self.key) + Self.pushLength(redeem)
        }
        return OutPoint.byteCount + compactSizeLength(unlocking) + unlocking + 4
    }

    /// The bytes in the witness of a transaction that has one. An input without witness still has its element count.
    var witnessSize: Int {
        let elements: [Int]
        switch self {
        case .p2pkh, .p2sh: elements = []
        case .p2wpkh: elements = [Self.signature, Self.key]
        case .p2wsh(let redeem): elements = [Self.signature, Self.key, redeem]
        case .p2tr: elements = [64]
        }
        return elements.reduce(compactSizeLength(elements.count)) { $0 + compactSizeLength($1) + $1 }
    }

    /// Whether the input is unlocked by its witness.
    var hasWitness: Bool {
        switch self {
        case .p2pkh, .p2sh: false
        case .p2wpkh, .p2wsh, .p2tr: true
        }
    }

    private static func pushLength(_ count: Int) -> Int {
        switch count {
        case ..<Int(Opcode.pushData1): 1 + count
        case ...0xff: 2 + count
        default: 3 + count
        }
    }
}
