import ChainModels
import Coordination
import Node
import Primitives
import Testing

/// A window cut out of a node's ledger and journal, and written to a file.
@Suite struct WindowBundleTests {
    /// What a node of the fleet holds once windows 24 and 48 are over.
    private func played() throws -> (fleet: NodeFleet, node: BenchNode, ledger: [LedgerEntry]) {
        let fleet = try NodeFleet()
        fleet.run(to: 100, calls: [8: [fleet.request(1)]])
        let node = fleet.nodes[0]
        var previous = LedgerEntry.genesis
        var ledger: [LedgerEntry] = []
        for (index, event) in node.events.enumerated() {
            let block = node.journal.last { $0.after <= UInt64(index) }?.block ?? BlockNumber(0)
            let entry = LedgerEntry(
                sequence: UInt64(index) + 1, block: block, body: event.encoded, previous: previous)
            previous = entry.hash
            ledger.append(entry)
        }
        return (fleet, node, ledger)
    }

    private func cut(
        _ block: UInt64, _ fleet: NodeFleet, _ node: BenchNode, _ ledger: [LedgerEntry], journal: [JournalEntry]? = nil
    ) throws(WindowBundle.Missing) -> WindowBundle {
        try WindowBundle(
            WindowKey(wallet: fleet.group.wallet, coordinationBlock: BlockNumber(block)), me: node.me,
            chainID: NodeFleet.chainID, finalDepth: node.configuration.finalDepth, profile: NodeFleet.profile,
            wallets: node.configuration.wallets.values.map {
                WindowBundle.Wallet(key: $0.key, seats: $0.group.seats)
            }, ledger: ledger, journal: journal ?? node.journal)
    }

    @Test("A window is cut from the window before on, comes back from its bytes, and is refused when touched")
    func bundle() throws {
        let (fleet, node, ledger) = try played()
        let bundle = try cut(48, fleet, node, ledger)
        #expect(bundle.lines.first?.block == BlockNumber(24))
        #expect(bundle.lines.last?.block == BlockNumber(96))
        let all = bundle.before + bundle.events
        #expect(all.map(\.sequence) == Array(1...UInt64(all.count)))
        #expect(bundle.events.contains { (try? LedgerEvent(decoding: $0.body))?.isEnd(of: bundle.window) ?? false })
        let bytes = bundle.encoded
        #expect(try WindowBundle(decoding: bytes) == bundle)
        for place in stride(from: 0, to: bytes.count, by: 997) {
            var touched = bytes
            touched[place] ^= 1
            #expect(throws: WindowBundle.Failure.self) { try WindowBundle(decoding: touched) }
        }
        #expect(throws: WindowBundle.Failure.digest) { try WindowBundle(decoding: Bytes(bytes.dropLast())) }
        #expect(throws: WindowBundle.Failure.version) { try WindowBundle(decoding: []) }
    }

    @Test("A line that nobody can read is told by its part, although the digest fits")
    func part() throws {
        let (fleet, node, ledger) = try played()
        let bundle = try cut(48, fleet, node, ledger)
        let broken = WindowBundle(
            build: bundle.build, window: bundle.window, me: bundle.me, chainID: bundle.chainID,
            finalDepth: bundle.finalDepth, profile: bundle.profile, wallets: bundle.wallets, before: bundle.before,
            lines: [JournalEntry(after: 0, block: BlockNumber(24), time: 0, body: [0xee])], events: bundle.events)
        #expect(throws: WindowBundle.Failure.part("lines", .value(field: "input"))) {
            try WindowBundle(decoding: broken.encoded)
        }
    }

    @Test("What is not there is told: no window, not yet, not over, no longer")
    func missing() throws {
        let (fleet, node, ledger) = try played()
        #expect(throws: WindowBundle.Missing.block(BlockNumber(49))) { try cut(49, fleet, node, ledger) }
        #expect(throws: WindowBundle.Missing.ahead(BlockNumber(240))) { try cut(240, fleet, node, ledger) }
        #expect(throws: WindowBundle.Missing.running) { try cut(96, fleet, node, ledger) }
        let late = node.journal.filter { $0.block >= BlockNumber(30) }
        #expect(throws: WindowBundle.Missing.journal(from: BlockNumber(30))) {
            try cut(48, fleet, node, ledger, journal: late)
        }
        let begin = JournalEntry(
            after: late[0].after, block: BlockNumber(30), time: 0,
            body: JournalStep.started(bootNonce: [1], build: "test").encoded)
        #expect(try cut(48, fleet, node, ledger, journal: [begin] + late).lines.first == begin)
    }

    @Test("A journal that begins within the first block of the window before does not reach back to it")
    func torn() throws {
        let (fleet, node, ledger) = try played()
        let whole = node.journal.filter { $0.block >= BlockNumber(24) }
        #expect(try cut(48, fleet, node, ledger, journal: whole).lines.first == whole.first)
        let head = NodeInput.head(try #require(fleet.host.block(BlockNumber(24)))).encoded
        let heard = try #require(whole.firstIndex { $0.body == head })
        let torn = Array(whole[(heard + 1)...])
        #expect(torn.first?.block == BlockNumber(24))
        #expect(throws: WindowBundle.Missing.journal(from: BlockNumber(24))) {
            try cut(48, fleet, node, ledger, journal: torn)
        }
    }
}

extension LedgerEvent {
    fileprivate func isEnd(of window: WindowKey) -> Bool {
        if case .ended(window, let outcome) = self { outcome.isFinal } else { false }
    }
}
