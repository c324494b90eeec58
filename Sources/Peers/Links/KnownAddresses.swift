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
        if addresses.count > Self.mostOfOne {
            let gone = addresses.removeFirst()
            users[gone] = users[gone].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        ofMember[member] = addresses
    }
}
