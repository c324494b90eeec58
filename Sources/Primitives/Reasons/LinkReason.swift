/// The reason that a frame of a link was dropped, or waits (durability-and-events.md §7).
package enum FrameDrop: String, Reason {
    case queueFull = "queue_full"
    case tooLarge = "too_large"
    case noLink = "no_link"
    case malformed
    case frameClass = "frame_class"
    case linkEnded = "link_ended"
    case unanswered
    case rate

    package var row: ReasonRow {
        switch self {
        case .queueFull:
            ReasonRow(
                "one to send: too many wait for the member already, and it is dropped; one received: it came faster than"
                    + " this node works, and waits, and with it the rest of its link")
        case .tooLarge: ReasonRow("one to send is larger than its class allows; it is dropped")
        case .noLink: ReasonRow("one to send, and no link to the member stands; it is dropped")
        case .malformed: ReasonRow("one received is no frame; it is dropped")
        case .frameClass:
            ReasonRow("one received carries a message of another class than its own; it counts as malformed")
        case .linkEnded: ReasonRow("one received waited when its link ended; it is dropped")
        case .unanswered:
            ReasonRow("one of ours that is not sent again was under way when its link ended, and may be lost")
        case .rate:
            ReasonRow(
                "one received: the member sends more than `peers.messages_per_second` or `peers.bytes_per_second`; it"
                    + " waits, and with it the rest of its link")
        }
    }
}

/// The reason that a connection is closed at accept, before it proved an operator.
package enum TurnedAway: String, Reason, Error {
    /// The process holds as many links as it may.
    case links = "links_full"
    /// The limit of unproven connections is reached.
    case unproven = "unproven_full"
    /// It gave way to newer connections of its address, or to a proven one of its member.
    case gaveWay = "gave_way"
    /// The total rate of handshakes is too high.
    case rate = "handshake_rate"
    /// The rate of handshakes from its address is too high.
    case rateOfAddress = "handshake_rate_of_address"

    package var row: ReasonRow {
        switch self {
        case .links:
            ReasonRow("the process holds as many links as it may open files for", do: "raise its limit of open files")
        case .unproven: ReasonRow("64 connections have not proven themselves yet")
        case .gaveWay: ReasonRow("five newer ones came from its address, or were proven by its member")
        case .rate: ReasonRow("more than 20 handshakes a second in all")
        case .rateOfAddress: ReasonRow("more than 5 a second of one address")
        }
    }
}

/// The reason that a link is refused or closed, as both sides name it.
package enum LinkRefusal: String, Reason {
    case draining
    case notAMember = "not_a_member"
    case version = "version_mismatch"
    case network = "network_mismatch"
    case duplicate = "duplicate_link"
    case protocolError = "protocol_error"
    case silent
    case malformed = "malformed_frames"
    case tooManyLinks = "too_many_links"
    case notRead = "not_read"

    package var row: ReasonRow {
        switch self {
        case .draining: ReasonRow("the node stops", do: "nothing")
        case .notAMember:
            ReasonRow(
                "the operator shares no wallet with the other side",
                do: "check the operator key, and that both have the wallet's file")
        case .version: ReasonRow("another protocol version", do: "compare builds")
        case .network:
            ReasonRow("another chain or Bridge", do: "compare `host_chain.chain_id` and `profile.bridge`")
        case .duplicate: ReasonRow("both sides dialled; one link stays", do: "nothing")
        case .protocolError: ReasonRow("the first word was no `hello`", do: "another program on that port?")
        case .silent: ReasonRow("nothing was heard for 45 s", do: "the network")
        case .malformed:
            ReasonRow("ten malformed frames within ten minutes; closed for ten minutes", do: "compare the builds")
        case .tooManyLinks:
            ReasonRow(
                "a member began more than one link a second",
                do: "if it is yours: something between you ends the links; look at the network")
        case .notRead:
            ReasonRow(
                "a member sends and does not read what we answer: 848 frames wait for it",
                do: "the member's node; the network")
        }
    }
}
