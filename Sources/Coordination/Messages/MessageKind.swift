/// What an envelope holds (coordination.md §6, threshold-signing.md §10.7). The raw value is the kind byte.
package enum MessageKind: UInt8, Hashable, Sendable, CaseIterable {
    case proposal = 1
    case verdict = 2
    case status = 3
    case signReady = 16
    case frostNonces = 17
    case frostRequest = 18
    case frostShares = 19
    case signResult = 20

    /// The name that is hashed into the signature.
    package var name: String {
        switch self {
        case .proposal: "proposal"
        case .verdict: "verdict"
        case .status: "status"
        case .signReady: "sign/ready"
        case .frostNonces: "frost/nonces"
        case .frostRequest: "frost/request"
        case .frostShares: "frost/shares"
        case .signResult: "sign/result"
        }
    }

    /// Whether a message of this kind is of its moment: it is never sent after a restart, nor when what allowed it may be
    /// over (durability-and-events.md DU7).
    package var isVolatile: Bool {
        switch self {
        case .frostNonces, .frostRequest, .frostShares: true
        case .proposal, .verdict, .status, .signReady, .signResult: false
        }
    }

    /// The size in bytes of the largest envelope of this kind (durability-and-events.md §7).
    package var largestEnvelope: Int {
        switch self {
        case .proposal, .verdict, .signReady: 64 * 1024
        case .status: 8 * 1024
        case .frostNonces, .frostRequest, .frostShares, .signResult: 128 * 1024
        }
    }
}
