import NIOSSL
import Primitives

/// What the operator is told of a link that cannot be made, or does not hold (docs/reasons.md).
enum LinkTrouble {
    /// How long a member is without a link before that is said.
    static let patience = 60.0
    /// How long a link must stand before it is said to be well.
    static let settle = Duration.seconds(30)

    /// What an error says of the member's link; nil where the next dial is the whole answer.
    static func condition(of error: any Error) -> Condition? {
        switch error {
        case CertificateFailure.expired:
            Condition(
                reason: "link.certificate", found: "its certificate is not valid at the time of this machine",
                remedy: "compare the clocks of both machines; a certificate is valid for 30 days")
        case CertificateFailure.otherOperator:
            Condition(
                reason: "link.other_operator", found: "another operator answers at its address",
                remedy: "check the address of this member in peers.bootstrap")
        case let failure as CertificateFailure:
            Condition(
                reason: "link.certificate", found: "its certificate proves no operator: \(failure.rawValue)",
                remedy: "check that the member runs coord and that nothing between you ends TLS")
        case let failure as NIOSSLError:
            Condition(
                reason: "link.tls", found: "the handshake failed: \(failure)",
                remedy: "compare the clocks of both machines; the member's log says more")
        case let failure as BoringSSLError:
            Condition(
                reason: "link.tls", found: "the other side ended TLS: \(failure)",
                remedy: "compare the clocks of both machines; the member's log says more")
        case let code as LinkCode: condition(of: code)
        default: nil
        }
    }

    private static func condition(of code: LinkCode) -> Condition? {
        let (found, remedy): (String, String)
        switch code {
        case .duplicate, .draining, .protocolError, .tooManyLinks: return nil
        case .notAMember:
            (found, remedy) = (
                "it is refused as a member of no wallet of ours, or refuses us so", "compare the wallets of both nodes"
            )
        case .version: (found, remedy) = ("no protocol version in common", "update the older of the two nodes")
        case .network: (found, remedy) = ("another host chain or Bridge", "compare chain_id and bridge of both nodes")
        case .notRead:
            (found, remedy) = (
                "it sends and does not read what we answer", "check the member's node and the network between you"
            )
        case .silent:
            (found, remedy) = ("nothing was heard for too long", "check the member's node and the network between you")
        case .malformed:
            (found, remedy) = ("ten malformed frames in ten minutes: closed for ten minutes", "compare the builds")
        }
        return Condition(reason: "link.\(code.name)", found: found, remedy: remedy)
    }

    /// What is said of a member without a link for so many seconds; `last` is what the last try ended with.
    static func unreachable(seconds: Double, last: String?) -> Condition {
        Condition(
            reason: "link.unreachable", found: "no link for \(Int(seconds)) s" + (last.map { ": \($0)" } ?? ""),
            remedy: "check that the member's node runs, and its address in peers.bootstrap")
    }
}
