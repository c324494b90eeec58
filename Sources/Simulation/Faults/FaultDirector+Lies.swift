import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

extension FaultDirector {
    /// Makes an operator send, under its own key, a message that its machine does not send.
    func lie(
        _ kind: InjectedFault, _ start: BlockNumber, drawing random: inout SeededRandom, in world: World
    ) {
        guard let order = election(start, in: world)?.leaderOrder, order.count > 3 else { return }
        let liar = kind == .impersonation || kind == .forgedSeat ? order[order.count - 1] : order[0]
        guard let index = world.place(of: liar), world.isPresent(index) else { return }
        world.monitor.lies(index, in: start)
        let payload: Bytes
        var message = MessageKind.proposal
        switch kind {
        case .impersonation, .forgedSeat: payload = Proposal.noop.encoded
        case .lyingProposal:
            payload = Proposal.redemption(scripts: [[0x00, 0x14] + Bytes(repeating: 7, count: 20)], fee: 900).encoded
        case .lyingVerdict:
            message = .verdict
            let digest = ProposalDigest(sha256(random.publicBytes(8)).bytes)
            let block = BlockReference(number: start, hash: world.host.head.block.hash)
            payload = digest.map { Verdict(digest: $0, answer: .accept, block: block).encoded } ?? []
        default:
            payload = Proposal.heartbeat(message: Bytes(repeating: 0xff, count: 8) + random.publicBytes(8)).encoded
        }
        let wallet = world.cast.wallets[0]
        // The seat that an envelope names and the key that signed it are independent.
        let seat = wallet.group.lowestSeat(of: kind == .forgedSeat ? order[0] : liar) ?? .none
        let content = Envelope.Content(
            domain: Domain(chainID: Cast.chainID, profile: world.profile), wallet: wallet.identity.hash,
            coordinationBlock: start, seat: seat, kind: message, payload: payload)
        let envelope = Envelope(content, sign: { world.nodes[index].signatures.sign($0) }).encoded
        let at = world.time + random.below(5 * World.hostInterval)
        for node in world.nodes where node.index != index && random.happens(2, in: 3) {
            world.queue.push(.fault(.inject(envelope, from: index, to: node.index)), at: at)
        }
    }

    /// Makes an operator lie for up to a window and a quarter from now, also about the action of the previous window.
    func lies(_ node: Int, from first: BlockNumber, in world: World) {
        for window in 0..<4 { world.monitor.lies(node, in: first.adding(UInt64(window) * world.profile.frequency)) }
    }

    /// The first `liars` operators of the cast lie in every window. Each runs two processes, one for each half of the
    /// honest operators. Until the hand-over the halves hear nothing of each other (Bano et al., *Twins: BFT Systems
    /// Made Robust*, 2021). With too many such liars both halves agree, each on its own digest.
    func lieBeyond(_ liars: Int, _ start: BlockNumber, in world: World) {
        var random = SeededRandom(seed: world.settings.seed, concern: Concern.liars &+ start.rawValue)
        let liars = min(liars, world.nodes.count)
        for index in 0..<liars {
            lies(index, from: start, in: world)
            if world.twins[index] == nil { world.perform(twinOf: index) }
        }
        for index in world.nodes.indices { world.sides[index] = random.happens(1, in: 2) }
        let handOver = world.profile.activePhase + world.profile.passivePhase + world.profile.handOverGrace
        let until = world.time + handOver * World.hostInterval
        for one in liars..<world.nodes.count {
            for other in liars..<world.nodes.count where world.sides[one] != world.sides[other] {
                world.network.cut(from: one, to: other, until: until)
            }
        }
        world.queue.push(.links, at: world.time + 1)
        world.queue.push(.links, at: until + 1)
    }
}
