import Foundation
import NIOCore
import Primitives

/// Decides at accept which connections may try to prove an operator, before a byte of them is read (durability-and-events.md
/// NE7).
///
/// A connection has a place here from accept until its `hello` is taken or it ends, so links of members count for nothing.
/// Addresses of members, known from the configuration or from their links, have their own share, which strangers cannot
/// use up from elsewhere. Of one address the oldest connection gives way to a sixth, so that idle ones keep nobody out who
/// comes from there too; one that a member proved is counted for that member from then on.
/// The shell hands the time in, in seconds from any fixed start.
struct Door: Sendable {
    /// The most connections that have not said `hello` yet, those from known addresses aside.
    static let mostUnproven = 64
    /// The most of them from one address, and of those that one member proved.
    static let mostOfOne = 5
    /// Handshakes a second, in all but from known addresses, and from one address; at most four times as many at once.
    static let (perSecond, perSecondOfOneAddress) = (20.0, 5.0)
    /// How long the handshake may take, and after it `hello`.
    static let patience = Duration.seconds(5)

    private let mostLinks: Int
    private var inAll: TokenBucket
    /// An entry is made for a connection that was let in, so there are few: 20 a second, each forgotten when full again.
    private var ofAddress: [Address: TokenBucket] = [:]
    private var owners: [UInt64: Owner] = [:]
    private var known = KnownAddresses()
    private var last: UInt64 = 0

    /// Opens with nobody inside. `mostLinks` bounds all connections, those of members included; of `members` the addresses
    /// are known that need no resolver.
    init(mostLinks: Int, members: [EthereumAddress: PeersConfiguration.Endpoint?] = [:], now: Double) {
        self.mostLinks = mostLinks
        inAll = TokenBucket(perSecond: Self.perSecond, burst: 4 * Self.perSecond, now: now)
        know(members)
    }

    /// These are the members from now on: the addresses of others are a stranger's again.
    mutating func know(_ members: [EthereumAddress: PeersConfiguration.Endpoint?]) {
        known.keep(only: Set(members.keys))
        for case (let member, let endpoint?) in members {
            if let address = Address(endpoint) { known.add(address, of: member) }
        }
    }

    /// For whom a place is counted.
    private enum Owner: Hashable {
        case address(Address)
        case member(EthereumAddress)
    }

    /// A connection that was let in.
    struct Entry: Hashable, Sendable {
        let place: UInt64
        /// The place that gave way to it, whose connection is to be closed.
        let gaveWay: UInt64?
    }

    /// Lets a connection in, beside so many links that stand, or says why it is to be closed.
    mutating func knock(from address: Address, standing: Int, now: Double) -> Result<Entry, TurnedAway> {
        if let refusal = refusal(of: address, standing: standing, now: now) { return .failure(refusal) }
        last += 1
        return .success(Entry(place: last, gaveWay: put(last, .address(address))))
    }

    /// Counts a place for an owner; where it has too many then, its oldest gives way.
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
        // The address first: one that knocks all the time takes nothing from the others.
        guard bucket.take(1, now: now) else { return .rateOfAddress }
        guard isKnown || inAll.take(1, now: now) else { return .rate }
        ofAddress[address] = bucket
        return nil
    }

    /// A member that may have a link proved itself in a place: its address is known from now on. Gives the place that gave
    /// way, whose connection is to be closed.
    mutating func proved(_ place: UInt64, by member: EthereumAddress) -> UInt64? {
        guard case .address(let address)? = owners[place] else { return nil }
        known.add(address, of: member)
        return put(place, .member(member))
    }

    /// Frees a place: the connection is a member's link now, or ended. A second time changes nothing.
    mutating func leave(_ place: UInt64) { owners[place] = nil }

    /// How many connections have not said `hello`.
    var waiting: Int { owners.count }
}

extension Door {
    /// The network address by which strangers are told apart: all of IPv4, the first 64 bits of IPv6, since whoever has one
    /// address there has them all.
    struct Address: Hashable, Sendable {
        private let bytes: Bytes

        /// The address of an endpoint that is written as one; nil for a name.
        init?(_ endpoint: PeersConfiguration.Endpoint) {
            guard let socket = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) else { return nil }
            self.init(socket)
        }

        /// The address of a socket; nil where it is no IP address.
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
