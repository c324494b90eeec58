import Foundation
import NIOCore
import Primitives

/// Decides at accept which connections may try to prove an operator, before a byte of them is read
/// (durability-and-events.md NE7).
///
/// A connection holds a place here from accept until its `hello` is taken or it ends, so members' links do not count.
/// The addresses of members are known from the configuration or from their links. They have a share of their own, which
/// strangers at other addresses cannot use up. When an address opens a sixth connection, its oldest is closed, so idle
/// connections keep out no other client at that address. A connection that a member proved is counted for that member
/// from then on. The shell passes the time in, in seconds from any fixed start.
struct Door: Sendable {
    /// The most connections without a `hello`, except those from known addresses.
    static let mostUnproven = 64
    /// The most connections from one address, and the most proved by one member.
    static let mostOfOne = 5
    /// Handshakes a second, in total except from known addresses, and from one address; at most four times as many at
    /// once.
    static let (perSecond, perSecondOfOneAddress) = (20.0, 5.0)
    /// The time limit of the handshake, and then of `hello`.
    static let patience = Duration.seconds(5)

    private let mostLinks: Int
    private var inAll: TokenBucket
    /// An entry is made only for an admitted connection, so there are few: 20 a second, each removed when full again.
    private var ofAddress: [Address: TokenBucket] = [:]
    private var owners: [UInt64: Owner] = [:]
    private var known = KnownAddresses()
    private var last: UInt64 = 0

    /// Starts without connections. `mostLinks` bounds all connections, those of members included. Of `members` only
    /// addresses that need no resolver are known.
    init(
        mostLinks: Int, members: Set<EthereumAddress> = [],
        bootstrap: [EthereumAddress: PeersConfiguration.Endpoint] = [:],
        now: Double
    ) {
        self.mostLinks = mostLinks
        inAll = TokenBucket(perSecond: Self.perSecond, burst: 4 * Self.perSecond, now: now)
        know(members, at: bootstrap)
    }

    /// Sets the members from now on: the addresses of former members are strangers' addresses again.
    mutating func know(
        _ members: Set<EthereumAddress>, at bootstrap: [EthereumAddress: PeersConfiguration.Endpoint]
    ) {
        known.keep(only: members)
        for member in members {
            if let address = bootstrap[member].flatMap({ Address($0) }) { known.add(address, of: member) }
        }
    }

    /// The owner of a place.
    private enum Owner: Hashable {
        case address(Address)
        case member(EthereumAddress)
    }

    /// A connection that was admitted.
    struct Entry: Hashable, Sendable {
        let place: UInt64
        /// The place that gave way to it; its connection must be closed.
        let gaveWay: UInt64?
    }

    /// Admits a connection, given the number of standing links, or gives the reason to close it.
    mutating func knock(from address: Address, standing: Int, now: Double) -> Result<Entry, TurnedAway> {
        if let refusal = refusal(of: address, standing: standing, now: now) { return .failure(refusal) }
        last += 1
        return .success(Entry(place: last, gaveWay: put(last, .address(address))))
    }

    /// Counts a place for an owner; if the owner then has too many, its oldest place gives way.
    private mutating func put(_ place: UInt64, _ owner: Owner) -> UInt64? {
        owners[place] = owner
        let places = owners.filter { $0.value == owner }.keys
        guard places.count > Self.mostOfOne, let oldest = places.min() else { return nil }
        owners[oldest] = nil
        return oldest
    }

    private mutating func refusal(of address: Address, standing: Int, now: Double) -> TurnedAway? {
        guard owners.count + standing < mostLinks else { return .links }
        let isKnown = known.contains(address)
        let strangers = owners.values.count { owner in
            if case .address(let other) = owner { !known.contains(other) } else { false }
        }
        guard isKnown || strangers < Self.mostUnproven else { return .unproven }
        ofAddress = ofAddress.filter { !$0.value.isFull(at: now) }
        var bucket =
            ofAddress[address]
            ?? TokenBucket(perSecond: Self.perSecondOfOneAddress, burst: 4 * Self.perSecondOfOneAddress, now: now)
        // The address first: an address that connects all the time takes no tokens from the others.
        guard bucket.take(1, now: now) else { return .rateOfAddress }
        guard isKnown || inAll.take(1, now: now) else { return .rate }
        ofAddress[address] = bucket
        return nil
    }

    /// Takes note that a member that may link proved itself in a place: its address is known from now on. Gives the
    /// place that gave way, whose connection must be closed.
    mutating func proved(_ place: UInt64, by member: EthereumAddress) -> UInt64? {
        guard case .address(let address)? = owners[place] else { return nil }
        known.add(address, of: member)
        return put(place, .member(member))
    }

    /// Frees a place: the connection is now a member's link, or has ended. A second call changes nothing.
    mutating func leave(_ place: UInt64) { owners[place] = nil }

    /// The number of connections without a `hello`.
    var waiting: Int { owners.count }
}

extension Door {
    /// The network address by which strangers are told apart: all of IPv4, the first 64 bits of IPv6, since the owner
    /// of one IPv6 address there has all of them.
    struct Address: Hashable, Sendable {
        private let bytes: Bytes

        /// The address of an endpoint that is given as an IP address; nil for a name.
        init?(_ endpoint: PeersConfiguration.Endpoint) {
            guard let socket = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) else { return nil }
            self.init(socket)
        }

        /// The address of a socket; nil where it is not an IP address.
        init?(_ socket: SocketAddress) {
            switch socket {
            case .v4(let address): bytes = withUnsafeBytes(of: address.address.sin_addr) { Bytes($0) }
            case .v6(let address):
                let whole = withUnsafeBytes(of: address.address.sin6_addr) { Bytes($0) }
                let mapped = Bytes(repeating: 0, count: 10) + [0xFF, 0xFF]
                bytes = whole.starts(with: mapped) ? Bytes(whole.suffix(4)) : Bytes(whole.prefix(8))
            case .unixDomainSocket: return nil
            }
        }
    }
}
