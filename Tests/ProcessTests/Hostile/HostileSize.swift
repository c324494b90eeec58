import Foundation

/// The sizes of the hostile suite: small in `make test`, whole in `make hostile` (docs/hostile.md).
enum HostileSize {
    /// Whether `make hostile` runs.
    static let isFull = ProcessInfo.processInfo.environment["HOSTILE_SIZE"] == "full"

    /// Picks a size.
    static func pick<Size>(short: Size, full: Size) -> Size { isFull ? full : short }

    /// By how much a node's store may grow in any attack, journal included.
    static let mostStoreBytes = 32 << 20

    /// How many events a window may leave in a ledger, whatever a member sends.
    static let mostEvents = 100

    /// How many files and sockets a node may hold open under any attack.
    static let mostFiles = 400
}
