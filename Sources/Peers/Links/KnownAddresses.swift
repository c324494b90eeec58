import Primitives

/// The addresses from which members come: a few for each, so that no member's push out another's (durability-and-events.md
/// NE7).
struct KnownAddresses: Sendable {
    /// The most of one member. The one that it used longest ago goes.
    static let mostOfOne = 4

    /// Each member's, the one that it used longest ago first.
    private var ofMember: [EthereumAddress: [Door.Address]] = [:]
    /// How many members use an address; members behind one router share it.
    private var users: [Door.Address: Int] = [:]

    /// Whether a member comes from there.
    func contains(_ address: Door.Address) -> Bool { users[address] != nil }

    /// A member comes from there.
    mutating func add(_ address: Door.Address, of member: EthereumAddress) {
        var addresses = ofMember[member] ?? []
        if let place = addresses.firstIndex(of: address) {
            addresses.remove(at: place)
        } else {
            users[address, default: 0] += 1
        }
        addresses.append(address)
        if addresses.count > Self.mostOfOne { release(addresses.removeFirst()) }
        ofMember[member] = addresses
    }

    /// Forgets the addresses of everybody else.
    mutating func keep(only members: Set<EthereumAddress>) {
        for (member, addresses) in ofMember where !members.contains(member) {
            for address in addresses { release(address) }
            ofMember[member] = nil
        }
    }

    private mutating func release(_ address: Door.Address) {
        users[address] = users[address].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
