/// A note in the log at the node's start; the start continues.
package enum StartNote: String, Reason {
    case noAnchor = "store.no_anchor"
    case walletHalted = "wallet.halted"
    case noWallets = "wallet.none"
    case variableIgnored = "config.variable_ignored"

    package var row: ReasonRow {
        switch self {
        case .noAnchor:
            ReasonRow(
                "the ledger has entries and `run/anchor` is missing; it is made now, and nothing shows that this ledger is"
                    + " the newest",
                do:
                    "nothing if a build without anchors ran here last; otherwise stop, and do as with `store.behind_anchor`"
            )
        case .walletHalted:
            ReasonRow(
                "this wallet was halted before; the cause is one of the [reasons](#how-a-window-ended) for which a wallet is"
                    + " halted, and nothing is coordinated for it",
                do: "what stands at that reason, then `coord wallet resume`")
        case .noWallets:
            ReasonRow(
                "`wallets/` holds no wallet file; nothing is coordinated until there is one",
                do: "put the wallet's shares and then its file there: a running node takes them within two seconds")
        case .variableIgnored:
            ReasonRow(
                "a container platform set a variable that begins with `COORD_` and is no configuration", do: "nothing")
        }
    }
}

/// A note on input that `coord-sim replay` lacks, reported where it happens; the replay continues.
package enum ReplayNote: String, Reason {
    case unsigned = "replay.unsigned"
    case unanswered = "replay.unanswered"

    package var row: ReasonRow {
        switch self {
        case .unsigned:
            ReasonRow(
                "something was to be signed that this node, or this wallet, never signed",
                do: "a stand-in takes its place, which counts in this play only: the others never saw it")
        case .unanswered:
            ReasonRow(
                "the chains were asked what the node never asked",
                do: "no answer comes, as from a source that is silent")
        }
    }
}
