package import Primitives
package import Secp256k1

/// A private key that several owners can hold: in an array, or in a service that is made twice.
package final class TestKey: Sendable {
    package let value: PrivateKey

    /// Holds a key.
    package init(_ value: consuming PrivateKey) { self.value = value }

    /// Draws a key that no other test has.
    package convenience init() {
        var random = SystemRandom()
        self.init(PrivateKey(random: &random))
    }

    /// Parses a published key; throws where the text is not a key.
    package convenience init(hex: String) throws {
        var bytes = try Bytes(hex: hex)
        guard let key = PrivateKey(secret: SecretBytes(wiping: &bytes)) else {
            throw DecodingFailure.value(field: "secret key")
        }
        self.init(key)
    }

    package var publicKey: CurvePoint { value.publicKey }

    /// The operator's address of the key.
    package var address: EthereumAddress { value.ethereumAddress }
}
