import Coordination
import Foundation
import NIOCore
import NIOSSL
import Primitives
import Testing

@testable import Peers

@Suite struct LinkFailureTests {
    @Test("Every failure of a link is told in words, without the names of our types or of a library's")
    func words() {
        let failures: [(any Error, String)] = [
            (IOError(errnoCode: ECONNREFUSED, reason: "connect"), "Connection refused"),
            (ChannelError.connectTimeout(.seconds(5)), "no answer within 5 s"),
            (ChannelError.ioOnClosedChannel, "the connection is closed"),
            (CertificateFailure.expired, "its certificate is not valid at the time of this machine"),
            (CertificateFailure.signature, "its certificate proves no operator: certificate_signature"),
            (HandshakeFailure.slow, "the TLS handshake was not done after 5 s"),
            (HandshakeFailure.noHello, "no hello came within 5 s of the handshake"),
            (LinkCode.duplicate, "another link to it stands"), (LinkCode.silent, "nothing was heard for too long"),
            (FrameFailure.frameClass(9), "it sent a frame of the unknown class 9"),
            (
                FrameFailure.length(70_000, .status),
                "it sent a frame of 70000 bytes and class status, which has at most 8193"
            ),
            (NIOSSLError.uncleanShutdown, "the connection broke off"),
            (
                NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])),
                "the connection ended during the TLS handshake"
            ),
            (NIOSSLError.handshakeFailed(.invalidSNIName([])), "TLS failed"),
            (PeersFailure.portTaken(80), "another program has port 80"),
            (PeersFailure.listen(.init(host: "::1", port: 80), "refused"), "::1:80: refused"),
        ]
        for (failure, words) in failures {
            #expect(LinkFailure(failure).words == words)
        }
    }

    @Test("A slow handshake is told as one, silence of a link as silence, and a broken cable not at all")
    func conditions() {
        #expect(LinkFailure(HandshakeFailure.slow).condition?.reason == .linkHandshake)
        #expect(LinkFailure(HandshakeFailure.noHello).condition?.reason == .linkHandshake)
        #expect(LinkFailure(LinkCode.silent).condition?.reason == .linkSilent)
        #expect(LinkFailure(NIOSSLError.handshakeFailed(.invalidSNIName([]))).condition?.reason == .linkTLS)
        #expect(LinkFailure(NIOSSLError.uncleanShutdown).condition == nil)
        #expect(LinkFailure(NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake]))).condition == nil)
    }
}
