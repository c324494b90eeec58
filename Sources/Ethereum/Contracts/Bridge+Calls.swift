package import Primitives

extension Bridge {
    /// `wallets(bytes20)`: a wallet's record.
    package struct Wallets: BridgeCall {
        package typealias Answer = Wallet
        package static let function = ContractFunction(
            "wallets", inputs: [.fixedBytes(20)], outputs: [Wallet.abiType])

        package let wallet: Hash20

        /// Asks for the wallet with that public key hash.
        package init(_ wallet: Hash20) { self.wallet = wallet }

        /// Reads the wallet's public key hash.
        ///
        /// - Throws: ``ABIFailure`` if the data ends early, or the word is outside its type's range.
        package init(components reader: inout ABIReader) throws(ABIFailure) { wallet = try reader.value() }

        package func writeComponents(to writer: inout ABIWriter) { writer.value(wallet) }
    }

    /// `pendingRedemptions(uint256)`: the request under a redemption key.
    package struct PendingRedemptions: BridgeCall {
        package typealias Answer = RedemptionRequest
        package static let function = ContractFunction(
            "pendingRedemptions", inputs: [.uint(bits: 256)], outputs: [RedemptionRequest.abiType])

        package let key: UInt256

        /// Asks for the request under that key (``ContractKeys/redemption(script:wallet:)``).
        package init(_ key: UInt256) { self.key = key }

        /// Reads the key.
        ///
        /// - Throws: ``ABIFailure/truncated(offset:)`` if the data ends early.
        package init(components reader: inout ABIReader) throws(ABIFailure) { key = try reader.value() }

        package func writeComponents(to writer: inout ABIWriter) { writer.value(key) }
    }

    /// `redemptionParameters()`: the parameters in force.
    package struct GetRedemptionParameters: ContractGetter, BridgeCall {
        package typealias Answer = RedemptionParameters
        package static let function = ContractFunction(
            "redemptionParameters", outputs: RedemptionParameters.components)

        package init() {}
    }

    /// `getRedemptionWatchtower()`: the watchtower's address; zero if there is no watchtower.
    package struct GetRedemptionWatchtower: ContractGetter, BridgeCall {
        package typealias Answer = EthereumAddress
        package static let function = ContractFunction("getRedemptionWatchtower", outputs: [.address])

        package init() {}
    }
}
