import ChainFollowing
import ChainModels
import Coordination
import Ethereum
import Primitives
import WalletActions

/// The source of a node's host chain at a moment: the world's chain, altered by the node's ailments.
struct HostSource {
    /// The address of the Bridge.
    static let bridge = EthereumAddress(Hash20(Bytes(repeating: 0xb1, count: 20)) ?? .zero)

    /// The chain that the source follows.
    let chain: HostChainModel
    /// The number of the newest block that it shows.
    let headNumber: BlockNumber
    let isSilent: Bool
    /// Whether it reports no further block.
    let isFrozen: Bool
    private let givesLogs: Bool
    /// The blocks for which it wrongly reports no requests.
    private let hole: ClosedRange<BlockNumber>?
    /// The blocks with other hashes here, and the operator of this source.
    private let fork: ClosedRange<BlockNumber>?
    private let index: Int

    /// The source of a node; `host` is the chain of the world.
    init(_ node: SimulatedNode, host: HostChainModel, at time: UInt64) {
        if let orphaned = node.ailment.orphaned, orphaned.until > time {
            chain = orphaned.chain
        } else {
            chain = host
        }
        let behind = node.ailment.headsBehindUntil > time ? node.ailment.headsBehind : 0
        headNumber = chain.headNumber.subtracting(behind)
        isSilent = node.ailment.headsSilentUntil > time
        isFrozen = node.ailment.headsFrozenUntil > time
        givesLogs = node.ailment.logsSilentUntil <= time
        if let gap = node.ailment.indexHole, gap.until > time { hole = gap.blocks } else { hole = nil }
        fork = node.ailment.fork
        index = node.index
    }

    /// Its head.
    var head: HostBlock? { block(headNumber) }

    /// A block as the source shows it.
    func block(_ number: BlockNumber) -> HostBlock? {
        guard number <= headNumber, let block = chain.block(number) else { return nil }
        guard let fork else { return block }
        func altered(_ hash: Hash32) -> Hash32 { sha256(hash.bytes + [UInt8(truncatingIfNeeded: index)]) }
        return HostBlock(
            number: number, hash: fork.contains(number) ? altered(block.hash) : block.hash,
            parentHash: fork.contains(number.subtracting(1)) ? altered(block.parentHash) : block.parentHash,
            timestamp: block.timestamp)
    }

    /// The source's reply to a client; nil where it does not answer. `told` is the head that it last gave the client.
    func answer(_ question: HostChainMachine.Question, told: HostBlock?) -> HostChainMachine.Answer? {
        guard !isSilent else { return nil }
        switch question {
        case .identity: return .identity(chainID: Cast.chainID, unknownContracts: [])
        case .head: return (isFrozen ? told : head).map { .head($0) }
        case .blocks(let range):
            return .blocks((range.lowerBound.rawValue...range.upperBound.rawValue).map { block(BlockNumber($0)) })
        case .logsOf(let blocks):
            // It refuses a question about an unknown block.
            guard givesLogs, blocks.allSatisfy({ block($0.number) == $0 }) else { return nil }
            return .logsOf(blocks.map { logs(in: $0.number...$0.number) })
        case .logsIn(let range): return givesLogs ? .logsIn(logs(in: range)) : nil
        case .pendingRedemption(let key, let block):
            guard case .host(.returned(let data)) = chain.answer(.call(Bridge.PendingRedemptions(key), at: block))
            else { return nil }
            return .pendingRedemption(try? Bridge.PendingRedemptions.decode(answer: data))
        }
    }

    private func logs(in range: ClosedRange<BlockNumber>) -> [PlacedLog] {
        var logs: [PlacedLog] = []
        for placed in chain.events(in: range) {
            let number = placed.block.number
            switch placed.event {
            // No client asks for this event.
            case .walletRegistered: continue
            case .redemptionRequested: if let hole, hole.contains(number) { continue }
            case .redemptionsCompleted: break
            }
            // A block too deep to be shown has its usual hash.
            logs.append(
                PlacedLog(
                    log: placed.event.log(from: Self.bridge), block: number,
                    blockHash: block(number)?.hash ?? placed.block.hash, logIndex: placed.logIndex))
        }
        return logs
    }
}
