/// The reason that a source, a link, our port, the disk or the clock is in trouble. A ``Condition`` is reported under
/// it.
package enum ConditionReason: String, Reason {
    // Sources.
    case sourceUnreachable = "source.unreachable"
    case sourceSilent = "source.silent"
    case sourceTLS = "source.tls"
    case sourceBroken = "source.broken"
    case sourceUnauthorized = "source.unauthorized"
    case sourceBusy = "source.busy"
    case sourceStatus = "source.status"
    case sourceMalformed = "source.malformed"
    case sourceTooLarge = "source.too_large"
    case sourceRefused = "source.refused"
    // The host chain.
    case noContract = "host_chain.no_contract"
    case oldHead = "host_chain.old_head"
    case unlinked = "host_chain.unlinked"
    case unconfirmed = "host_chain.unconfirmed"
    case indexHole = "host_chain.index_hole"
    case otherBlock = "host_chain.other_block"
    case hostContradiction = "host_chain.contradiction"
    case hostLogs = "host_chain.logs"
    // Bitcoin.
    case wrongBitcoin = "bitcoin.wrong_chain"
    case oldTip = "bitcoin.old_tip"
    case saysSyncing = "bitcoin.says_syncing"
    case bitcoinContradiction = "bitcoin.contradiction"
    // This machine.
    case clockBehind = "clock.behind"
    case clockOffset = "clock.offset"
    case lateCommit = "store.late_commit"
    case walletFileMissing = "wallet.file_missing"
    case walletRefused = "wallet"
    // Broadcasts.
    case broadcastRefused = "broadcast.refused"
    case broadcastUnknown = "broadcast.unknown"
    // Links to members.
    case linkCertificate = "link.certificate"
    case linkTLS = "link.tls"
    case linkOtherOperator = "link.other_operator"
    case linkUnreachable = "link.unreachable"
    case linkHandshake = "link.handshake"
    case linkSilent = "link.silent"
    case linkNotRead = "link.not_read"
    case linkUnstable = "link.unstable"
    case linkRate = "link.rate"
    case linkMalformed = "link.malformed_frames"
    case linkNotAMember = "link.not_a_member"
    case linkVersion = "link.version_mismatch"
    case linkNetwork = "link.network_mismatch"
    case linkTooMany = "link.too_many_links"
    // Strangers.
    case strangersTurnedAway = "strangers.turned_away"
    case strangersLinksFull = "strangers.links_full"
    case strangersNotAMember = "strangers.not_a_member"
    // Our port.
    case listenerEnded = "listener.ended"
    case listenerBind = "listener.bind"

    package var row: ReasonRow {
        switch self {
        case .sourceUnreachable: ReasonRow("no connection can be made", do: "start the node; check its `url`")
        case .sourceSilent:
            ReasonRow(
                "no answer within `timeout_ms`", do: "look whether the node is overloaded; raise `timeout_ms`")
        case .sourceTLS:
            ReasonRow(
                "the certificate is refused, or the secure channel fails",
                do: "check the certificate and the host name of the source's `url`")
        case .sourceBroken:
            ReasonRow("the connection broke", do: "look at the node's log and at the proxies before it")
        case .sourceUnauthorized:
            ReasonRow(
                "status 401 or 403, and `auth_file`, which was read again, did not help", do: "check `auth_file`")
        case .sourceBusy:
            ReasonRow(
                "status 429 or 503 until the deadline",
                do: "lower `requests_per_second`, or give the node more (Bitcoin Core: `rpcworkqueue`)")
        case .sourceStatus:
            ReasonRow("another status without an answer of the protocol", do: "look at the node's log")
        case .sourceMalformed:
            ReasonRow(
                "no answer of the protocol, or one that is nested too deep or has too many values",
                do: "check that the source's `url` names a node")
        case .sourceTooLarge:
            ReasonRow(
                "an answer is larger than its method's limit", do: "check that the source's `url` names a node")
        case .sourceRefused: ReasonRow("the node answers with an error", do: "look at the node's log")
        case .noContract:
            ReasonRow(
                "no code at the Bridge's or the validator's address",
                do: "check `profile.bridge` and `profile.proposalValidator`; wait, if the node syncs")
        case .oldHead:
            ReasonRow(
                "the head is more than 3 block times old by its block time",
                do: "look whether the node syncs or lost its peers, and at this machine's clock")
        case .unlinked:
            ReasonRow(
                "the source's chain shares none of the blocks followed",
                do: "compare with another node; if the source is right now and was wrong before, start this node again")
        case .unconfirmed:
            ReasonRow(
                "since the start the source has not given the logs of a head by its hash; before it does no head is taken"
                    + " from it, and no window begins",
                do: "the source must answer `eth_getLogs` with a `blockHash`; compare with another node")
        case .indexHole:
            ReasonRow(
                "the Bridge shows a redemption as pending, and the source gave no event of it; no redemption is proposed"
                    + " or judged at its block or later",
                do: "compare the source's logs of that block with another node's; it is asked again, at most once a"
                    + " minute")
        case .otherBlock:
            ReasonRow(
                "the source has another block under the number asked at",
                do: "none in a reorganisation; else compare with another node")
        case .hostContradiction:
            ReasonRow("an answer cannot be one to the question", do: "compare with another node")
        case .hostLogs: ReasonRow("logs break a rule", do: "compare with another node")
        case .wrongBitcoin:
            ReasonRow("the node is on another network", do: "check `bitcoin.network` and the source's `url`")
        case .oldTip:
            ReasonRow(
                "the tip is older than `bitcoin.max_tip_age_minutes`",
                do: "look whether the node syncs or lost its peers, and at this machine's clock")
        case .saysSyncing:
            ReasonRow(
                "the node says that it is in first download, or has headers above its blocks; its tip is young and counts",
                do: "none on a test chain; else look at the node's log")
        case .bitcoinContradiction: ReasonRow("an answer fails its check", do: "compare with another node")
        case .clockBehind:
            ReasonRow(
                "the host chain's head lies in this machine's future by more than 2 s",
                do: "set the clock; run a time service")
        case .walletFileMissing:
            ReasonRow(
                "the file of a wallet that the node holds is gone from `wallets/`; the wallet is held until the node stops",
                do: "put the file back; to archive the wallet, move it into `wallets/archived/`")
        case .walletRefused:
            ReasonRow(
                "a new file in `wallets/` cannot be taken while the node runs, or the folder cannot be listed; the line says"
                    + " why",
                do: "mend the file, its shares or the folder's permissions: the node looks again every two seconds")
        case .clockOffset:
            ReasonRow(
                "a member's clock and ours differ by more than `peers.clock_warn_ms`, as it tells its own",
                do: "set both clocks by a time service; if it is said of most members, this machine's is wrong")
        case .lateCommit:
            ReasonRow(
                "a commit took more than 10 s, or the machine paused in it; nonces and shares of that input were not sent,"
                    + " and what is durable was",
                do: "look whether the disk of `storage.directory` is overloaded or failing")
        case .broadcastRefused:
            ReasonRow(
                "the Bitcoin source refuses a transaction, and does not have it; said once a transaction and wording",
                do: "compare its fee with the mempool's; look at its inputs with another source")
        case .broadcastUnknown:
            ReasonRow("no source answered; it is repeated with each block", do: "look at the Bitcoin source")
        case .linkCertificate:
            ReasonRow(
                "the member's certificate proves no operator, or is not valid at our date",
                do: "compare the clocks of both machines; check that the member runs coord and that nothing between you"
                    + " ends TLS")
        case .linkTLS:
            ReasonRow(
                "the handshake failed, or the other side refused our certificate",
                do: "compare the clocks of both machines; the member's log says more")
        case .linkOtherOperator:
            ReasonRow(
                "another operator answers at the member's address",
                do: "check the address of this member in `peers.bootstrap`")
        case .linkUnreachable:
            ReasonRow(
                "no link for a minute",
                do:
                    "check that the member's node runs, and its address in `peers.bootstrap`, which is read at the start"
            )
        case .linkHandshake:
            ReasonRow(
                "a connection stands, and within 5 s TLS was not done, or after that no `hello` came",
                do: "look what listens at the member's address, and how busy both machines are")
        case .linkSilent:
            ReasonRow(
                "nothing was heard on a link for 45 s", do: "check the member's node and the network between you")
        case .linkNotRead:
            ReasonRow(
                "the member sends and does not read what we answer; its link was closed",
                do: "check the member's node and the network between you")
        case .linkUnstable:
            ReasonRow(
                "five links to the member ended within a minute",
                do: "look at the network between you, and whether its node starts again and again")
        case .linkRate:
            ReasonRow(
                "the member sends more than `peers.messages_per_second` or `peers.bytes_per_second`, over all its links;"
                    + " what is beyond waits",
                do: "ask its operator")
        case .linkMalformed: refused(.malformed)
        case .linkNotAMember: refused(.notAMember)
        case .linkVersion: refused(.version)
        case .linkNetwork: refused(.network)
        case .linkTooMany: refused(.tooManyLinks)
        case .strangersTurnedAway:
            ReasonRow(
                "connections are closed at accept, for the reason that the line names (above)",
                do: "nothing, if it passes; else let a firewall admit the members' addresses alone")
        case .strangersLinksFull:
            ReasonRow(
                "as many links stand as the process may open files for", do: "raise its limit of open files")
        case .strangersNotAMember:
            ReasonRow(
                "an operator links that shares no wallet with us",
                do: "nothing, if you do not know it; else compare the wallets of both nodes")
        case .listenerEnded:
            ReasonRow(
                "listening failed, and begins anew half a second later", do: "nothing, if no `listener.bind` follows")
        case .listenerBind:
            ReasonRow(
                "the port cannot be had again; it is tried twice a second",
                do: "free the port of `peers.listen`, and keep its address on this machine")
        }
    }

    private func refused(_ code: LinkRefusal) -> ReasonRow {
        ReasonRow("refused, by us or by the member, as `\(code)`", do: "as for that code")
    }
}
