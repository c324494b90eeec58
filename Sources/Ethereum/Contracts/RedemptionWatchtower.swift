package import Primitives

/// The RedemptionWatchtower contract, if the Bridge has one (contracts.md §6).
package enum RedemptionWatchtower {
    /// `getRedemptionDelay(uint256)`: seconds that a pending redemption must wait; reverts for one that is not pending.
    package struct GetRedemptionDelay: ContractCall {
        package typealias Answer = UInt32
        package static let function = ContractFunction(
            "getRedemptionDelay", inputs: [.uint(bits: 256)], outputs: [.uint(bits: 32)])

        package let key: UInt256

        /// Asks about the request under that key (``ContractKeys/redemption(script:wallet:)``).
        package init(_ key: UInt256) { self.key = key }

        /// Reads the key.
        ///
        /// - Throws: ``ABIFailure/truncated(offset:)`` if the data ends early.
        package init(components reader: inout ABIReader) throws(ABIFailure) { key = try reader.value() }

        package func writeComponents(to writer: inout ABIWriter) { writer.value(key) }
    }
}
