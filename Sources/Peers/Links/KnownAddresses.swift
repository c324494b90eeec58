import Primitives

/// The addresses of members: a few for each, so that one member's addresses do not displace another's
/// (durability-and-events.md NE7).
struct KnownAddresses: Sendable {
    /// The most addresses of one member. The least recently used one is dropped.
    static let mostOfOne = 4

    /// The addresses of each member, the least recently used first.
    private var ofMember: [EthereumAddress: [Door.Address]] = [:]
    /// The number of members at an address; members behind one router share it.
    private var users: [Door.Address: Int] = [:]

    /// Whether a member uses the address.
    func contains(_ address: Door.Address) -> Bool { users[address] != nil }

    /// Adds an address of a member.
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

    /// Forgets the addresses of all other operators.
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
