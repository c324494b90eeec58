import Primitives

/// A later step of a fault.
enum FaultStep {
    case reorganiseHost(depth: Int)
    case reorganiseBitcoin(depth: Int)
    /// Replace host blocks, while an operator's source stays on the old ones until a time.
    case strand(Int, depth: Int, until: UInt64)
    /// Resume an operator's process that stood still since a time; its clocks counted the pause, or did not.
    case wake(Int, since: UInt64, isCounted: Bool)
    /// Stop the sources of these operators from reporting blocks until a time.
    case freeze([Int], until: UInt64)
    /// Cut all links until a time.
    case sever(until: UInt64)
    case evict
    case feeRate(UInt64)
    case mempoolMinimum(UInt64)
    case weather(SimulatedNetwork.Weather)
    /// Tear every link, again and again until a time.
    case tear(until: UInt64)
    /// Stop a process and start it again, perhaps with another configuration.
    case restart(Int, after: UInt64, as: Role)
    /// Start a second process with an operator's key and a disk of its own; it ends later.
    case twin(Int)
    case twinEnds(Int)
    /// Put forged bytes on a link.
    case inject(Bytes, from: Int, to: Int)
    /// Send an earlier message again.
    case replay(Bytes, as: Replay, from: Int, to: Int)

    /// The alteration of a replayed message.
    enum Replay {
        case nothing
        /// The message claims to belong to the current window.
        case window
        /// The sender sent the message for one wallet in the current window. The copy claims to be for another wallet,
        /// if there is one.
        case wallet(Int)
        /// The sender sent the message on another chain, in the current window there.
        case chain

        /// Draws one form of alteration.
        init(drawing random: inout SeededRandom, wallets: Int) {
            switch random.below(4) {
            case 0: self = .nothing
            case 1: self = .window
            case 2: self = .wallet(Int(random.below(UInt64(wallets))))
            default: self = .chain
            }
        }
    }

    /// The configuration of a process.
    enum Role {
        case itself
        case withoutShares
        case withAnotherProfile
        case withOtherSeats
    }
}
