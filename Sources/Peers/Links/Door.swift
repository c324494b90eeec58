import Foundation
import NIOCore
import Primitives

/// Decides at accept which connections may try to prove an operator, before a byte of them is read (durability-and-events.md
/// NE7).
///
/// A connection has a place here from accept until its `hello` is taken or it ends, so links of members count for nothing.
/// Addresses from which a member proved itself have their own share, which strangers cannot use up from elsewhere.
/// The shell hands the time in, in seconds from any fixed start.
struct Door: Sendable {
    /// The most connections that have not said `hello` yet, those from known addresses aside.
    static let mostUnproven = 64
    /// The most of them from one address.
    static let mostOfOneAddress = 5
    /// Handshakes a second, in all but from known addresses, and from one address; at most four times as many at once.
    static let (perSecond, perSecondOfOneAddress) = (20.0, 5.0)
    /// How long the handshake may take, and after it `hello`.
    static let patience = Duration.seconds(5)

    private let mostLinks: Int
    private var inAll: TokenBucket
    /// An entry is made for a connection that was let in, so there are few: 20 a second, each forgotten when full again.
    private var ofAddress: [Address: TokenBucket] = [:]
    private var unproven: [UInt64: Address] = [:]
    /// Addresses from which a member proved itself, oldest first.
    private var known: [Address] = []
    private static let mostKnown = 256
    private var last: UInt64 = 0
    /// How many connections were closed at accept.
    private(set) var turnedAway: [TurnedAway: UInt64] = [:]

    /// Opens with nobody inside. `mostLinks` bounds all connections, those of members included.
    init(mostLinks: Int, now: Double) {
        self.mostLinks = mostLinks
        inAll = TokenBucket(perSecond: Self.perSecond, burst: 4 * Self.perSecond, now: now)
    }

    /// Lets a connection in, beside so many links that stand: gives the number of its place, or why it is to be closed.
    mutating func knock(from address: Address, standing: Int, now: Double) -> Result<UInt64, TurnedAway> {
        let refusal = refusal(of: address, standing: standing, now: now)
        if let refusal {
            turnedAway[refusal, default: 0] += 1
            return .failure(refusal)
        }
        last += 1
        unproven[last] = address
        return .success(last)
    }

    private mutating func refusal(of address: Address, standing: Int, now: Double) -> TurnedAway? {
        guard unproven.count + standing < mostLinks else { return .links }
        let isKnown = known.contains(address)
        guard isKnown || unproven.values.count(where: { !known.contains($0) }) < Self.mostUnproven else {
            return .unproven
        }
        guard unproven.values.count(where: { $0 == address }) < Self.mostOfOneAddress else { return .unprovenOfAddress }
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

    /// A member proved itself in a place: its address is known from now on.
    mutating func proved(_ place: UInt64) {
        guard let address = unproven[place], !known.contains(address) else { return }
        if known.count == Self.mostKnown { known.removeFirst() }
        known.append(address)
    }

    /// Frees a place: the connection is a member's link now, or ended. A second time changes nothing.
    mutating func leave(_ place: UInt64) { unproven[place] = nil }

    /// How many connections have not proven themselves.
    var waiting: Int { unproven.count }
}

/// Why a connection is closed at accept. The raw value is the stable name.
package enum TurnedAway: String, Error, Hashable, Sendable {
    /// The process holds as many links as its file descriptors allow.
    case links = "links_full"
    /// 64 connections have not proven themselves yet.
    case unproven = "unproven_full"
    /// Five of them come from this address.
    case unprovenOfAddress = "unproven_of_address"
    /// More than 20 handshakes a second.
    case rate = "handshake_rate"
    /// More than 5 a second from this address.
    case rateOfAddress = "handshake_rate_of_address"
}

extension Door {
    /// The network address by which strangers are told apart: all of IPv4, the first 64 bits of IPv6, since whoever has one
    /// address there has them all.
    struct Address: Hashable, Sendable {
        private let bytes: Bytes

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
