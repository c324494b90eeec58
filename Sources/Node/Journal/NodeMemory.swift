import Bitcoin
package import Coordination
package import Primitives
package import WalletActions

/// What a machine keeps in memory between two windows: with the ledger it is all that the next one depends on, so that
/// a journal can be played from there on (docs/protocol/wire.md §9).
package struct NodeMemory: Hashable, Sendable {
    /// Reorganisations since the start of the process (``EvaluationKey/branch``).
    package let branch: UInt64
    package let isDraining: Bool
    /// The operators to whom a link stands, ascending.
    package let connected: [EthereumAddress]
    /// Main UTXOs that were found before, of each wallet in the order of the places.
    package let knownUTXOs: [WalletPublicKeyHash: [MainUTXO]]

    /// Describes a memory; that of a process that just started is empty.
    package init(
        branch: UInt64 = 0, isDraining: Bool = false, connected: [EthereumAddress] = [],
        knownUTXOs: [WalletPublicKeyHash: [MainUTXO]] = [:]
    ) {
        self.branch = branch
        self.isDraining = isDraining
        self.connected = connected
        self.knownUTXOs = knownUTXOs
    }
}

extension NodeMemory {
    /// Branch u64, draining u8, the operators, and of each wallet with any its name and its UTXOs, ascending.
    func append(to bytes: inout Bytes) {
        bytes.append(bigEndian: branch)
        bytes.append(isDraining ? 1 : 0)
        bytes.append(list: connected) { $0.append($1) }
        bytes.append(list: knownUTXOs.sorted { $0.key < $1.key }) { bytes, wallet in
            bytes.append(wallet.key)
            bytes.append(list: wallet.value) { bytes, utxo in
                bytes.append(utxo.outPoint)
                bytes.append(utxo.output)
            }
        }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        let branch: UInt64 = try reader.bigEndian()
        let draining = try reader.byte()
        guard draining <= 1 else { throw .value(field: "draining") }
        let connected = try reader.counted { reader throws(DecodingFailure) in try reader.fixed(EthereumAddress.self) }
        let wallets = try reader.counted { reader throws(DecodingFailure) in
            (
                try reader.fixed(WalletPublicKeyHash.self),
                try reader.counted { reader throws(DecodingFailure) in
                    MainUTXO(outPoint: try reader.outPoint(), output: try reader.output())
                }
            )
        }
        let ascends = zip(wallets, wallets.dropFirst()).allSatisfy { $0.0 < $1.0 }
        guard ascends, zip(connected, connected.dropFirst()).allSatisfy(<) else { throw .value(field: "order") }
        self.init(
            branch: branch, isDraining: draining == 1, connected: connected,
            knownUTXOs: Dictionary(uniqueKeysWithValues: wallets))
    }
}

extension NodeMachine {
    /// The memory right before the head that brings the next window near, where nothing is under way that it leaves out;
    /// nil before every other input.
    package func memory(before input: NodeInput) -> NodeMemory? {
        guard case .head(let block) = input, chain.head != nil else { return nil }
        let frequency = configuration.profiles.frequency
        let next = WindowIndex(block.number.rawValue / frequency + 1)
        let shift = configuration.profiles.profile(of: next).safeBlockShift
        guard block.number.adding(shift).rawValue.isMultiple(of: frequency), early.isEmpty,
            wallets.values.allSatisfy(\.isIdle)
        else { return nil }
        return NodeMemory(
            branch: branch, isDraining: isDraining, connected: connected.sorted(),
            knownUTXOs: wallets.mapValues { $0.knownUTXOs.values.sorted { $0.outPoint < $1.outPoint } }
                .filter { !$0.value.isEmpty })
    }

    /// Takes up the memory of a process that ran before; call it before the first input.
    package mutating func remember(_ memory: NodeMemory) {
        branch = memory.branch
        isDraining = memory.isDraining
        connected = Set(memory.connected)
        for (name, known) in memory.knownUTXOs {
            wallets[name]?.knownUTXOs = Dictionary(known.map { ($0.hash, $0) }) { first, _ in first }
        }
    }
}

extension WalletState {
    /// Whether no window is open, no action under way, and nothing being read.
    fileprivate var isIdle: Bool {
        windows.isEmpty && action == nil && evaluations.values.allSatisfy { !$0.isReading }
    }
}
