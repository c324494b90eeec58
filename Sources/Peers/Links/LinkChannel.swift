import Foundation
import NIOCore
import NIOSSL
import NIOTLS
import Primitives
import Synchronization

/// A link's channel after the TCP connection: TLS, then frames, and who the other side proved to be.
struct LinkChannel: Sendable {
    let frames: NIOAsyncChannel<Frame, Frame>
    private let identity: EventLoopFuture<EthereumAddress>

    /// The operator that the other side proves to be, once the handshake is over; who stops waiting ends the link.
    func proven() async throws -> EthereumAddress {
        try await withTaskCancellationHandler {
            try await identity.get()
        } onCancel: {
            frames.channel.close(promise: nil)
        }
    }

    /// Builds the pipeline of one link. `expected` is the operator that was dialled; nil where we were.
    static func make(
        _ channel: any Channel, context: NIOSSLContext, isServer: Bool, expected: EthereumAddress?
    ) -> EventLoopFuture<LinkChannel> {
        channel.eventLoop.makeCompletedFuture {
            let proven = ProvenOperator()
            let verify: NIOSSLCustomVerificationCallback = { certificates, promise in
                guard let certificate = certificates.first, let der = try? certificate.toDERBytes(),
                    let address = try? PeerCertificate.verify(der: Bytes(der), now: Date()),
                    expected == nil || expected == address
                else { return promise.succeed(.failed) }
                proven.set(address)
                promise.succeed(.certificateVerified)
            }
            let tls: any ChannelHandler =
                isServer
                ? NIOSSLServerHandler(context: context, customVerificationCallback: verify)
                : try NIOSSLClientHandler(
                    context: context, serverHostname: nil, customVerificationCallback: verify)
            let promise = channel.eventLoop.makePromise(of: EthereumAddress.self)
            try channel.pipeline.syncOperations.addHandlers([
                tls, HandshakeHandler(proven: proven, promise: promise),
                ByteToMessageHandler(FrameDecoder()), MessageToByteHandler(FrameEncoder()),
            ])
            let frames = try NIOAsyncChannel<Frame, Frame>(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    backPressureStrategy: .init(lowWatermark: 16, highWatermark: 64),
                    isOutboundHalfClosureEnabled: false))
            return LinkChannel(frames: frames, identity: promise.futureResult)
        }
    }
}

/// The operator that a certificate proved, handed from the verification to the handshake's end.
private final class ProvenOperator: Sendable {
    private let address = Mutex<EthereumAddress?>(nil)

    func set(_ value: EthereumAddress) { address.withLock { $0 = value } }
    var value: EthereumAddress? { address.withLock { $0 } }
}

/// Completes a promise when the handshake is over, or fails it with the link; who takes too long is hung up on.
private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let patience = TimeAmount.seconds(20)

    private let proven: ProvenOperator
    private var promise: EventLoopPromise<EthereumAddress>?
    private var deadline: Scheduled<Void>?

    init(proven: ProvenOperator, promise: EventLoopPromise<EthereumAddress>) {
        self.proven = proven
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            deadline?.cancel()
            if let address = proven.value {
                promise?.succeed(address)
            } else {
                promise?.fail(LinkCode.protocolError)
            }
            promise = nil
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise?.fail(error)
        promise = nil
        context.fireErrorCaught(error)
    }

    // A channel that never connected is never inactive either; its handlers are removed in every case.
    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        promise?.fail(LinkCode.protocolError)
        promise = nil
    }
}
