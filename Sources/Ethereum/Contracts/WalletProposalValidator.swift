package import Primitives

/// The WalletProposalValidator contract: the rules of proposals on chain (contracts.md §5).
package enum WalletProposalValidator {
    /// The argument of `validateRedemptionProposal`.
    package struct RedemptionProposal: ABITuple {
        package static let components: [ABIType] = [
            .fixedBytes(20), .array(PrefixedScript.abiType), .uint(bits: 256),
        ]

        package let wallet: Hash20
        package let redeemersOutputScripts: [PrefixedScript]
        /// The whole transaction's fee in satoshi.
        package let redemptionTxFee: UInt256

        /// Makes a proposal.
        package init(wallet: Hash20, redeemersOutputScripts: [PrefixedScript], redemptionTxFee: UInt256) {
            self.wallet = wallet
            self.redeemersOutputScripts = redeemersOutputScripts
            self.redemptionTxFee = redemptionTxFee
        }

        /// Reads the components in order.
        ///
        /// - Throws: ``ABIFailure`` for the first component that is not in canonical form, or a script without its
        ///   length in front.
        package init(components reader: inout ABIReader) throws(ABIFailure) {
            wallet = try reader.value()
            redeemersOutputScripts = try reader.array()
            redemptionTxFee = try reader.value()
        }

        package func writeComponents(to writer: inout ABIWriter) {
            writer.value(wallet)
            writer.array(redeemersOutputScripts)
            writer.value(redemptionTxFee)
        }
    }

    /// The argument of `validateHeartbeatProposal`.
    package struct HeartbeatProposal: ABITuple {
        package static let components: [ABIType] = [.fixedBytes(20), .bytes]

        package let wallet: Hash20
        package let message: Bytes

        /// Makes a proposal.
        package init(wallet: Hash20, message: Bytes) {
            self.wallet = wallet
            self.message = message
        }

        /// Reads the components in order.
        ///
        /// - Throws: ``ABIFailure`` for the first component that is not in canonical form.
        package init(components reader: inout ABIReader) throws(ABIFailure) {
            wallet = try reader.value()
            message = try reader.value()
        }

        package func writeComponents(to writer: inout ABIWriter) {
            writer.value(wallet)
            writer.value(message)
        }
    }

    /// `validateRedemptionProposal`: true, or a revert with the broken rule (contracts.md §5.2).
    package struct ValidateRedemptionProposal: ValidatorCall {
        package typealias Answer = Bool
        package static let function = ContractFunction(
            "validateRedemptionProposal", inputs: [RedemptionProposal.abiType], outputs: [.bool])

        package let proposal: RedemptionProposal

        /// Asks about that proposal.
        package init(_ proposal: RedemptionProposal) { self.proposal = proposal }

        /// Reads the proposal.
        ///
        /// - Throws: As the proposal's ``ABIValue/init(from:)`` does.
        package init(components reader: inout ABIReader) throws(ABIFailure) { proposal = try reader.value() }

        package func writeComponents(to writer: inout ABIWriter) { writer.value(proposal) }
    }

    /// `validateHeartbeatProposal`: true, or a revert with the broken rule (contracts.md §5.5).
    package struct ValidateHeartbeatProposal: ValidatorCall {
        package typealias Answer = Bool
        package static let function = ContractFunction(
            "validateHeartbeatProposal", inputs: [HeartbeatProposal.abiType], outputs: [.bool])

        package let proposal: HeartbeatProposal

        /// Asks about that proposal.
        package init(_ proposal: HeartbeatProposal) { self.proposal = proposal }

        /// Reads the proposal.
        ///
        /// - Throws: As the proposal's ``ABIValue/init(from:)`` does.
        package init(components reader: inout ABIReader) throws(ABIFailure) { proposal = try reader.value() }

        package func writeComponents(to writer: inout ABIWriter) { writer.value(proposal) }
    }

    /// `REDEMPTION_REQUEST_MIN_AGE()` in seconds.
    package struct RedemptionRequestMinAge: ContractGetter, ValidatorCall {
        package typealias Answer = UInt32
        package static let function = ContractFunction("REDEMPTION_REQUEST_MIN_AGE", outputs: [.uint(bits: 32)])

        package init() {}
    }

    /// `REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN()` in seconds.
    package struct RedemptionRequestTimeoutSafetyMargin: ContractGetter, ValidatorCall {
        package typealias Answer = UInt32
        package static let function = ContractFunction(
            "REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN", outputs: [.uint(bits: 32)])

        package init() {}
    }

    /// `REDEMPTION_MAX_SIZE()`: the largest number of requests in one proposal.
    package struct RedemptionMaxSize: ContractGetter, ValidatorCall {
        package typealias Answer = UInt16
        package static let function = ContractFunction("REDEMPTION_MAX_SIZE", outputs: [.uint(bits: 16)])

        package init() {}
    }
}
