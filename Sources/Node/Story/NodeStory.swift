package import Coordination
package import Primitives
import WalletActions

/// What one operator's ledger tells: its windows, its starts and its halts. The one fold over events for whoever shows a
/// node.
package struct NodeStory: Sendable {
    package private(set) var windows: [WindowKey: WindowStory] = [:]
    /// How often the process started.
    package private(set) var boots = 0
    /// The wallets that stand still, and why.
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

    /// Lets a window go that nobody asks for again. A later event of it begins a new one.
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
