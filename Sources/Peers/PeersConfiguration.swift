package import Coordination
package import Primitives

/// What the transport is told once (durability-and-events.md §9, `peers`).
package struct PeersConfiguration: Sendable {
    /// Where somebody listens.
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
            // Without brackets nobody can tell an address of colons from the port.
            let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
            if isBracketed { host = host.dropFirst().dropLast() }
            guard host.contains(":") == isBracketed, !host.contains(where: { "[]".contains($0) }) else { return nil }
            self.init(host: String(host), port: Int(port))
        }
    }

    package let listen: Endpoint
    /// Where each operator with whom we share a wallet at the start listens; one without an address is waited for.
    package let members: [EthereumAddress: Endpoint?]
    /// Where operators listen with whom we may share a wallet later.
    package let bootstrap: [EthereumAddress: Endpoint]
    package let messagesPerSecond: Double
    package let bytesPerSecond: Double
    /// A link on which nothing was heard for this long is dead; it is pinged at a third of it.
    package let silence: Duration
    /// The first wait before a member is dialled again; it doubles, up to a minute. After a link that stood it is half.
    package let redial: Duration
    /// How long a member is without a link before that is said.
    package let patience: Duration
    /// How long a link must stand before it is said to be well.
    package let settle: Duration
    /// How far a member's clock may be from ours before that is said.
    package let clockWarning: Duration
    /// The most links at once, so that the process keeps file descriptors for its store and its sources.
    package let mostLinks: Int

    /// Describes the transport.
    package init(
        listen: Endpoint, members: [EthereumAddress: Endpoint?], bootstrap: [EthereumAddress: Endpoint] = [:],
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

/// What happens on the links.
package enum PeerEvent: Hashable, Sendable {
    /// A link to a member stands.
    case up(EthereumAddress)
    /// The link to a member is gone.
    case down(EthereumAddress)
    /// A frame of a member.
    case frame(FrameClass, Bytes, from: EthereumAddress)
    /// Frames arrived at a member, those with these receipts among them, and their places are free. One that is not told
    /// of before its link is down may be lost.
    case delivered([UInt64], to: EthereumAddress)
}

/// Why the transport cannot begin.
package enum PeersFailure: Error, Hashable, Sendable {
    /// Another program listens on the port.
    case portTaken(Int)
    /// The address cannot be listened on, and why.
    case listen(PeersConfiguration.Endpoint, String)
    /// The link's certificate cannot be made.
    case certificate(String)
}
