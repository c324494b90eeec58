import Logging
import NIOSSL
import Primitives

/// The conditions reported to the operator about a link that cannot be made, or does not hold (docs/reasons.md).
enum LinkTrouble {
    /// The subject of a log line.
    enum Subject: Hashable, Sendable {
        case member(EthereumAddress)
        /// The clock of a member.
        case clock(EthereumAddress)
        /// All connections of clients that are not members.
        case strangers
        /// Our listening port.
        case listener

        /// The subject's name in a log line.
        var name: String {
            switch self {
            case .member: "a member's link"
            case .clock: "a member's clock"
            case .strangers: "links of strangers"
            case .listener: "our port for links"
            }
        }

        /// The log level of the subject's trouble.
        var level: Logger.Level { self == .listener ? .error : .warning }

        /// The member of the subject, as log metadata.
        var peer: Logger.Metadata {
            switch self {
            case .member(let peer), .clock(let peer): ["peer": "\(peer)"]
            case .strangers, .listener: [:]
            }
        }
    }

    /// The condition of a member's link that an error shows; nil where the next dial is enough.
    static func condition(of error: any Error) -> Condition? {
        switch error {
        case CertificateFailure.expired:
            Condition(
                reason: .linkCertificate, found: words(of: error))
        case CertificateFailure.otherOperator:
            Condition(
                reason: .linkOtherOperator, found: words(of: error))
        case is CertificateFailure:
            Condition(
                reason: .linkCertificate, found: words(of: error))
        // The link was cut, for example because the member's process or the network went down.
        case NIOSSLError.uncleanShutdown: nil
        // This is the only end of a connection for which NIO has no case of its own.
        case NIOSSLError.handshakeFailed(let failure) where "\(failure)".contains("EOF during handshake"): nil
        case is NIOSSLError, is BoringSSLError:
            Condition(
                reason: .linkTLS, found: words(of: error))
        case is HandshakeFailure:
            Condition(
                reason: .linkHandshake, found: words(of: error))
        case let code as LinkCode: condition(of: code)
        default: nil
        }
    }

    static func condition(of code: LinkCode) -> Condition? {
        let (reason, found, remedy): (ConditionReason, String, String)
        switch code {
        case .duplicate, .draining, .protocolError: return nil
        case .notAMember:
            (reason, found, remedy) = (
                .linkNotAMember,
                "it is refused as a member of no wallet of ours, or refuses us so", "compare the wallets of both nodes"
            )
        case .version:
            (reason, found, remedy) = (
                .linkVersion, "no protocol version in common", "update the older of the two nodes"
            )
        case .network:
            (reason, found, remedy) = (
                .linkNetwork, "another host chain or Bridge", "compare chain_id and bridge of both nodes"
            )
        case .notRead:
            (reason, found, remedy) = (
                .linkNotRead,
                "it sends and does not read what we answer", "check the member's node and the network between you"
            )
        case .silent:
            (reason, found, remedy) = (
                .linkSilent, "nothing was heard for too long", "check the member's node and the network between you"
            )
        case .tooManyLinks:
            (reason, found, remedy) = (
                .linkTooMany,
                "more than one link a second was begun; the others are refused",
                "look what ends the links: the member's node, or something between you"
            )
        case .malformed:
            (reason, found, remedy) = (
                .linkMalformed, "ten malformed frames in ten minutes: closed for ten minutes", "compare the builds"
            )
        }
        return Condition(reason: reason, found: found, remedy: remedy)
    }

    /// The condition of a member that sends faster than it may.
    static let rate = Condition(
        reason: .linkRate, found: "it sends more than we take; what is beyond waits at its link")

    /// The condition of a member whose clock is `offset` milliseconds ahead of ours, or behind where negative.
    static func clock(ahead offset: Int) -> Condition {
        Condition(
            reason: .clockOffset,
            found: "its clock is \(abs(offset)) ms \(offset < 0 ? "behind" : "ahead of") ours, as it tells it")
    }

    /// The condition of a member whose links can be made but do not last.
    static let unstable = Condition(
        reason: .linkUnstable, found: "\(PeerBook.mostEnds) links ended within \(Int(PeerBook.endsSpan)) s")

    /// The condition of connections that are closed at accept.
    static func turnedAway(_ reason: TurnedAway) -> Condition {
        guard reason != .links else {
            return Condition(
                reason: .strangersLinksFull, found: "as many links stand as this process may open files for")
        }
        return Condition(
            reason: .strangersTurnedAway, found: "connections are closed at accept: \(reason.rawValue)")
    }

    /// The condition of an operator that shares no wallet with us.
    static func notAMember(_ peer: EthereumAddress) -> Condition {
        Condition(
            reason: .strangersNotAMember, found: "\(peer) links and shares no wallet with us")
    }

    /// The condition of a listener that failed and is made anew.
    static func listenerEnded(_ error: any Error) -> Condition {
        Condition(
            reason: .listenerEnded, found: "listening failed and begins anew: \(words(of: error))")
    }

    /// The condition of a listener that cannot be made anew.
    static func cannotListen(_ error: any Error) -> Condition {
        Condition(
            reason: .listenerBind, found: "cannot listen: \(words(of: error))")
    }

    /// The condition of a member without a link for `seconds` seconds; `last` is the result of the last try.
    static func unreachable(seconds: Double, last: String?) -> Condition {
        Condition(
            reason: .linkUnreachable, found: "no link for \(Int(seconds)) s" + (last.map { ": \($0)" } ?? ""))
    }
}
