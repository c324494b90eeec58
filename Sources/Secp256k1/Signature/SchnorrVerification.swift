package import Primitives

/// Checks BIP-0340 signatures.
///
/// A port, so that simulations may use the check of an ideal signer; all other code uses the curve's.
package protocol SchnorrVerification: Sendable {
    /// Whether a signature is valid for a digest under a key.
    func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool
}

/// The check on the curve.
package struct CurveVerification: SchnorrVerification {
    /// Makes the check, which has no state.
    package init() {}

    package func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool {
        key.verifies(signature, message: message.bytes)
    }
}
