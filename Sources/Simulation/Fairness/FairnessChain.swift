import Coordination
import Primitives

/// A made-up host chain: each block's hash is the SHA-256 of the chain's name and its parent's hash.
struct FairnessChain {
    private let name: Hash20
    private var hash: Hash32

    /// Starts the chain of a seed, for one use.
    init(seed: UInt64, concern: FairnessConcern) {
        var random = SeededRandom(seed: seed, concern: concern.rawValue)
        name = random.hash20()
        hash = sha256(random.publicBytes(Hash32.byteCount))
    }

    /// The hash of the next block.
    mutating func next() -> Hash32 {
        hash = sha256(name, hash)
        return hash
    }
}

/// The uses of chance. Each has its own generator, so that no test changes another's draws.
enum FairnessConcern: UInt64 {
    case chain = 0xFA_0001
    case groups = 0xFA_0002
    case arrangements = 0xFA_0003
    case numbers = 0xFA_0004
    case builders = 0xFA_0005
    case withholding = 0xFA_0006
}

extension SeededRandom {
    /// Draws 20 bytes: an address or a wallet's name.
    mutating func hash20() -> Hash20 {
        guard let hash = Hash20(publicBytes(Hash20.byteCount)) else { preconditionFailure("20 bytes were drawn") }
        return hash
    }

    /// Starts the generator of one use with a number of operators.
    init(seed: UInt64, concern: FairnessConcern, operators: Int) {
        self.init(seed: seed, concern: concern.rawValue << 16 | UInt64(operators))
    }
}
