import Coordination
import Ethereum
import Primitives
import Secp256k1
import TestKit
import Testing

@testable import WalletActions

@Suite struct HeartbeatTests {
    /// A heartbeat on its chains, to be spoilt in one way.
    struct Scene {
        var chain = ScriptedChain()
        var message = HeartbeatTests.message
    }

    private static let base = ScriptedChain()
    private static let message = HeartbeatRules.message(wallet: base.wallet.hash, open: ScriptedChain.open)
    private static let other = HeartbeatRules.message(wallet: base.wallet.hash, open: BlockNumber(8_100))

    @Test("The window's heartbeat is found, valid, and signed as the hash of its message")
    func whole() throws {
        var chain = ScriptedChain()
        #expect(try chain.generate(.heartbeat).proposal == .heartbeat(message: Self.message))
        #expect(chain.validate(.heartbeat(message: Self.message)).isValid)
        let action = try chain.assemble(.heartbeat(message: Self.message))
        #expect(action.unsignedID == hash256(Self.message))
        #expect(action.subject == .message(Self.message))
        #expect(action.transaction == nil)
        #expect(action.inputs.map(\.message) == [hash256(Self.message)])
        let signatures = chain.signatures(action)
        let completed = try action.completed(by: signatures)
        #expect(completed.transaction == nil)
        #expect(completed.bytes == signatures[0].bytes)
    }

    @Test("A heartbeat looks neither at Bitcoin nor at its locks")
    func hostChainOnly() throws {
        var chain = ScriptedChain()
        chain.records = [try chain.record(.redemption(scripts: [ScriptedChain.script(2)], fee: 1_420))]
        chain.override = { if case .bitcoin = $0 { .unavailable(.silent) } else { nil } }
        #expect(chain.validate(.heartbeat(message: Self.message)).isValid)
        #expect(try chain.generate(.heartbeat).proposal != nil)
        chain.main = nil
        #expect(chain.validate(.heartbeat(message: Self.message)).isValid)
    }

    @Test("A signature of another message or key does not complete a heartbeat")
    func foreignSignature() throws {
        var chain = ScriptedChain()
        let action = try chain.assemble(.heartbeat(message: Self.message))
        let key = ScriptedChain.walletKey()
        let other = key.signSchnorr(message: hash256(Self.other).bytes, auxiliary: .zero)
        #expect(throws: CompletionFailure.heartbeat) { try action.completed(by: [other]) }
        #expect(throws: CompletionFailure.count(0, inputs: 1)) { try action.completed(by: []) }
    }

    @Test("A broken rule is told with its class and both values", arguments: cases)
    func broken(_ broken: BrokenRule<Scene>) throws {
        var scene = Scene()
        try broken.spoil(&scene)
        let expected = ProposalCheck.Failure(
            rule: broken.rule.id, failureClass: broken.failureClass, proposed: broken.proposed, found: broken.found,
            block: scene.chain.block(ScriptedChain.open).reference)
        #expect(scene.chain.validate(.heartbeat(message: scene.message)) == .failed(expected))
    }

    private static let cases: [BrokenRule<Scene>] = [
        BrokenRule(.chainHost, .cannotTell, "the wallet cannot be read", found: value("stale")) { scene in
            scene.chain.override = { if case .wallet = $0.asks { .unavailable(.stale) } else { nil } }
        },
        BrokenRule(
            .walletBusy, .view, "an action runs past the window's end", proposed: value(9_100), found: value(9_101)
        ) { $0.chain.busyUntil = BlockNumber(9_101) },
        BrokenRule(.heartbeatMessage, .invalid, "another window's", proposed: other, found: message) {
            $0.message = other
        },
        BrokenRule(
            .heartbeatMessage, .invalid, "the validator refuses it", found: value("Not a valid heartbeat message")
        ) { $0.chain.refuseHeartbeat(.error("Not a valid heartbeat message")) },
        BrokenRule(.heartbeatValidator, .invalid, "an unknown string", found: value("Paused")) {
            $0.chain.refuseHeartbeat(.error("Paused"))
        },
        BrokenRule(.heartbeatValidator, .invalid, "a panic", found: value(1)) {
            $0.chain.refuseHeartbeat(.panic(UInt256(1)))
        },
        BrokenRule(.heartbeatValidator, .invalid, "raw revert data") { $0.chain.refuseHeartbeat(.empty) },
        BrokenRule(.heartbeatValidator, .cannotTell, "no answer", found: value("silent")) { scene in
            scene.chain.override = { if case .validateHeartbeat = $0.asks { .unavailable(.silent) } else { nil } }
        },
        BrokenRule(.heartbeatState, .invalid, "Closing", found: value(3)) { $0.chain.state = .closing },
        BrokenRule(.heartbeatState, .invalid, "unknown to the Bridge", found: value(0)) { $0.chain.state = .unknown },
        BrokenRule(
            .checklistOwed, .view, "a redemption comes first", proposed: value("heartbeat"),
            found: ScriptedChain.script(1)
        ) { $0.chain.requests[0].requestedAt = ScriptedChain.now - 432_000 + 40_000 },
    ]

    @Test("Nothing beats while an action is under way, or once the wallet is closing")
    func noGeneration() throws {
        var chain = ScriptedChain()
        chain.state = .closing
        #expect(try chain.generate(.heartbeat).reason == "heartbeat.state")
        chain.state = .movingFunds
        #expect(try chain.generate(.heartbeat).proposal != nil)
        chain.busyUntil = chain.begin.adding(1)
        #expect(failure { () throws(RuleStop) in try chain.generate(.heartbeat) }?.rule == "wallet.busy")
        // An action that ends with the window is out of the way.
        chain.busyUntil = chain.begin
        #expect(try chain.generate(.heartbeat).proposal != nil)
    }
}

extension ScriptedChain {
    fileprivate mutating func refuseHeartbeat(_ text: RevertReason) {
        override = { if case .validateHeartbeat = $0.asks { .host(.reverted(text)) } else { nil } }
    }
}
