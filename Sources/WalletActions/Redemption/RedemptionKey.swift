import Bitcoin
package import Coordination
package import Primitives

/// The Bridge's key of a redemption request: `keccak(keccak(length-prefixed script) ‖ W)` (contracts.md §1.2).
///
/// `script` comes without its length byte; one of more than 252 bytes has no one-byte length and so no key.
package func redemptionKey(script: Bytes, wallet: WalletPublicKeyHash) -> UInt256? {
    guard script.count <= 252 else { return nil }
    let prefixed = [UInt8(script.count)] + script
    return UInt256(keccak256(keccak256(prefixed).bytes + wallet.bytes))
}
