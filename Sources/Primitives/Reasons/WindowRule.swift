/// The rules of a window itself (coordination.md §6, §8).
package enum WindowRule: String, ProposalRule {
    case seat
    case checklist
    case checklistNoop = "checklist.noop"

    package var classes: Set<FailureClass> {
        switch self {
        case .seat, .checklist: [.invalid]
        case .checklistNoop: [.view]
        }
    }

    package var row: ReasonRow {
        switch self {
        case .seat: ReasonRow("the proposer did not speak through its lowest seat")
        case .checklist: ReasonRow("the action is not on the window's checklist")
        case .checklistNoop:
            ReasonRow(
                "a no-op, although our own search found something to do or could not tell; not told as a verdict: it is"
                    + " taken in the last quarter of the active phase, where nothing else is valid")
        }
    }
}

/// The missing condition of a window that ended `not_synced`, where no rule of its proposal names it (coordination.md
/// §9).
package enum SyncReason: String, RuleReason {
    case seed = "sync.seed"
    case blocks = "sync.blocks"
    case check = "sync.check"
    case unnamed = "sync.unnamed"

    package var row: ReasonRow {
        switch self {
        case .seed:
            ReasonRow("the hash of the seed block could not be read", do: "check the host chain's source")
        case .blocks:
            ReasonRow(
                "not every block of the active phase reached us in time, or too few links stood, so that a proposal may"
                    + " have been missed",
                do: "check the host chain's source, the links, and that the machine does not sleep")
        case .check:
            ReasonRow(
                "the proposal's validation did not end in time", do: "check how fast the sources answer")
        case .unnamed: ReasonRow("a build before this one wrote it, and named nothing")
        }
    }
}

/// The reason that an agreed action failed, besides the rules that are checked again (wallet-actions.md §10).
package enum ActionFailure: String, RuleReason {
    case recordSigned = "record.signed"
    case recordConflicted = "record.conflicted"
    case signingJob = "signing.job"
    case txScript = "tx.script"

    package var row: ReasonRow {
        switch self {
        case .recordSigned: ReasonRow("the very transaction was signed in a window before")
        case .recordConflicted:
            ReasonRow(
                "another spend of one of its inputs is deep in the chain, or signed before a share of this one left")
        case .signingJob:
            ReasonRow("the action gives no job for the signers: too many inputs, or group and key do not fit")
        case .txScript: ReasonRow("the signed transaction fails its own script check")
        }
    }
}

/// The reason that a wallet is no longer held.
package enum WalletEnd: String, RuleReason {
    case archived = "wallet_archived"

    package var row: ReasonRow {
        switch self {
        case .archived: ReasonRow("the operator moved the wallet's file into `wallets/archived/`", do: "nothing")
        }
    }
}

/// The reason that a wallet is halted until its operator acts (durability-and-events.md §1.1).
package enum HaltReason: String, RuleReason {
    case bitcoinReorgDeep = "bitcoin_reorg_deep"
    case signingBroken = "signing.broken"
    case intentConflict = "intent_conflict"
    case duplicateIdentity = "duplicate_identity"

    package var row: ReasonRow {
        switch self {
        case .bitcoinReorgDeep:
            ReasonRow("a reorganisation undid a settled transaction", do: "look at the chain by eye")
        case .signingBroken: ReasonRow("our own share or nonces went wrong twice", do: "restore the share")
        case .intentConflict:
            ReasonRow(
                "a nonce or share was to leave for a purpose that has another content on disk; it did not leave",
                do: "keep `coord.db` and report it, it is a bug; then resume")
        case .duplicateIdentity:
            ReasonRow(
                "all wallets: a vote came back under our key that stands nowhere in this ledger, or a status of another"
                    + " boot that is younger than our start. Another process runs with the key, or this data directory is"
                    + " new or an older copy and the node voted in that window before",
                do: "find the process and stop it, or make a new operator key if a stranger has it. If no other process"
                    + " ran and the directory was made anew or put back, there is none to find: treat the ledger as one"
                    + " from the past (`store.behind_anchor`). Then resume")
        }
    }
}
