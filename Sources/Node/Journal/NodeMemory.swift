import Bitcoin
package import Coordination
package import Primitives
import ThresholdSigning
package import WalletActions

/// The state that a machine keeps in memory between two windows. The next window depends only on it and on the ledger,
/// so a journal can be replayed from there (docs/protocol/wire.md §9).
package struct NodeMemory: Hashable, Sendable {
    /// Reorganisations since the start of the process (``EvaluationKey/reorgCount``).
    package let reorgCount: UInt64
    package let isDraining: Bool
    /// The process's nonce; `ownFloor` is the newest block that a status of an earlier process with our key may name.
    package let bootNonce: Bytes
    package let ownFloor: BlockNumber
    /// The age of the head.
    package let headClock: HeadClock.State
    /// The operators with a standing link, ascending.
    package let connected: [EthereumAddress]
    package let wallets: [WalletPublicKeyHash: Wallet]

    /// Leaders found idle recently, ascending.
    package let idle: [Idleness]

    /// The facts of a wallet that need not be read again.
    package struct Wallet: Hashable, Sendable {
        /// Main UTXOs that were found before, ascending by place.
        package let knownUTXOs: [MainUTXO]
        package let closedRedemptions: ClosedRedemptions

        /// Describes the known facts of a wallet.
        package init(knownUTXOs: [MainUTXO] = [], closedRedemptions: ClosedRedemptions = ClosedRedemptions()) {
            self.knownUTXOs = knownUTXOs
            self.closedRedemptions = closedRedemptions
        }
    }

    /// A leader found idle, with the operators that report it.
    package struct Idleness: Hashable, Sendable {
        package let leader: Status.IdleLeader
        /// The operators that report it, ascending.
        package let witnesses: [EthereumAddress]
        /// Whether operators of `t` seats report it, so that the fault stands.
        package let isConfirmed: Bool

        /// Describes an idle leader.
        package init(leader: Status.IdleLeader, witnesses: [EthereumAddress], isConfirmed: Bool) {
            self.leader = leader
            self.witnesses = witnesses
            self.isConfirmed = isConfirmed
        }
    }

    /// Describes a memory.
    package init(
        reorgCount: UInt64 = 0, isDraining: Bool = false, bootNonce: Bytes, ownFloor: BlockNumber,
        headClock: HeadClock.State,
        connected: [EthereumAddress] = [], wallets: [WalletPublicKeyHash: Wallet] = [:], idle: [Idleness] = []
    ) {
        self.reorgCount = reorgCount
        self.isDraining = isDraining
        self.bootNonce = bootNonce
        self.ownFloor = ownFloor
        self.headClock = headClock
        self.connected = connected
        self.wallets = wallets
        self.idle = idle
    }
}

extension NodeMemory {
    /// Appends the fields: branch u64, draining u8, boot nonce, own floor u64, the newest block u64 and its arrival
    /// time u64 (both 0: none), quick blocks u8, in sync u8, the operators; for each wallet with known facts its name,
    /// its UTXOs and the requests that are over; for each idle leader wallet, block, leader, witnesses, confirmed u8.
    /// All lists ascend.
    func append(to bytes: inout Bytes) {
        bytes.append(bigEndian: reorgCount)
        bytes.append(isDraining ? 1 : 0)
        bytes.append(counted: bootNonce)
        bytes.append(bigEndian: ownFloor.rawValue)
        bytes.append(bigEndian: headClock.latest?.number.rawValue ?? 0)
        bytes.append(bigEndian: headClock.latest?.time.milliseconds ?? 0)
        bytes.append(headClock.quick)
        bytes.append(headClock.isInSync ? 1 : 0)
        bytes.append(list: connected) { $0.append($1) }
        bytes.append(list: wallets.sorted { $0.key < $1.key }) { bytes, wallet in
            bytes.append(wallet.key)
            bytes.append(list: wallet.value.knownUTXOs) { bytes, utxo in
                bytes.append(utxo.outPoint)
                bytes.append(utxo.output)
            }
            wallet.value.closedRedemptions.append(to: &bytes)
        }
        bytes.append(list: idle) { bytes, idleness in
            bytes.append(idleness.leader.wallet)
            bytes.append(bigEndian: idleness.leader.coordinationBlock.rawValue)
            bytes.append(idleness.leader.leader)
            bytes.append(list: idleness.witnesses) { $0.append($1) }
            bytes.append(idleness.isConfirmed ? 1 : 0)
        }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        let reorgCount: UInt64 = try reader.bigEndian()
        let isDraining = try reader.flag()
        let (bootNonce, ownFloor) = (try reader.counted(), try reader.writtenBlockNumber())
        let (number, time) = (try reader.writtenBlockNumber(), SigningInstant(milliseconds: try reader.bigEndian()))
        guard number > BlockNumber(0) || time.milliseconds == 0 else { throw .value(field: "head") }
        let quick = try reader.byte()
        guard quick <= HeadClock.burst else { throw .value(field: "quick") }
        let headClock = HeadClock.State(
            latest: number > BlockNumber(0) ? HeadClock.Arrival(number: number, time: time) : nil, quick: quick,
            isInSync: try reader.flag())
        let connected = try reader.operators()
        let wallets = try reader.counted { reader throws(DecodingFailure) in
            (
                try reader.fixed(WalletPublicKeyHash.self),
                Wallet(
                    knownUTXOs: try reader.counted { reader throws(DecodingFailure) in
                        MainUTXO(outPoint: try reader.outPoint(), output: try reader.output())
                    }, closedRedemptions: try ClosedRedemptions(from: &reader))
            )
        }
        let idle = try reader.counted { reader throws(DecodingFailure) in
            Idleness(
                leader: Status.IdleLeader(
                    wallet: try reader.fixed(), coordinationBlock: try reader.writtenBlockNumber(),
                    leader: try reader.fixed()),
                witnesses: try reader.operators(), isConfirmed: try reader.flag())
        }
        guard zip(wallets, wallets.dropFirst()).allSatisfy({ $0.0 < $1.0 }),
            zip(idle, idle.dropFirst()).allSatisfy({ $0.leader < $1.leader })
        else { throw .value(field: "order") }
        self.init(
            reorgCount: reorgCount, isDraining: isDraining, bootNonce: bootNonce, ownFloor: ownFloor,
            headClock: headClock,
            connected: connected,
            wallets: Dictionary(uniqueKeysWithValues: wallets), idle: idle)
    }
}

extension ByteReader {
    fileprivate mutating func flag() throws(DecodingFailure) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw .value(field: "flag") }
        return byte == 1
    }

    fileprivate mutating func operators() throws(DecodingFailure) -> [EthereumAddress] {
        let list = try counted { reader throws(DecodingFailure) in try reader.fixed(EthereumAddress.self) }
        guard zip(list, list.dropFirst()).allSatisfy(<) else { throw .value(field: "order") }
        return list
    }
}

extension NodeMachine {
    /// The memory right before the head that opens the next window, if nothing is in progress that the memory leaves
    /// out; nil before every other input.
    package func memory(before input: NodeInput) -> NodeMemory? {
        guard case .head(let block) = input, head != nil else { return nil }
        let frequency = configuration.profiles.frequency
        let next = WindowIndex(block.number.rawValue / frequency + 1)
        let shift = configuration.profiles.profile(of: next).safeBlockShift
        guard block.number.adding(shift).rawValue.isMultiple(of: frequency),
            wallets.values.allSatisfy({ $0.machine.isIdle })
        else { return nil }
        var known: [WalletPublicKeyHash: NodeMemory.Wallet] = [:]
        var idle: [NodeMemory.Idleness] = []
        for slot in wallets.values {
            idle += slot.machine.idle.map { leader, witnesses in
                NodeMemory.Idleness(
                    leader: leader, witnesses: witnesses.sorted(),
                    isConfirmed: slot.machine.confirmedIdle.contains(leader))
            }
            let over = slot.machine.closedRedemptions.holding(at: block.number)
            if slot.machine.knownUTXOs.isEmpty, over.isEmpty { continue }
            known[slot.machine.wallet] = NodeMemory.Wallet(
                knownUTXOs: slot.machine.knownUTXOs.values.sorted { $0.outPoint < $1.outPoint }, closedRedemptions: over
            )
        }
        return NodeMemory(
            reorgCount: node.reorgCount, isDraining: isDraining, bootNonce: configuration.bootNonce,
            ownFloor: ownFloor ?? BlockNumber(0), headClock: node.headClock.state,
            connected: connected.sorted(), wallets: known, idle: idle.sorted { $0.leader < $1.leader })
    }

    /// Restores the memory of an earlier process; call it before the first input.
    package mutating func remember(_ memory: NodeMemory) {
        node.reorgCount = memory.reorgCount
        node.isDraining = memory.isDraining
        ownFloor = memory.ownFloor
        node.headClock.state = memory.headClock
        node.connected.formUnion(memory.connected)
        for entry in memory.idle {
            guard let slot = wallets[entry.leader.wallet] else { continue }
            slot.machine.idle[entry.leader] = Set(entry.witnesses)
            if entry.isConfirmed { slot.machine.confirmedIdle.insert(entry.leader) }
        }
        for (name, known) in memory.wallets {
            guard let slot = wallets[name] else { continue }
            slot.machine.knownUTXOs = Dictionary(known.knownUTXOs.map { ($0.hash, $0) }) { first, _ in first }
            slot.machine.closedRedemptions = known.closedRedemptions
        }
    }
}
