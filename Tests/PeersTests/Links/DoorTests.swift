import NIOCore
import Primitives
import Testing

@testable import Peers

@Suite struct DoorTests {
    private func address(_ text: String) throws -> Door.Address {
        try #require(Door.Address(try SocketAddress(ipAddress: text, port: 1)))
    }

    /// One connection; nil where it was let in.
    private func knock(_ door: inout Door, _ text: String, standing: Int = 0, now: Double = 0) throws -> TurnedAway? {
        switch door.knock(from: try address(text), standing: standing, now: now) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }

    /// The connections of one address that enter.
    private func enter(_ door: inout Door, _ text: String, _ count: Int, now: Double = 0) throws -> [Door.Entry] {
        try (0..<count).map { _ in try door.knock(from: address(text), standing: 0, now: now).get() }
    }

    @Test("Of one address at most five connections wait to prove an operator: the oldest gives way to a sixth")
    func oneAddress() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        let first = try enter(&door, "10.0.0.1", 5)
        #expect(first.allSatisfy { $0.gaveWay == nil })
        #expect(try enter(&door, "10.0.0.1", 1).map(\.gaveWay) == [first[0].place])
        #expect(try enter(&door, "10.0.0.2", 1).map(\.gaveWay) == [nil], "another address has its own places")
        door.leave(first[1].place)
        door.leave(first[1].place)
        #expect(try enter(&door, "10.0.0.1", 2).map(\.gaveWay) == [nil, first[2].place], "one place was left")
        #expect(door.waiting == 6)
    }

    @Test("Strangers that hold connections open keep no member out that comes from their address")
    func behindOneAddress() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        let member = EthereumAddress(hash160([1]))
        _ = try enter(&door, "10.0.0.1", 5)
        let link = try enter(&door, "10.0.0.1", 1)[0].place
        let pushedOut = door.proved(link, by: member)
        #expect(pushedOut == nil)
        // Proven, it gives way to no stranger.
        for entry in try enter(&door, "10.0.0.1", 14) { #expect(entry.gaveWay != link) }
        #expect(door.waiting == 6)
        // Nor does a member hold more than five that say no hello.
        var own: [Door.Entry] = []
        var gaveWay: [UInt64?] = []
        for second in 1...6 {
            own += try enter(&door, "10.0.0.1", 1, now: Double(second))
            gaveWay.append(door.proved(own[second - 1].place, by: member))
        }
        #expect(gaveWay == [nil, nil, nil, nil, link, own[0].place])
    }

    @Test("At most 64 unproven connections are held, and none beyond what the file descriptors allow")
    func inAll() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        for host in 1...64 { #expect(try knock(&door, "10.0.1.\(host)") == nil) }
        #expect(try knock(&door, "10.0.2.1") == .unproven)
        var small = Door(mostLinks: 10, now: 0)
        for host in 1...3 { #expect(try knock(&small, "10.0.1.\(host)", standing: 7) == nil) }
        #expect(try knock(&small, "10.0.1.9", standing: 7) == .links)
    }

    @Test("Strangers at every place and at full speed keep nobody out from an address where a member proved itself")
    func known() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        let member = try enter(&door, "10.0.9.9", 1)[0].place
        _ = door.proved(member, by: .zero)
        door.leave(member)
        for host in 1...250 { _ = try knock(&door, "10.0.1.\(host)") }
        #expect(try knock(&door, "10.0.2.1") != nil)
        #expect(try enter(&door, "10.0.9.9", 6).count { $0.gaveWay != nil } == 1, "its own share is bounded too")
    }

    @Test("An IP address of the configuration is known from the start, and a name is not looked up")
    func configured() throws {
        let members: [EthereumAddress: PeersConfiguration.Endpoint?] = [
            EthereumAddress(hash160([1])): .init(host: "10.0.9.9", port: 3_919),
            EthereumAddress(hash160([2])): .init(host: "2001:db8::9", port: 3_919),
            EthereumAddress(hash160([3])): .init(host: "localhost", port: 3_919),
            EthereumAddress(hash160([4])): nil,
        ]
        var door = Door(
            mostLinks: 1_000, members: Set(members.keys), bootstrap: members.compactMapValues(\.self), now: 0)
        for host in 1...250 { _ = try knock(&door, "10.0.1.\(host)") }
        #expect(try knock(&door, "127.0.0.1") != nil)
        #expect(try knock(&door, "10.0.9.9") == nil)
        #expect(try knock(&door, "2001:db8::10") == nil)
    }

    /// A member proves itself from each of 256 networks, four a second, and ends its links; gives the time after that.
    private func wander(_ door: inout Door, _ member: EthereumAddress) throws -> Double {
        for network in 0..<256 {
            let now = Double(network + 4) / 4
            let place = try door.knock(from: address(Self.network(network)), standing: 4, now: now).get().place
            _ = door.proved(place, by: member)
            door.leave(place)
        }
        return 80
    }

    private static func network(_ number: Int) -> String { "2001:db8:0:\(String(number, radix: 16))::1" }

    @Test("One member that comes from many addresses keeps no other member out")
    func manyAddresses() throws {
        var door = Door(mostLinks: 1_024, now: 0)
        let (honest, evil) = (EthereumAddress(hash160([1])), EthereumAddress(hash160([2])))
        let place = try enter(&door, "10.0.9.9", 1)[0].place
        _ = door.proved(place, by: honest)
        door.leave(place)
        let now = try wander(&door, evil)
        // Then it only connects, and says nothing.
        var held = 0
        for _ in 0..<5 {
            for network in 0..<256 where try knock(&door, Self.network(network), standing: 4, now: now) == nil {
                held += 1
            }
        }
        #expect(held == 4 * 5 + 64, "four known addresses, and what any stranger may")
        #expect(try knock(&door, "10.0.9.9", standing: 4, now: now) == nil)
    }

    @Test("One member that comes from many addresses makes no other member's address unknown, only its own oldest")
    func forgotten() throws {
        var door = Door(mostLinks: 100_000, now: 0)
        let (honest, evil) = (EthereumAddress(hash160([1])), EthereumAddress(hash160([2])))
        let place = try enter(&door, "10.0.9.9", 1)[0].place
        _ = door.proved(place, by: honest)
        door.leave(place)
        let now = try wander(&door, evil)
        for host in 1...200 { _ = try knock(&door, "10.0.1.\(host)", standing: 4, now: now) }
        #expect(try knock(&door, "10.0.9.9", standing: 4, now: now) == nil)
        #expect(try knock(&door, Self.network(252), standing: 4, now: now) == nil)
        #expect(try knock(&door, Self.network(251), standing: 4, now: now) != nil)
    }

    @Test("Of a member's addresses the one used longest ago goes, and one that two members share stays for the other")
    func shared() throws {
        let (one, two) = (EthereumAddress(hash160([1])), EthereumAddress(hash160([2])))
        var known = KnownAddresses()
        for host in 1...4 { known.add(try address("10.0.0.\(host)"), of: one) }
        known.add(try address("10.0.0.1"), of: one)
        known.add(try address("10.0.0.2"), of: two)
        known.add(try address("10.0.0.5"), of: one)
        known.add(try address("10.0.0.6"), of: one)
        let left = try (1...6).filter { known.contains(try address("10.0.0.\($0)")) }
        #expect(left == [1, 2, 4, 5, 6], "3 went; 2 is the other's")
    }

    @Test("An address that knocks at full speed gets its five handshakes a second and takes none of the others' twenty")
    func rates() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        var entered = 0
        var others = 0
        for tick in 0..<10_000 {
            let now = Double(tick) / 1_000
            if case .success(let entry) = door.knock(from: try address("10.0.0.1"), standing: 0, now: now) {
                entered += 1
                door.leave(entry.place)
            }
            if tick.isMultiple(of: 200),
                case .success(let entry) = door.knock(
                    from: try address("10.0.0.2"), standing: 0, now: now)
            {
                others += 1
                door.leave(entry.place)
            }
        }
        #expect(entered <= 20 + 50 + 1)
        #expect(others == 50, "another address is let in each time")
        // From everywhere at once: 20 a second, after a burst of 80.
        var flooded = Door(mostLinks: 1_000, now: 0)
        var inAll = 0
        for tick in 0..<5_000 {
            let source = try address("10.1.\(tick / 250).\(tick % 250 + 1)")
            if case .success(let entry) = flooded.knock(from: source, standing: 0, now: Double(tick) / 1_000) {
                inAll += 1
                flooded.leave(entry.place)
            }
        }
        #expect(inAll <= 80 + 100 + 1)
    }

    @Test("An IPv4 address stands for itself, also mapped into IPv6, and an IPv6 address for its first 64 bits")
    func addresses() throws {
        #expect(try address("::ffff:10.0.0.1") == address("10.0.0.1"))
        #expect(try address("2001:db8::1") == address("2001:db8::ffff:2"))
        #expect(try address("2001:db8:0:1::1") != address("2001:db8::1"))
    }
}
