/// The validator's constants for redemptions (contracts.md §5).
package struct RedemptionConstants: Hashable, Sendable {
    /// `REDEMPTION_REQUEST_MIN_AGE` in seconds.
    package let requestMinAge: UInt64
    /// `REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN` in seconds.
    package let requestTimeoutSafetyMargin: UInt64
    /// `REDEMPTION_MAX_SIZE`.
    package let maxSize: UInt64

    /// Describes the constants of one validator.
    package init(requestMinAge: UInt64, requestTimeoutSafetyMargin: UInt64, maxSize: UInt64) {
        self.requestMinAge = requestMinAge
        self.requestTimeoutSafetyMargin = requestTimeoutSafetyMargin
        self.maxSize = maxSize
    }
}
