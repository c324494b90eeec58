package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// An input of a node. The machine learns everything through these inputs, one after the other.
package enum NodeInput: Sendable {
    /// The next block of the host chain.
    case head(HostBlock)
    /// The host chain replaced the blocks after this one.
    case reorganised(HostBlock, depth: UInt64)
    /// The chains' answers to ``NodeEffect/read(_:_:)``.
    case answered(EvaluationKey, [(ChainQuery, ChainAnswer)])
    /// The input that asked for a confirmation by ``NodeEffect/confirm(_:)`` is on disk.
    case committed(CommitToken)
    /// Bytes came over the link of an operator.
    case received(Bytes, from: EthereumAddress)
    /// The link to an operator stands, or fell.
    case linkChanged(EthereumAddress, isUp: Bool)
    /// Time passed without a block.
    case timePassed
    /// Our own status is to be sent.
    case statusDue
    /// The machine slept or stood still, its clock was set, or it may run twice (``ClockWatch``).
    case resumed
    /// The store has another content for the purpose of a volatile message of this wallet; the message did not leave.
    case intentRefused(WalletPublicKeyHash)
    /// The node begins nothing new from now on.
    case draining
    /// A wallet is held from now on; its keys were handed over before (``NodeDriver/bring(_:ledger:)``).
    case walletAdded(WalletPublicKeyHash)
    /// A wallet is no longer held.
    case walletArchived(WalletPublicKeyHash)
}

extension NodeMachine {
    /// Takes an input at this time of the node's own clock; gives the effects in order.
    package mutating func take(
        _ input: NodeInput, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        if node.headClock.wentBack(at: now) || node.headClock.isFresh(at: now) != node.isHeadFresh { headAged(at: now) }
        switch input {
        case .head(let block): return headArrived(block, now: now, random: &random)
        case .reorganised(let ancestor, let depth): return reorganised(to: ancestor, depth: depth)
        case .answered(let key, let answers): return answered(key, answers, now: now, random: &random)
        case .committed(let token): return inWallet(token.wallet, now, &random) { $0.committed(token, &$1) }
        case .received(let bytes, let link): return received(bytes, from: link, now: now, random: &random)
        case .timePassed: return eachWallet(now, &random) { $0.timePassed(&$1) }
        case .statusDue: return statusDue()
        case .resumed: return resumed(now: now, random: &random)
        case .linkChanged(let peer, let isUp): return linkChanged(peer, isUp: isUp, now: now, random: &random)
        case .intentRefused(let wallet): return inWallet(wallet, now, &random) { $0.halt(.intentConflict, &$1) }
        case .draining: drain()
        case .walletAdded(let wallet): return add(wallet, now: now, random: &random)
        case .walletArchived(let wallet): return archive(wallet, now: now, random: &random)
        }
        return []
    }
}
