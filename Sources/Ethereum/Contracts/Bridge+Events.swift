package import Primitives

extension Bridge {
    /// `RedemptionRequested`: a redeemer asks a wallet for a payment. Amounts are satoshi.
    package struct RedemptionRequested: ContractEvent {
        package static let type = ContractEventType(
            "RedemptionRequested", .indexed(.fixedBytes(20)), .data(.bytes), .indexed(.address),
            .data(.uint(bits: 64)), .data(.uint(bits: 64)), .data(.uint(bits: 64)))

        package let wallet: Hash20
        package let redeemerOutputScript: PrefixedScript
        package let redeemer: EthereumAddress
        package let requestedAmount: UInt64
        package let treasuryFee: UInt64
        package let txMaxFee: UInt64

        /// Makes the event of a request.
        package init(
            wallet: Hash20, redeemerOutputScript: PrefixedScript, redeemer: EthereumAddress, requestedAmount: UInt64,
            treasuryFee: UInt64, txMaxFee: UInt64
        ) {
            self.wallet = wallet
            self.redeemerOutputScript = redeemerOutputScript
            self.redeemer = redeemer
            self.requestedAmount = requestedAmount
            self.treasuryFee = treasuryFee
            self.txMaxFee = txMaxFee
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form, or a script without its
        ///   length in front.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            wallet = try indexed.value()
            redeemer = try indexed.value()
            redeemerOutputScript = try data.value()
            requestedAmount = try data.value()
            treasuryFee = try data.value()
            txMaxFee = try data.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            indexed.value(wallet)
            indexed.value(redeemer)
            data.value(redeemerOutputScript)
            data.value(requestedAmount)
            data.value(treasuryFee)
            data.value(txMaxFee)
        }
    }

    /// `RedemptionTimedOut`: a request was not paid in time and is no longer pending.
    package struct RedemptionTimedOut: ContractEvent {
        package static let type = ContractEventType(
            "RedemptionTimedOut", .indexed(.fixedBytes(20)), .data(.bytes))

        package let wallet: Hash20
        package let redeemerOutputScript: PrefixedScript

        /// Makes the event of a request that timed out.
        package init(wallet: Hash20, redeemerOutputScript: PrefixedScript) {
            self.wallet = wallet
            self.redeemerOutputScript = redeemerOutputScript
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form, or a script without its
        ///   length in front.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            wallet = try indexed.value()
            redeemerOutputScript = try data.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            indexed.value(wallet)
            data.value(redeemerOutputScript)
        }
    }

    /// `RedemptionsCompleted`: a redemption transaction was proven. Its hash is in internal byte order.
    package struct RedemptionsCompleted: ContractEvent {
        package static let type = ContractEventType(
            "RedemptionsCompleted", .indexed(.fixedBytes(20)), .data(.fixedBytes(32)))

        package let wallet: Hash20
        package let transaction: Hash32

        /// Makes the event of a proven transaction.
        package init(wallet: Hash20, transaction: Hash32) {
            self.wallet = wallet
            self.transaction = transaction
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            wallet = try indexed.value()
            transaction = try data.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            indexed.value(wallet)
            data.value(transaction)
        }
    }

    /// `MovedFundsSwept`: a moved-funds sweep was proven. Its hash is in internal byte order.
    package struct MovedFundsSwept: ContractEvent {
        package static let type = ContractEventType(
            "MovedFundsSwept", .indexed(.fixedBytes(20)), .data(.fixedBytes(32)))

        package let wallet: Hash20
        package let transaction: Hash32

        /// Makes the event of a proven transaction.
        package init(wallet: Hash20, transaction: Hash32) {
            self.wallet = wallet
            self.transaction = transaction
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            wallet = try indexed.value()
            transaction = try data.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            indexed.value(wallet)
            data.value(transaction)
        }
    }

    /// `DepositsSwept`: a deposit sweep was proven. No parameter is indexed, so logs cannot be filtered by wallet.
    package struct DepositsSwept: ContractEvent {
        package static let type = ContractEventType(
            "DepositsSwept", .data(.fixedBytes(20)), .data(.fixedBytes(32)))

        package let wallet: Hash20
        package let transaction: Hash32

        /// Makes the event of a proven transaction; its hash in internal byte order.
        package init(wallet: Hash20, transaction: Hash32) {
            self.wallet = wallet
            self.transaction = transaction
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            wallet = try data.value()
            transaction = try data.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            data.value(wallet)
            data.value(transaction)
        }
    }

    /// `NewWalletRegistered`: a new wallet is registered with the Bridge and live.
    package struct NewWalletRegistered: ContractEvent {
        package static let type = ContractEventType(
            "NewWalletRegistered", .indexed(.fixedBytes(32)), .indexed(.fixedBytes(20)))

        package let ecdsaWalletID: Hash32
        package let wallet: Hash20

        /// Makes the event of a new wallet.
        package init(ecdsaWalletID: Hash32, wallet: Hash20) {
            self.ecdsaWalletID = ecdsaWalletID
            self.wallet = wallet
        }

        /// Reads the parameters in the order of the signature.
        ///
        /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form.
        package init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure) {
            ecdsaWalletID = try indexed.value()
            wallet = try indexed.value()
        }

        package func write(indexed: inout ABIWriter, data: inout ABIWriter) {
            indexed.value(ecdsaWalletID)
            indexed.value(wallet)
        }
    }
}
