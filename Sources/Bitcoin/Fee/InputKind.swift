/// What an input spends, as far as its size depends on it (wallet-actions.md §6).
package enum InputKind: Hashable, Sendable {
    case p2pkh
    case p2wpkh
    /// By key path, sighash type `default`.
    case p2tr
    /// A deposit script of that many bytes: 92, or 126 with extra data.
    case p2sh(redeemLength: Int)
    /// A deposit script of that many bytes: 92, or 126 with extra data.
    case p2wsh(redeemLength: Int)

    /// What an input that spends an output of this script to a key is; nil for scripts that a script redeems.
    package init?(spending script: Script) {
        switch script.kind {
        case .p2pkh: self = .p2pkh
        case .p2wpkh: self = .p2wpkh
        case .p2tr: self = .p2tr
        case .p2sh, .p2wsh, .other: return nil
        }
    }

    /// DER with low s, and the sighash byte.
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

    /// The bytes in the witness of a transaction that has one: an input without witness still counts its elements.
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

    /// Whether the witness unlocks.
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
