package import Primitives

/// A promise of the protocol (coordination.md §10, wallet-actions.md §17, durability-and-events.md §2).
package enum Invariant: String, Hashable, Sendable, CaseIterable {
    /// Envelopes that came too late do not count (coordination.md §6, filter 5).
    case f5 = "F5"
    /// Only the leader and the reserves are heard (filter 6).
    case f6 = "F6"
    /// An operator that sends two contradicting messages to one operator is charged (filter 9).
    case f9 = "F9"
    /// One view, one leader order and checklist.
    case s1 = "S1"
    /// One digest a window, across crashes.
    case s2 = "S2"
    /// Only accepted proposals are signed.
    case s3 = "S3"
    /// No window has two agreed digests, with few enough liars.
    case s4 = "S4"
    /// No honest operator has a final fault of mistake, impersonation or equivocation, or is blamed for spoiling a
    /// signing.
    case s5 = "S5"
    /// One outcome a window at each operator.
    case s6 = "S6"
    /// A wallet never runs two actions at once.
    case s7 = "S7"
    /// A message replayed elsewhere is refused.
    case s8 = "S8"
    /// An honest operator is not charged where the accuser's own source, clock or sleep kept it from hearing.
    case s9 = "S9"
    /// A halted wallet neither leads, votes nor signs (durability-and-events.md §1.1, PM6).
    case pm6 = "PM6"
    /// A share leaves only for a transaction or message built from an agreed proposal.
    case a1 = "A1"
    /// A share does not leave after the deadline, by the head of its sender, nor long after it by any operator's head.
    case a2 = "A2"
    /// A second transaction that spends an outpoint is released only when the first no longer locks it.
    case a3 = "A3"
    /// The binding of a share is on disk before the share leaves.
    case a4 = "A4"
    /// A signed transaction ends proven or conflicted.
    case a5 = "A5"
    /// One proposal gives the same transaction at every operator.
    case a9 = "A9"
    /// Every envelope on the wire has its committed row.
    case di1 = "DI1"
    /// One digest is voted for, across crashes, by the store's intents.
    case di3 = "DI3"
    /// One nonce per seat and attempt: by the store's intents.
    case di4 = "DI4"
    /// A message of the outbox leaves until it expires, and not afterwards (durability-and-events.md DU5).
    case du5 = "DU5"
    /// A record completes once, and its steps follow one another.
    case di6 = "DI6"
    /// Satoshi are conserved, and Bitcoin can take every transaction that we publish.
    case di7 = "DI7"
    /// A node is told of one linked chain, every height once and in order, replaced blocks first. It is told of its
    /// source's head.
    case hc7 = "HC7"
    /// The index of the Bridge's events matches the source's chain, or has no answer.
    case hc11 = "HC11"
    /// A window ends agreed or with a no-op, once all is healed. An agreed action is signed, where at most signing was
    /// disturbed.
    case l1 = "L1"

    /// Whether the promise is one of liveness: breaking it means that a required event did not happen.
    package var isLiveness: Bool { self == .l1 || self == .a5 }

    /// A broken promise, with its details.
    package struct Breach: Error, Hashable, Sendable {
        package let invariant: Invariant
        package let what: String
    }
}

/// An invariant that did not hold, with the place in the run.
package struct Violation: Error, Hashable, Sendable {
    package let breach: Invariant.Breach
    /// The number of the event after which it was seen.
    package let step: UInt64
    /// The virtual time in milliseconds.
    package let time: UInt64
    /// The head of the host chain.
    package let block: BlockNumber
}
