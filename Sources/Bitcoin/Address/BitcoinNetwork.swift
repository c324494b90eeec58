/// A Bitcoin network, as far as addresses distinguish networks.
package enum BitcoinNetwork: String, CaseIterable, Hashable, Sendable {
    case mainnet
    /// Every public test network, including signet. They share their prefixes.
    case testnet
    case regtest

    /// The part before the separator of a witness address (BIP-0173).
    var humanReadablePart: String {
        switch self {
        case .mainnet: "bc"
        case .testnet: "tb"
        case .regtest: "bcrt"
        }
    }

    /// The version byte of a P2PKH address.
    var p2pkhVersion: UInt8 { self == .mainnet ? 0x00 : 0x6f }

    /// The version byte of a P2SH address.
    var p2shVersion: UInt8 { self == .mainnet ? 0x05 : 0xc4 }
}
