import Foundation
import NIOCore
import NIOSSL
import NIOTLS
import Primitives
import Synchronization

/// A link's channel after the TCP connection: TLS, then frames, and the identity that the other side proved.
struct LinkChannel: Sendable {
    let frames: NIOAsyncChannel<Frame, Frame>
    private let identity: EventLoopFuture<EthereumAddress>

    /// The operator that the other side proves to be, once the handshake is over. A caller that stops waiting ends the
    /// link.
    func proven() async throws -> EthereumAddress {
        try await withTaskCancellationHandler {
            try await identity.get()
        } onCancel: {
            frames.channel.close(promise: nil)
        }
    }

    /// Builds the pipeline of one link. `expected` is the operator that was dialled; nil where we were dialled. `clock`
    /// gives the date at which certificates are checked. On failure the channel is closed.
    static func make(
        _ channel: any Channel, context: NIOSSLContext, isServer: Bool, expected: EthereumAddress?,
        clock: @escaping @Sendable () -> Date
    ) -> EventLoopFuture<LinkChannel> {
        let promise = channel.eventLoop.makePromise(of: EthereumAddress.self)
        // Every channel closes in the end, whatever happens to the pipeline. Then waiting callers are released.
        channel.closeFuture.whenComplete { _ in promise.fail(LinkCode.protocolError) }
        let made = channel.eventLoop.makeCompletedFuture {
            let proven = ProvenOperator()
            let verify: NIOSSLCustomVerificationCallback = { certificates, promise in
                proven.set(proof(certificates, expected, clock()))
                if case .success? = proven.value {
                    promise.succeed(.certificateVerified)
                } else {
                    promise.succeed(.failed)
                }
            }
            let tls: any ChannelHandler =
                isServer
                ? NIOSSLServerHandler(context: context, customVerificationCallback: verify)
                : try NIOSSLClientHandler(
                    context: context, serverHostname: nil, customVerificationCallback: verify)
            try channel.pipeline.syncOperations.addHandlers([
                tls, HandshakeHandler(proven: proven, promise: promise),
                ByteToMessageHandler(FrameDecoder()), MessageToByteHandler(FrameEncoder()),
            ])
            let frames = try NIOAsyncChannel<Frame, Frame>(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    // The frames that a link holds unread: with the largest frames 2 MiB.
                    backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16),
                    isOutboundHalfClosureEnabled: false))
            return LinkChannel(frames: frames, identity: promise.futureResult)
        }
        made.whenFailure { _ in channel.close(promise: nil) }
        return made
    }

    private static func proof(
        _ certificates: [NIOSSLCertificate], _ expected: EthereumAddress?, _ now: Date
    ) -> Result<EthereumAddress, CertificateFailure> {
        guard let der = try? certificates.first?.toDERBytes() else { return .failure(.malformed) }
        do throws(CertificateFailure) {
            let address = try PeerCertificate.verify(der: Bytes(der), now: now)
            return expected == nil || expected == address ? .success(address) : .failure(.otherOperator)
        } catch {
            return .failure(error)
        }
    }
}

/// The operator that a certificate proved, or the failure, handed from the verification to the end of the handshake.
private final class ProvenOperator: Sendable {
    private let proof = Mutex<Result<EthereumAddress, CertificateFailure>?>(nil)

    func set(_ value: Result<EthereumAddress, CertificateFailure>) { proof.withLock { $0 = value } }
    var value: Result<EthereumAddress, CertificateFailure>? { proof.withLock { $0 } }
}

/// Completes a promise when the handshake is over, and closes the channel if the handshake takes too long. The channel
/// ensures that the promise always completes.
private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let proven: ProvenOperator
    private let promise: EventLoopPromise<EthereumAddress>
    private var deadline: Scheduled<Void>?

    init(proven: ProvenOperator, promise: EventLoopPromise<EthereumAddress>) {
        self.proven = proven
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(Door.patience)) {
            self.promise.fail(HandshakeFailure.slow)
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            deadline?.cancel()
            promise.completeWith(proven.value?.mapError { $0 as any Error } ?? .failure(LinkCode.protocolError))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A refused certificate is reported as a TLS error; only this handler knows the cause.
        if case .failure(let failure)? = proven.value { promise.fail(failure) } else { promise.fail(error) }
        context.fireErrorCaught(error)
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
}
