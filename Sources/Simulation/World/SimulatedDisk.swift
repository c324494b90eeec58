import Coordination
import Node
import Primitives

/// What an operator's disk holds, as the ledger's rules have it: one input, one commit, one content an intent.
struct SimulatedDisk {
    /// The last host block that was handled.
    var cursor = BlockNumber(0)
    /// Folded from all events.
    private(set) var ledger = LedgerState()
    /// Messages not yet handed to their recipients, by recipient, oldest first.
    private(set) var waiting: [EthereumAddress: [OutboxMessage]] = [:]
    private var intents: [String: Hash32] = [:]
    private var oldIntents: [String: Hash32] = [:]
    // Digests of our own envelopes that are committed in the present and the last window (DI1).
    private var committed: Set<UInt64> = []
    private var committedBefore: Set<UInt64> = []
    private var lastWindow = BlockNumber(0)

    /// Commits what one input changes. Gives the intents for which another content stood already: none, ever, in an honest
    /// node.
    mutating func commit(_ effects: [NodeEffect], at block: BlockNumber) -> [String] {
        var conflicts: [String] = []
        for effect in effects {
            switch effect {
            case .record(let event): ledger.apply(event, at: block)
            case .send(let message):
                committed.insert(Self.digest(message.envelope))
                guard let intent = message.intent else { continue }
                if let before = intents[intent.name] ?? oldIntents[intent.name] {
                    if before != intent.digest { conflicts.append(intent.name) }
                } else {
                    intents[intent.name] = intent.digest
                }
            case .echo, .read, .confirm, .publish, .dropped, .unheard: break
            }
        }
        return conflicts
    }

    /// The operator has stopped the second process, and lets its wallets go on (`coord wallet resume`). Says whether any
    /// stood still.
    mutating func resumeWallets(at block: BlockNumber) -> Bool {
        let halted = ledger.halted.filter { $0.value == "duplicate_identity" }.keys
        for wallet in halted { ledger.apply(.haltEnded(wallet), at: block) }
        return !halted.isEmpty
    }

    /// Keeps a message for a recipient that cannot be reached now.
    mutating func keep(_ message: OutboxMessage, for recipient: EthereumAddress) {
        waiting[recipient, default: []].append(message)
    }

    /// Takes what waits for a recipient and still makes sense.
    mutating func take(for recipient: EthereumAddress, at head: BlockNumber) -> [OutboxMessage] {
        (waiting.removeValue(forKey: recipient) ?? []).filter { $0.expiry >= head }
    }

    /// Whether an envelope of ours is committed.
    func holds(_ envelope: Bytes) -> Bool {
        let digest = Self.digest(envelope)
        return committed.contains(digest) || committedBefore.contains(digest)
    }

    private static func digest(_ envelope: Bytes) -> UInt64 {
        var mixer = WordMixer(UInt64(envelope.count))
        mixer.mix(envelope)
        return mixer.word
    }

    /// Retention, once a window: what is older than the last one is forgotten. By the operator's own head: whoever stood
    /// still for long is still in a window that is over for the others.
    mutating func windowOpened(_ start: BlockNumber) {
        guard start > lastWindow else { return }
        lastWindow = start
        committedBefore = committed
        committed = []
        oldIntents = intents
        intents = [:]
    }
}
