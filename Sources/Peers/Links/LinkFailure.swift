import Coordination
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Primitives

/// The failure of a link, before it stood or after, in the form that the rules and the operator need.
struct LinkFailure: Hashable, Sendable {
    /// A description of the failure for the operator.
    let words: String
    /// The condition of the member to report at once; nil where the next dial is enough.
    let condition: Condition?
    /// The code with which one side refused or ended the link.
    let code: LinkCode?
    /// The reason that bytes were not a valid frame.
    let frame: FrameFailure?

    /// Classifies an error of a link, whichever layer raised it.
    init(_ error: any Error) {
        words = LinkTrouble.words(of: error)
        condition = LinkTrouble.condition(of: error)
        code = error as? LinkCode
        frame = error as? FrameFailure
    }
}

/// The reason that a link ended before the other side's hello.
enum HandshakeFailure: Error, Hashable, Sendable {
    /// TLS did not finish in time.
    case slow
    /// TLS finished, but no hello came in time.
    case noHello
}

extension LinkTrouble {
    /// A description of an error for the operator.
    static func words(of error: any Error) -> String {
        let patience = "\(Door.patience.components.seconds) s"
        switch error {
        case CertificateFailure.expired: return "its certificate is not valid at the time of this machine"
        case CertificateFailure.otherOperator: return "another operator answers at its address"
        case let failure as CertificateFailure: return "its certificate proves no operator: \(failure.rawValue)"
        case HandshakeFailure.slow: return "the TLS handshake was not done after \(patience)"
        case HandshakeFailure.noHello: return "no hello came within \(patience) of the handshake"
        case let code as LinkCode: return condition(of: code)?.found ?? code.words
        case FrameFailure.frameClass(let byte): return "it sent a frame of the unknown class \(byte)"
        case FrameFailure.length(let length, let frameClass):
            return "it sent a frame of \(length) bytes and class \(frameClass), which has at most"
                + " \(frameClass.largestPayload + 1)"
        case PeersFailure.portTaken(let port): return "another program has port \(port)"
        case PeersFailure.listen(let endpoint, let cause): return "\(endpoint.host):\(endpoint.port): \(cause)"
        case let failure as NIOConnectionError:
            let cause =
                failure.connectionErrors.first.map { words(of: $0.error) }
                ?? "no address is known for the name \(failure.host)"
            return "\(failure.host):\(failure.port): \(cause)"
        case ChannelError.connectTimeout: return "no answer within \(patience)"
        case is ChannelError: return "the connection is closed"
        case let failure as IOError: return String(cString: strerror(failure.errnoCode))
        case NIOSSLError.uncleanShutdown: return "the connection broke off"
        case is NIOSSLError, is BoringSSLError: return tls(error)
        default: return "\(error)"
        }
    }

    /// A description of a TLS error: BoringSSL's names, which the library shows in its text only, or that the
    /// connection ended.
    private static func tls(_ error: any Error) -> String {
        let text = "\(error)"
        if text.contains("EOF during") { return "the connection ended during the TLS handshake" }
        let names = text.components(separatedBy: "OPENSSL_internal:").dropFirst().map { rest in
            rest.prefix { $0.isUppercase || $0.isNumber || $0 == "_" }.lowercased().replacingOccurrences(
                of: "_", with: " ")
        }
        return names.isEmpty ? "TLS failed" : "TLS failed: \(names.joined(separator: ", "))"
    }
}
