package import Bitcoin
package import Coordination
import Primitives
package import Secp256k1

/// A wallet's key, with the identifiers and scripts derived from it (wallet-actions.md §1, §16).
package struct WalletIdentity: Hashable, Sendable {
    /// The kind of key; a key is never used for both.
    package enum Scheme: UInt8, Hashable, Sendable {
        case ecdsa = 1
        case taproot = 2
    }

    package let scheme: Scheme
    /// The compressed key `K`; for taproot `02 ‖ x`, tweaked for "no scripts", as key generation gives it.
    package let publicKey: CurvePoint
    /// The wallet's name `W`, HASH160 of the compressed key.
    package let hash: WalletPublicKeyHash

    /// Derives the identity of a key; for a taproot key the point with even y counts.
    package init(scheme: Scheme, publicKey: CurvePoint) {
        let key = scheme == .taproot && publicKey.hasOddY ? publicKey.negated : publicKey
        self.init(scheme: scheme, publicKey: key, hash: WalletPublicKeyHash(hash160(key.compressed)))
    }

    init(scheme: Scheme, publicKey: CurvePoint, hash: WalletPublicKeyHash) {
        self.scheme = scheme
        self.publicKey = publicKey
        self.hash = hash
    }

    /// The script of the outputs that the wallet makes for itself.
    package var outputScript: Script {
        switch scheme {
        case .ecdsa: .p2wpkh(hash.hash)
        case .taproot: .p2tr(publicKey.xOnly)
        }
    }

    /// The scripts by which a main UTXO can pay the wallet, the one it makes itself first.
    package var ownScripts: [Script] {
        switch scheme {
        case .ecdsa: [.p2wpkh(hash.hash), .p2pkh(hash.hash)]
        case .taproot: [.p2tr(publicKey.xOnly)]
        }
    }

    /// Whether a script pays the wallet's key in any way; a redeemer must not be paid to it.
    package func owns(_ script: Script) -> Bool {
        script == outputScript || script.publicKeyHash == hash.hash
    }

    /// The kinds of script to which a redeemer may be paid.
    package var redeemerKinds: Set<Script.Kind> {
        switch scheme {
        case .ecdsa: [.p2pkh, .p2wpkh, .p2sh, .p2wsh]
        case .taproot: [.p2pkh, .p2wpkh, .p2sh, .p2wsh, .p2tr]
        }
    }
}
