package import Coordination
package import Primitives
import WalletActions

/// The story of one operator's ledger: its windows, starts and halts. Every display of a node uses this fold over
/// events.
package struct NodeStory: Sendable {
    package private(set) var windows: [WindowKey: WindowStory] = [:]
    /// How often the process started.
    package private(set) var boots = 0
    /// The halted wallets, with the reason.
    package private(set) var halted: [WalletPublicKeyHash: RuleID] = [:]

    /// Starts with an empty ledger.
    package init() {}

    /// Takes the next event of the ledger.
    package mutating func apply(_ event: LedgerEvent) {
        switch event {
        case .booted: boots += 1
        case .halted(let wallet, let reason): halted[wallet] = reason
        case .haltEnded(let wallet): halted[wallet] = nil
        default: break
        }
        if let key = event.window ?? event.charge?.window { windows[key, default: WindowStory()].apply(event) }
    }

    /// Forgets a window that is no longer asked for. A later event of it begins a new story.
    package mutating func forget(_ key: WindowKey) { windows[key] = nil }
}

extension LedgerEvent {
    fileprivate var charge: Fault? {
        switch self {
        case .fault(let fault), .faultDecided(let fault, _): fault
        default: nil
        }
    }
}

extension Fault {
    fileprivate var window: WindowKey { WindowKey(wallet: wallet, coordinationBlock: coordinationBlock) }
}
