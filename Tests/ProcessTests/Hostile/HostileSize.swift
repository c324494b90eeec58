import Foundation

/// The sizes of the hostile suite: small in `make test`, whole in `make hostile` (docs/hostile.md).
enum HostileSize {
    /// Whether `make hostile` runs.
    static let isFull = ProcessInfo.processInfo.environment["HOSTILE_SIZE"] == "full"

    /// Picks a size.
    static func pick<Size>(short: Size, full: Size) -> Size { isFull ? full : short }

    /// What a node may take of memory under any attack, in KiB (VmHWM of a debug build; docs/hostile.md).
    static let mostMemory = 160 * 1_024

    /// How many files and sockets a node may hold open under any attack.
    static let mostFiles = 400
}
