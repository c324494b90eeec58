import Coordination
import Node
import Primitives
import TestKit
import Testing

/// The golden bytes of docs/protocol/wire.md §7, computed independently of this code.
@Suite struct LedgerEventTests {
    @Test("An event and its place in the chain hash to the published values")
    func golden() throws {
        let wallet = try #require(WalletPublicKeyHash(Bytes(0..<20)))
        let event = LedgerEvent.searched(
            WindowKey(wallet: wallet, coordinationBlock: BlockNumber(900)), .redemption, .gaveNothing("redemption.none")
        )
        let body =
            "08000102030405060708090a0b0c0d0e0f10111213000000000000038403020000000f726564656d7074696f6e2e6e6f6e65"
        #expect(event.encoded.hex == body)
        #expect(LedgerEvent.haltEnded(wallet).encoded.hex == "10000102030405060708090a0b0c0d0e0f10111213")
        let entry = LedgerEntry(
            sequence: 1, block: BlockNumber(905), body: event.encoded, previous: LedgerEntry.genesis)
        #expect(entry.hash.hex == "7e6778f7e094acedfd1fb36d98953dfcb74f01f959fa59a84e6505dfcdf0bdd8")
    }
}
