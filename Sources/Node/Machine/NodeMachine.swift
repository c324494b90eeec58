package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// One operator's node: the host chain that it follows, its links, the members' statuses, and a machine a wallet.
///
/// Pure: chains, peers, disk, clock and randomness are inputs and effects, and the daemon and the simulator drive the
/// same machine. It finds the wallet that an input is for, and looks into none. It cannot be copied, since its wallets hold
/// one-time secrets; what a restart needs is in the ledger (``LedgerState``).
package struct NodeMachine: ~Copyable {
    package private(set) var configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    /// What the wallets may look at.
    var node: NodeSituation
    private(set) var wallets: SortedTable<WalletPublicKeyHash, WalletSlot>
    /// Wallets whose keys were handed over, and that no input has named yet.
    private var arriving: [WalletPublicKeyHash: (held: HeldWallet, ledger: LedgerState)] = [:]
    /// The newest status of each operator, with the envelope that told it, exactly as received.
    var statuses: [EthereumAddress: (status: Status, envelope: Bytes)] = [:]
    /// The newest block that a status of an earlier process with our key may name; nil before the first head.
    var ownFloor: BlockNumber?
    /// The last host block that the process before handled.
    private let cursor: BlockNumber
    /// The height of Bitcoin's tip as last read.
    var bitcoinHeight: UInt32 = 0
    var statusCounter: UInt64 = 0

    /// Makes a node that goes on where its ledger stopped, with the last host block that was handled; the first input is
    /// its head.
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

    /// The operators to whom a link stands.
    package var connected: Set<EthereumAddress> { node.connected }

    /// Whether the node begins nothing new, since it is about to stop.
    package var isDraining: Bool { node.isDraining }

    /// Whether ``NodeInput/timePassed`` has something to do at this time.
    package func isRenewalDue(at now: SigningInstant) -> Bool {
        wallets.values.contains { $0.machine.state.answering?.run.machine.isRenewalDue(at: now) ?? false }
    }

    /// The election of a wallet's window in hand; nil until its seed is read.
    package func election(of wallet: WalletPublicKeyHash, start: BlockNumber) -> Election? {
        wallets[wallet]?.machine.windows[start]?.election
    }

    /// Whether an action is under way in some wallet.
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

    /// Takes what the chains answered to ``NodeEffect/read(_:_:)``.
    mutating func answered(
        _ key: EvaluationKey, _ answers: [(ChainQuery, ChainAnswer)], now: SigningInstant,
        random: inout some SecureRandom
    ) -> [NodeEffect] {
        for case (_, .bitcoin(.tip(let tip))) in answers { bitcoinHeight = tip.height }
        guard key.reorgCount == node.reorgCount else { return [] }
        return inWallet(key.wallet, now, &random) { $0.answered(key.purpose, answers, &$1) }
    }

    /// The machine slept, was stopped or may run twice: the head may be long past (N4).
    mutating func resumed(now: SigningInstant, random: inout some SecureRandom) -> [NodeEffect] {
        node.headClock.slept()
        headAged(at: now)
        return eachWallet(now, &random) { $0.resumed(&$1) }
    }

    /// Tells the wallets what became of the head's age.
    mutating func headAged(at now: SigningInstant) {
        node.isHeadFresh = node.headClock.isFresh(at: now)
        for slot in wallets.values { slot.machine.headAged(node) }
    }

    /// A link to an operator came up or went down.
    mutating func linkChanged(
        _ peer: EthereumAddress, isUp: Bool, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard isUp else {
            node.connected.remove(peer)
            for slot in wallets.values { slot.machine.linkFell(peer) }
            return []
        }
        guard node.connected.insert(peer).inserted else { return [] }
        // Its own last word, by which a process learns of another one with its key (durability-and-events.md ST11).
        let heard = statuses[peer].map { NodeEffect.echo($0.envelope, .status, to: [peer]) }
        return [heard].compactMap(\.self) + eachWallet(now, &random) { $0.linkRose(peer, &$1) }
    }

    /// Begins nothing new from here on: windows in hand still get their verdicts, attempts under way may finish.
    mutating func drain() { node.isDraining = true }

    // MARK: - Wallets that come and go

    /// Takes a wallet's keys, and what the ledger says of it, before ``NodeInput/walletAdded(_:)`` names it: secrets are in
    /// no input.
    package mutating func bring(_ held: HeldWallet, ledger: LedgerState) {
        arriving[held.group.wallet] = (held, ledger)
    }

    /// A wallet is held from now on: as after a start, the head says what is to be done with what the ledger has of it.
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

    /// A wallet is held no longer; what it had under way ends.
    mutating func archive(
        _ wallet: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let effects = inWallet(wallet, now, &random) { $0.stop(WalletEnd.archived.id, &$1) }
        wallets[wallet] = nil
        configuration.release(wallet)
        return effects
    }

    // MARK: - Wallets

    /// Tells every wallet, in the order of their names, and gives what all of them want.
    func eachWallet<Random: SecureRandom>(
        _ now: SigningInstant, _ random: inout Random, _ tell: (inout WalletMachine, inout NodeTurn<Random>) -> Void
    ) -> [NodeEffect] {
        var turn = NodeTurn(node: node, now: now, random: random)
        for slot in wallets.values { tell(&slot.machine, &turn) }
        random = turn.random
        return turn.effects
    }

    /// Tells one wallet, if we hold it, and gives what it wants.
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
