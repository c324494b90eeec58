package import Coordination
package import Primitives

/// The heartbeat: 16 bytes that every operator can compute (wallet-actions.md §7, §9.2).
package enum HeartbeatRules {
    /// `ff × 8 ‖ first 8 bytes of SHA-256(W ‖ uint64 open)`.
    package static func message(wallet: WalletPublicKeyHash, open: BlockNumber) -> Bytes {
        var bytes = wallet.bytes
        bytes.append(bigEndian: open.rawValue)
        return Bytes(repeating: 0xff, count: 8) + sha256(bytes).bytes.prefix(8)
    }

    static func generate(_ context: ActionContext, facts: inout ChainFacts) throws(RuleStop) -> GenerationResult {
        try RedemptionRules.requireIdle(context)
        let state = try facts.wallet(context).state
        guard state == .live || state == .movingFunds else { return GenerationResult("heartbeat.state") }
        let message = message(wallet: context.wallet.hash, open: context.window.start)
        return GenerationResult(proposal: .heartbeat(message: message), leftOut: [])
    }

    static func validate(_ message: Bytes, context: ActionContext, facts: inout ChainFacts) throws(RuleStop) {
        try RedemptionRules.requireIdle(context)
        let expected = Self.message(wallet: context.wallet.hash, open: context.window.start)
        guard message == expected else {
            throw .fail("heartbeat.message", .invalid, proposed: message, found: expected)
        }
        let query = HostQuery.validateHeartbeat(context.wallet.hash, message: message, at: context.block.read)
        switch try facts.host(query, rule: "heartbeat.validator") {
        case .valid: break
        case .reverted(.message(let text)):
            let rule: RuleID =
                text == "Not a valid heartbeat message" ? "heartbeat.message" : "heartbeat.validator"
            throw .fail(rule, .invalid, found: text)
        case .reverted(.panic(let code)): throw .fail("heartbeat.validator", .invalid, found: code)
        case .reverted(.data(let data)): throw .fail("heartbeat.validator", .invalid, found: data)
        default: throw .fail("heartbeat.validator", .cannotTell)
        }
        let state = try facts.wallet(context).state
        guard state == .live || state == .movingFunds else {
            throw .fail("heartbeat.state", .invalid, found: UInt64(state.rawValue))
        }
    }
}
