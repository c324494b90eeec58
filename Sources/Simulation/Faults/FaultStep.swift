import Primitives

/// What a fault does at a later moment.
enum FaultStep {
    case reorganiseHost(depth: Int)
    case reorganiseBitcoin(depth: Int)
    /// Host blocks are replaced, and an operator's source stays with them until a time.
    case strand(Int, depth: Int, until: UInt64)
    /// An operator's process ran on after it stood still since a time; its clocks counted that, or did not.
    case wake(Int, since: UInt64, isCounted: Bool)
    /// The sources of these operators say of no further block until a time.
    case freeze([Int], until: UInt64)
    /// Nobody is linked to anybody until a time.
    case sever(until: UInt64)
    case evict
    case feeRate(UInt64)
    case mempoolMinimum(UInt64)
    case weather(SimulatedNetwork.Weather)
    /// Every link is torn, again and again until a time.
    case tear(until: UInt64)
    /// A process stops and starts again, perhaps with another configuration.
    case restart(Int, after: UInt64, as: Role)
    /// A second process with an operator's key starts, with a disk of its own; later it is gone.
    case twin(Int)
    case twinEnds(Int)
    /// Bytes that somebody puts on a link.
    case inject(Bytes, from: Int, to: Int)
    /// A message of before is sent again.
    case replay(Bytes, as: Replay, from: Int, to: Int)

    /// What is altered of a message that is sent again.
    enum Replay {
        case nothing
        /// It says that it is of the window in hand.
        case window
        /// Its sender said the same of one wallet in the window in hand, and it says that it is of another, where there is one.
        case wallet(Int)
        /// Its sender said the same on another chain, in the window in hand there.
        case chain

        /// Draws one form.
        init(drawing random: inout SeededRandom, wallets: Int) {
            switch random.below(4) {
            case 0: self = .nothing
            case 1: self = .window
            case 2: self = .wallet(Int(random.below(UInt64(wallets))))
            default: self = .chain
            }
        }
    }

    /// How a process is configured.
    enum Role {
        case itself
        case withoutShares
        case withAnotherProfile
        case withOtherSeats
    }
}
