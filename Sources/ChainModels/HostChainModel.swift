package import Coordination
import Ethereum
package import Primitives
package import WalletActions

/// A host chain as a value: linked blocks, each with the Bridge's state after it and the events in it.
package struct HostChainModel: Sendable {
    /// A block with its calls, events and resulting state.
    package struct Entry: Hashable, Sendable {
        package let block: HostBlock
        package let state: BridgeState
        package let events: [BridgeEvent]
        /// The calls made in the block.
        package let calls: [Call]
    }

    /// An event of the Bridge.
    package enum BridgeEvent: Hashable, Sendable {
        case walletRegistered(id: Hash32, WalletPublicKeyHash)
        case redemptionRequested(WalletPublicKeyHash, RedemptionRequestedEvent)
        /// The transaction's hash in internal byte order.
        case redemptionsCompleted(WalletPublicKeyHash, transaction: Hash32)
    }

    /// An event and its place on the chain.
    package struct PlacedEvent: Hashable, Sendable {
        package let block: BlockReference
        /// Its position among the events of its block.
        package let logIndex: UInt64
        package let event: BridgeEvent
    }

    /// A call for the next block.
    package enum Call: Hashable, Sendable {
        case register(WalletPublicKeyHash, id: Hash32, mainUtxoHash: Hash32)
        case request(WalletPublicKeyHash, script: Bytes, redeemer: EthereumAddress, amount: UInt64)
        case complete(WalletPublicKeyHash, scripts: [Bytes], mainUtxoHash: Hash32, transaction: Hash32)
    }

    /// The kept blocks, oldest first: all blocks, unless ``forget(before:)`` was called.
    package private(set) var entries: [Entry]
    /// Every event of the chain, oldest first, including those of forgotten blocks.
    private(set) var journal: [PlacedEvent] = []
    /// Seconds of chain time between two blocks.
    package let blockSeconds: UInt64
    /// Distinguishes the hashes of branches with the same content.
    private var branch: UInt64 = 0

    /// Makes block 0.
    package init(settings: BridgeState.Settings, genesisTime: UnixTime, blockSeconds: UInt64) {
        self.blockSeconds = blockSeconds
        let genesis = HostBlock(
            number: BlockNumber(0), hash: sha256("coord devnet".utf8), parentHash: .zero,
            timestamp: genesisTime)
        entries = [Entry(block: genesis, state: BridgeState(settings: settings), events: [], calls: [])]
    }

    /// The newest block.
    package var head: Entry {
        guard let head = entries.last else { preconditionFailure("block 0 is never dropped") }
        return head
    }

    /// The number of the newest block.
    package var headNumber: BlockNumber { entries[entries.count - 1].block.number }

    /// The entry of a block number; nil beyond the head and for a forgotten block.
    package subscript(number: BlockNumber) -> Entry? { place(of: number).map { entries[$0] } }

    /// The block with a number; nil beyond the head and for a forgotten block.
    package func block(_ number: BlockNumber) -> HostBlock? { place(of: number).map { entries[$0].block } }

    private func place(of number: BlockNumber) -> Int? {
        let first = entries[0].block.number.rawValue
        guard number.rawValue >= first, number.rawValue < first + UInt64(entries.count) else { return nil }
        return Int(number.rawValue - first)
    }

    /// The entry of the block with a hash.
    package func entry(hash: Hash32) -> Entry? { entries.last { $0.block.hash == hash } }

    /// The events of the blocks with these numbers, in chain order, including those of forgotten blocks.
    package func events(in range: ClosedRange<BlockNumber>) -> [PlacedEvent] {
        guard let last = journal.last, last.block.number >= range.lowerBound else { return [] }
        return journal.filter { range.contains($0.block.number) }
    }

    /// Makes the next block. A call that the Bridge refuses has no effect, like a reverted transaction.
    @discardableResult
    package mutating func mine(_ calls: [Call] = []) -> Entry {
        let parent = head.block
        let now = parent.timestamp.adding(blockSeconds)
        var state = head.state
        var events: [BridgeEvent] = []
        for call in calls {
            let place = (block: parent.number.adding(1), logIndex: UInt64(events.count))
            if let event = try? Self.perform(call, on: &state, at: now, place) { events.append(event) }
        }
        var seal = parent.hash.bytes
        seal.append(bigEndian: branch)
        seal.append(bigEndian: UInt64(events.count))
        let block = HostBlock(
            number: parent.number.adding(1), hash: sha256(seal), parentHash: parent.hash, timestamp: now)
        let entry = Entry(block: block, state: state, events: events, calls: calls)
        entries.append(entry)
        for (index, event) in events.enumerated() {
            journal.append(PlacedEvent(block: block.reference, logIndex: UInt64(index), event: event))
        }
        return entry
    }

    /// Removes the newest blocks, but never the oldest kept one. The next blocks get other hashes. Returns the calls of
    /// the removed blocks, in order.
    @discardableResult
    package mutating func rewind(_ depth: Int) -> [Call] {
        let depth = min(depth, entries.count - 1)
        let calls = entries.suffix(depth).flatMap(\.calls)
        entries.removeLast(depth)
        while let last = journal.last, last.block.number > head.block.number { journal.removeLast() }
        branch += 1
        return calls
    }

    /// Makes the next blocks different from those of a chain with the same beginning.
    package mutating func diverge(by number: UInt64) { branch = number }

    /// Forgets the blocks before this one. Their events are kept.
    package mutating func forget(before number: BlockNumber) {
        entries.removeFirst(min(entries.prefix { $0.block.number < number }.count, entries.count - 1))
    }

    private static func perform(
        _ call: Call, on state: inout BridgeState, at now: UnixTime, _ place: (block: BlockNumber, logIndex: UInt64)
    ) throws(BridgeState.Refusal) -> BridgeEvent {
        switch call {
        case .register(let wallet, let id, let mainUtxoHash):
            state.register(wallet, id: id, mainUtxoHash: mainUtxoHash, at: now)
            return .walletRegistered(id: id, wallet)
        case .request(let wallet, let script, let redeemer, let amount):
            let request = try state.request(wallet, script: script, redeemer: redeemer, amount: amount, at: now)
            return .redemptionRequested(
                wallet,
                RedemptionRequestedEvent(
                    block: place.block, logIndex: place.logIndex, wallet: wallet, script: script, redeemer: redeemer,
                    requestedAmount: request.requestedAmount, treasuryFee: request.treasuryFee,
                    txMaxFee: request.txMaxFee))
        case .complete(let wallet, let scripts, let mainUtxoHash, let transaction):
            try state.complete(wallet, scripts: scripts, mainUtxoHash: mainUtxoHash)
            return .redemptionsCompleted(wallet, transaction: transaction)
        }
    }
}
