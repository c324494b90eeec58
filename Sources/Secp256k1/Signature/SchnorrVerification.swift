package import Primitives

/// Says whether BIP-0340 signatures verify.
///
/// A port, so that simulations may put the check of an ideal signer in its place; everything else uses the curve's.
package protocol SchnorrVerification: Sendable {
    /// Whether a signature is valid for a digest under a key.
    func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool
}

/// The curve's check.
package struct CurveVerification: SchnorrVerification {
    /// Holds nothing.
    package init() {}

    package func verifies(_ signature: SchnorrSignature, message: Hash32, key: XOnlyPublicKey) -> Bool {
        key.verifies(signature, message: message.bytes)
    }
}
