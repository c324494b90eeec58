package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// One operator's node: the host chain that it follows, its links, the members' statuses, and one machine for each
/// wallet.
///
/// Pure: chains, peers, disk, clock and randomness are inputs and effects, and the daemon and the simulator drive the
/// same machine. It finds the wallet of an input and does not look into the wallet. It cannot be copied, since its
/// wallets hold one-time secrets; the ledger holds everything that a restart needs (``LedgerState``).
package struct NodeMachine: ~Copyable {
    package private(set) var configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    /// The state of the node that wallets may read.
    var node: NodeSituation
    private(set) var wallets: SortedTable<WalletPublicKeyHash, WalletSlot>
    /// Wallets whose keys were handed over, before an input names them.
    private var arriving: [WalletPublicKeyHash: (held: HeldWallet, ledger: LedgerState)] = [:]
    /// The newest status of each operator, with its envelope exactly as received.
    var statuses: [EthereumAddress: (status: Status, envelope: Bytes)] = [:]
    /// The newest block that a status of an earlier process with our key may name; nil before the first head.
    var ownFloor: BlockNumber?
    /// The last host block that the earlier process handled.
    private let cursor: BlockNumber
    /// The height of Bitcoin's tip as last read.
    var bitcoinHeight: UInt32 = 0
    var statusCounter: UInt64 = 0

    /// Makes a node that continues from its ledger, after the last host block that was handled. The first input is its
    /// head.
    package init(
        configuration: NodeConfiguration, signatures: any OperatorSignatures, ledger: LedgerState,
        cursor: BlockNumber = BlockNumber(0)
    ) {
        self.configuration = configuration
        self.cursor = cursor
        self.signatures = signatures
        node = NodeSituation(
            chain: RecentChain(capacity: max(256, 4 * configuration.profiles.frequency)),
            headClock: HeadClock(blockMilliseconds: configuration.blockMilliseconds))
        wallets = SortedTable(
            configuration.wallets.mapValues { held in
                WalletSlot(
                    WalletMachine(held, configuration: configuration, signatures: signatures, ledger: ledger))
            })
    }

    /// The followed host chain's last blocks.
    package var chain: RecentChain { node.chain }

    /// The head of the followed chain; nil before the first.
    package var head: HostBlock? { node.chain.head }

    /// The operators with a standing link.
    package var connected: Set<EthereumAddress> { node.connected }

    /// Whether the node begins nothing new, since it is about to stop.
    package var isDraining: Bool { node.isDraining }

    /// Whether ``NodeInput/timePassed`` would have an effect at this time.
    package func isRenewalDue(at now: SigningInstant) -> Bool {
        wallets.values.contains { $0.machine.state.answering?.run.machine.isRenewalDue(at: now) ?? false }
    }

    /// The election of a wallet's current window; nil until its seed is read.
    package func election(of wallet: WalletPublicKeyHash, start: BlockNumber) -> Election? {
        wallets[wallet]?.machine.windows[start]?.election
    }

    /// Whether some wallet has an action in progress.
    package var isBusy: Bool { wallets.values.contains { $0.machine.state.action != nil } }

    // MARK: - Inputs

    /// Takes the next block of the host chain.
    mutating func headArrived(
        _ block: HostBlock, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let isFirst = head == nil
        node.chain.append(block)
        node.headClock.arrived(block.number, at: now)
        ownFloor = ownFloor ?? max(cursor, block.number).adding(configuration.finalDepth)
        headAged(at: now)
        return eachWallet(now, &random) { $0.headArrived(&$1, isFirst: isFirst) }
    }

    /// Takes a reorganisation: the blocks after `ancestor` are gone, and those of the new branch follow.
    mutating func reorganised(to ancestor: HostBlock, depth: UInt64) -> [NodeEffect] {
        node.chain.rewind(to: ancestor)
        node.reorgCount += 1
        for slot in wallets.values { slot.machine.reorganised() }
        return [.record(.reorganised(ancestor: ancestor.reference, depth: depth))]
    }

    /// Takes the chains' answers to ``NodeEffect/read(_:_:)``.
    mutating func answered(
        _ key: EvaluationKey, _ answers: [(ChainQuery, ChainAnswer)], now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        for case (_, .bitcoin(.tip(let tip))) in answers { bitcoinHeight = tip.height }
        guard key.reorgCount == node.reorgCount else { return [] }
        return inWallet(key.wallet, now, &random) { $0.answered(key.purpose, answers, &$1) }
    }

    /// Takes note that the machine slept, was stopped or may run twice: its head may be old (N4).
    mutating func resumed(now: SigningInstant, random: inout some SecureRandom) -> [NodeEffect] {
        node.headClock.slept()
        headAged(at: now)
        return eachWallet(now, &random) { $0.resumed(&$1) }
    }

    /// Tells the wallets whether the head is stale or fresh.
    mutating func headAged(at now: SigningInstant) {
        node.isHeadFresh = node.headClock.isFresh(at: now)
        for slot in wallets.values { slot.machine.headAged(node) }
    }

    /// Takes note that a link to an operator came up or went down.
    mutating func linkChanged(
        _ peer: EthereumAddress, isUp: Bool, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard isUp else {
            node.connected.remove(peer)
            for slot in wallets.values { slot.machine.linkFell(peer) }
            return []
        }
        guard node.connected.insert(peer).inserted else { return [] }
        // The operator's own last status shows its process whether another one runs with its key
        // (durability-and-events.md ST11).
        let heard = statuses[peer].map { NodeEffect.echo($0.envelope, .status, to: [peer]) }
        return [heard].compactMap(\.self) + eachWallet(now, &random) { $0.linkRose(peer, &$1) }
    }

    /// Begins nothing new from now on: current windows still get their verdicts, attempts in progress may finish.
    mutating func drain() { node.isDraining = true }

    // MARK: - Wallets that come and go

    /// Takes a wallet's keys and its ledger state, before ``NodeInput/walletAdded(_:)`` names it. Inputs hold no
    /// secrets.
    package mutating func bring(_ held: HeldWallet, ledger: LedgerState) {
        arriving[held.group.wallet] = (held, ledger)
    }

    /// Holds a wallet from now on. As after a start, the head decides what is done with its ledger state.
    mutating func add(
        _ wallet: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let (held, ledger) = arriving.removeValue(forKey: wallet), wallets[wallet] == nil else { return [] }
        configuration.hold(held)
        wallets[wallet] = WalletSlot(
            WalletMachine(held, configuration: configuration, signatures: signatures, ledger: ledger))
        guard head != nil else { return [] }
        wallets[wallet]?.machine.headAged(node)
        return inWallet(wallet, now, &random) { $0.headArrived(&$1, isFirst: true) }
    }

    /// Stops holding a wallet; its work in progress ends.
    mutating func archive(
        _ wallet: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let effects = inWallet(wallet, now, &random) { $0.stop(WalletEnd.archived.id, &$1) }
        wallets[wallet] = nil
        configuration.release(wallet)
        return effects
    }

    // MARK: - Wallets

    /// Runs a step on every wallet, in the order of their names, and gives the effects of all.
    func eachWallet<Random: SecureRandom>(
        _ now: SigningInstant, _ random: inout Random, _ tell: (inout WalletMachine, inout NodeTurn<Random>) -> Void
    ) -> [NodeEffect] {
        var turn = NodeTurn(node: node, now: now, random: random)
        for slot in wallets.values { tell(&slot.machine, &turn) }
        random = turn.random
        return turn.effects
    }

    /// Runs a step on one wallet, if we hold it, and gives its effects.
    func inWallet<Random: SecureRandom>(
        _ wallet: WalletPublicKeyHash, _ now: SigningInstant, _ random: inout Random,
        _ tell: (inout WalletMachine, inout NodeTurn<Random>) -> Void
    ) -> [NodeEffect] {
        guard let slot = wallets[wallet] else { return [] }
        var turn = NodeTurn(node: node, now: now, random: random)
        tell(&slot.machine, &turn)
        random = turn.random
        return turn.effects
    }
}
