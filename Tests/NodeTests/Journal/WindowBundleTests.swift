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
            chainID: NodeFleet.chainID, finalDepth: node.configuration.finalDepth,
            blockMilliseconds: node.configuration.blockMilliseconds, profile: NodeFleet.profile,
            wallets: node.configuration.wallets.values.map {
                WindowBundle.Wallet(key: $0.key, seats: $0.group.seats)
            }, ledger: ledger, journal: journal ?? node.journal)
    }

    @Test("A window is cut from the last memory before it on, comes back from its bytes, and is refused when touched")
    func bundle() throws {
        let (fleet, node, ledger) = try played()
        let bundle = try cut(48, fleet, node, ledger)
        let first = try #require(bundle.lines.first)
        #expect(first.block == BlockNumber(48 - NodeFleet.profile.safeBlockShift))
        guard case .remembered(let memory) = try JournalStep(decoding: first.body) else {
            Issue.record("the bundle begins with something else")
            return
        }
        #expect(memory.connected == node.configuration.members && memory.reorgCount == 0 && !memory.isDraining)
        #expect(memory.wallets[fleet.group.wallet]?.knownUTXOs.isEmpty == false)
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
        for count in stride(from: 15, to: bytes.count, by: 997) {
            #expect(throws: WindowBundle.Failure.digest(of: count)) {
                try WindowBundle(decoding: Bytes(bytes[..<count]))
            }
        }
        #expect(throws: WindowBundle.Failure.digest(of: bytes.count + 1)) { try WindowBundle(decoding: bytes + [0]) }
        #expect(throws: WindowBundle.Failure.version(nil)) { try WindowBundle(decoding: []) }
        for old in ["coord/window/1", "coord/window/3"] {
            #expect(throws: WindowBundle.Failure.version(old)) {
                try WindowBundle(decoding: Bytes("\(old)\n".utf8) + bytes.dropFirst(WindowBundle.format.utf8.count + 1))
            }
        }
    }

    @Test("A line that nobody can read is told by its number and place, although the digest fits")
    func part() throws {
        let (fleet, node, ledger) = try played()
        let bundle = try cut(48, fleet, node, ledger)
        // A line of the kind `head` without its block, and lines of kinds that this build does not have.
        let bad = JournalEntry(after: 0, block: BlockNumber(24), time: 0, body: [1])
        func broken(_ lines: [JournalEntry], _ events: [WindowBundle.Event]) -> WindowBundle {
            WindowBundle(
                build: bundle.build, window: bundle.window, me: bundle.me, chainID: bundle.chainID,
                finalDepth: bundle.finalDepth, blockMilliseconds: bundle.blockMilliseconds, profile: bundle.profile,
                wallets: bundle.wallets, before: bundle.before,
                lines: lines, events: events)
        }
        let good = bundle.lines[0]
        // Lines are the last list but one: behind them are the count of the events and the digest.
        let end = broken([good, bad], []).encoded.count - 4 - Hash32.byteCount
        #expect(throws: WindowBundle.Failure.part("line 2", at: end, .truncated(offset: 1, missing: 8))) {
            try WindowBundle(decoding: broken([good, bad], []).encoded)
        }
        for kind in [33, 34, 0xee] as [UInt8] {
            let other = JournalEntry(after: 0, block: BlockNumber(24), time: 0, body: [kind, 1, 2, 3])
            #expect(throws: WindowBundle.Failure.line(2, kind: kind)) {
                try WindowBundle(decoding: broken([good, other], []).encoded)
            }
            var journal = node.journal
            journal.insert(
                JournalEntry(after: good.after, block: good.block, time: good.time, body: other.body),
                at: try #require(journal.firstIndex(of: good)) + 1)
            #expect(throws: WindowBundle.Missing.line(good.block, kind: kind)) {
                try cut(48, fleet, node, ledger, journal: journal)
            }
        }
        let short = Bytes(broken([good], []).encoded.dropLast(Hash32.byteCount + 4))
        #expect(
            throws: WindowBundle.Failure.part(
                "events", at: short.count, .truncated(offset: short.count - 15, missing: 4))
        ) { try WindowBundle(decoding: short + sha256(short).bytes) }
        let long = Bytes(bundle.encoded.dropLast(Hash32.byteCount)) + [7]
        #expect(throws: WindowBundle.Failure.part("end", at: long.count - 1, .trailing(count: 1))) {
            try WindowBundle(decoding: long + sha256(long).bytes)
        }
    }

    @Test("What is not there is told: no window, not yet, not over, no longer")
    func missing() throws {
        let (fleet, node, ledger) = try played()
        #expect(throws: WindowBundle.Missing.block(BlockNumber(49))) { try cut(49, fleet, node, ledger) }
        let last = UInt64.max / 24 * 24
        for block in [240, last] {
            #expect(throws: WindowBundle.Missing.ahead(BlockNumber(block))) { try cut(block, fleet, node, ledger) }
        }
        #expect(throws: WindowBundle.Missing.running) { try cut(96, fleet, node, ledger) }
        let late = node.journal.filter { $0.block >= BlockNumber(47) }
        #expect(throws: WindowBundle.Missing.journal(from: BlockNumber(47))) {
            try cut(48, fleet, node, ledger, journal: late)
        }
        let begin = JournalEntry(
            after: late[0].after, block: BlockNumber(47), time: 0,
            body: JournalStep.started(bootNonce: [1], build: "test").encoded)
        #expect(try cut(48, fleet, node, ledger, journal: [begin] + late).lines.first == begin)
    }

    @Test("A journal that begins right after what was remembered does not reach back to it")
    func torn() throws {
        let (fleet, node, ledger) = try played()
        let first = try #require(try cut(48, fleet, node, ledger).lines.first)
        let whole = node.journal[(try #require(node.journal.firstIndex(of: first)))...]
        #expect(try cut(48, fleet, node, ledger, journal: Array(whole)).lines.first == first)
        let torn = Array(whole.dropFirst())
        #expect(torn.first?.block == first.block)
        #expect(throws: WindowBundle.Missing.journal(from: first.block)) {
            try cut(48, fleet, node, ledger, journal: torn)
        }
    }
}

extension LedgerEvent {
    fileprivate func isEnd(of window: WindowKey) -> Bool {
        if case .ended(window, let outcome) = self { outcome.isFinal } else { false }
    }
}
