import Coordination
import Primitives

/// The blocks on which a window's provisional faults rest.
struct WindowBlockHashes: Sendable, Equatable {
    let seedHash: Hash32
    /// The coordination block's hash, as the validations read it.
    var openHash: Hash32?

    init(seedHash: Hash32) { self.seedHash = seedHash }

    /// Takes the hashes of a window on disk: its seed, and the coordination block that our rejects of class I read; nil
    /// where no seed was read.
    init?(_ window: LedgerState.Window) {
        guard let seedHash = window.seedHash else { return nil }
        self.seedHash = seedHash
        openHash =
            window.rejects.lazy.filter { $0.0 == .invalid }.compactMap { _, raw in
                let envelope = try? Envelope(decoding: raw)
                return envelope.flatMap { try? Verdict(decoding: $0.payload) }?.block.hash
            }.last
    }
}
