import NIOCore
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

    @Test(
        "Five unproven connections of one address are let in, and the next when one of them has proven itself or ended")
    func oneAddress() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        let first = try door.knock(from: address("10.0.0.1"), standing: 0, now: 0).get()
        for _ in 1..<5 { #expect(try knock(&door, "10.0.0.1") == nil) }
        #expect(try knock(&door, "10.0.0.1") == .unprovenOfAddress)
        #expect(try knock(&door, "10.0.0.2") == nil, "another address has its own places")
        door.leave(first)
        door.leave(first)
        #expect(try knock(&door, "10.0.0.1") == nil)
        #expect(try knock(&door, "10.0.0.1") == .unprovenOfAddress, "leaving twice frees one place")
        #expect(door.turnedAway == [.unprovenOfAddress: 2])
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
        let member = try door.knock(from: address("10.0.9.9"), standing: 0, now: 0).get()
        door.proved(member)
        door.leave(member)
        for host in 1...250 { _ = try knock(&door, "10.0.1.\(host)") }
        #expect(try knock(&door, "10.0.2.1") != nil)
        for _ in 1...5 { #expect(try knock(&door, "10.0.9.9") == nil) }
        #expect(try knock(&door, "10.0.9.9") == .unprovenOfAddress, "its own share is bounded too")
    }

    @Test("An address that knocks at full speed gets its five handshakes a second and takes none of the others' twenty")
    func rates() throws {
        var door = Door(mostLinks: 1_000, now: 0)
        var entered = 0
        var others = 0
        for tick in 0..<10_000 {
            let now = Double(tick) / 1_000
            if case .success(let place) = door.knock(from: try address("10.0.0.1"), standing: 0, now: now) {
                entered += 1
                door.leave(place)
            }
            if tick.isMultiple(of: 200),
                case .success(let place) = door.knock(
                    from: try address("10.0.0.2"), standing: 0, now: now)
            {
                others += 1
                door.leave(place)
            }
        }
        #expect(entered <= 20 + 50 + 1)
        #expect(others == 50, "another address is let in each time")
        // From everywhere at once: 20 a second, after a burst of 80.
        var flooded = Door(mostLinks: 1_000, now: 0)
        var inAll = 0
        for tick in 0..<5_000 {
            let source = try address("10.1.\(tick / 250).\(tick % 250 + 1)")
            if case .success(let place) = flooded.knock(from: source, standing: 0, now: Double(tick) / 1_000) {
                inAll += 1
                flooded.leave(place)
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
