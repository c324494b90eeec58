package import Coordination
package import Primitives

/// The fixed configuration of the transport (durability-and-events.md §9, `peers`).
package struct PeersConfiguration: Sendable {
    /// A listening address and port.
    package struct Endpoint: Hashable, Sendable {
        package let host: String
        package let port: Int

        /// Names an address and a port.
        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Reads `host:port`, or `[address]:port` for an IPv6 address (RFC 3986 §3.2.2); nil for anything else.
        package init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return nil }
            let digits = text[text.index(after: colon)...]
            guard let port = UInt16(digits), digits.first != "+" else { return nil }
            var host = text[..<colon]
            // Without brackets an address with colons cannot be told from the port.
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            if isBracketed { host = host.dropFirst().dropLast() }
            guard host.contains(":") == isBracketed, !host.contains(where: { "[]".contains($0) }) else { return nil }
            self.init(host: String(host), port: Int(port))
        }
    }

    package let listen: Endpoint
    /// The operators with whom we share a wallet at the start. A member without an address is waited for.
    package let members: Set<EthereumAddress>
    /// The addresses at which operators listen, members or not.
    package let bootstrap: [EthereumAddress: Endpoint]
    package let messagesPerSecond: Double
    package let bytesPerSecond: Double
    /// The silence after which a link is dead; it is pinged at a third of it.
    package let silence: Duration
    /// The first wait before a member is dialled again; it doubles, up to a minute. After a link that stood, the wait
    /// is half.
    package let redial: Duration
    /// How long a member is without a link before that is reported.
    package let patience: Duration
    /// How long a link must stand before it is reported as well.
    package let settle: Duration
    /// How far a member's clock may be from ours before that is reported.
    package let clockWarning: Duration
    /// The most links at once. It leaves the process file descriptors for its store and its sources.
    package let mostLinks: Int

    /// Describes the transport.
    package init(
        listen: Endpoint, members: Set<EthereumAddress>, bootstrap: [EthereumAddress: Endpoint] = [:],
        messagesPerSecond: Double = 50, bytesPerSecond: Double = 1_048_576, silence: Duration = .seconds(45),
        redial: Duration = .milliseconds(200),
        patience: Duration = .seconds(60), settle: Duration = .seconds(30), clockWarning: Duration = .milliseconds(200),
        mostLinks: Int = 1_024
    ) {
        self.listen = listen
        self.members = members
        self.bootstrap = bootstrap
        self.messagesPerSecond = messagesPerSecond
        self.bytesPerSecond = bytesPerSecond
        self.silence = silence
        self.redial = redial
        self.patience = patience
        self.settle = settle
        self.clockWarning = clockWarning
        self.mostLinks = mostLinks
    }
}

/// An event on the links.
package enum PeerEvent: Hashable, Sendable {
    /// A link to a member stands.
    case up(EthereumAddress)
    /// The link to a member is gone.
    case down(EthereumAddress)
    /// A frame of a member arrived.
    case frame(FrameClass, Bytes, from: EthereumAddress)
    /// Frames arrived at a member, those with these receipts among them, and their places are free. A frame that is not
    /// reported before its link is down may be lost.
    case delivered([UInt64], to: EthereumAddress)
}

/// The reason that the transport cannot start.
package enum PeersFailure: Error, Hashable, Sendable {
    /// Another program listens on the port.
    case portTaken(Int)
    /// Listening on the address failed, with the cause.
    case listen(PeersConfiguration.Endpoint, String)
    /// The link's certificate cannot be made.
    case certificate(String)
}
