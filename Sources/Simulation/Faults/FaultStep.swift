import Primitives

/// What a fault does at a later moment.
enum FaultStep {
    case reorganiseHost(depth: Int)
    case reorganiseBitcoin(depth: Int)
    /// Host blocks are replaced, and an operator's source stays with them until a time.
    case strand(Int, depth: Int, until: UInt64)
    case evict
    case feeRate(UInt64)
    case weather(SimulatedNetwork.Weather)
    /// A process stops and starts again, perhaps with another configuration.
    case restart(Int, after: UInt64, as: Role)
    /// A second process with an operator's key starts, with a disk of its own; later it is gone.
    case twin(Int)
    case twinEnds(Int)
    /// Bytes that somebody puts on a link.
    case inject(Bytes, from: Int, to: Int)
    /// A message of before is sent again.
    case replay(Bytes, from: Int, to: Int)

    /// How a process is configured.
    enum Role {
        case itself
        case withoutShares
        case withAnotherProfile
        case withOtherSeats
    }
}
