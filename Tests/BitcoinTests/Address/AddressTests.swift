import Bitcoin
import Primitives
import Testing

@Suite struct AddressTests {
    @Test(
        "What is wrong with an address is said by its own case",
        arguments: [
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", .checksum),
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", .checksum),
            ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", .checksum),
            ("bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", .mixedCase),
            ("tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", .network),
            ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", .program),
            ("bc1pw5dgrnzv", .program), ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", .program),
            ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", .padding),
            ("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", .character(offset: 59)),
            ("bc1gmk9yu", .program), ("bc1q", .length(4)), ("", .length(0)), ("0", .character(offset: 0)),
            ("1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mp", .checksum), ("mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", .network),
            ("KzNbAQ4mexfAxa6RKBzHQqfoTycaeWpv2p", .network), (String(repeating: "1", count: 129), .length(129)),
            ("1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo ", .character(offset: 34)),
        ] as [(String, AddressFailure)])
    func failures(_ text: String, _ failure: AddressFailure) {
        #expect(throws: failure) { try Address(text, on: .mainnet) }
    }

    @Test("A payload that is no version byte and 20 bytes is no address")
    func payloadLength() {
        // A private key of 33 bytes with a valid checksum (Bitcoin Core, key_io_valid.json).
        #expect(throws: AddressFailure.length(33)) {
            try Address("5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9", on: .mainnet)
        }
    }

    @Test("Scripts without an address have none; the others read back", arguments: BitcoinNetwork.allCases)
    func roundTrips(_ network: BitcoinNetwork) throws {
        let hash = hash160([1])
        for script in [
            Script.p2pkh(hash), .p2sh(hash), .p2wpkh(hash), .p2wsh(sha256([1])), .p2tr(sha256([2])), [0x52, 2, 1, 2],
        ] {
            let address = try #require(Address(script, on: network))
            #expect(try Address(address.text, on: network) == address)
        }
        for script in [[], [0x51], [0x6a, 1, 1], [0, 3, 1, 2, 3]] as [Script] {
            #expect(Address(script, on: network) == nil)
        }
    }

    @Test("No changed or transposed character goes unnoticed")
    func typos() throws {
        let network = BitcoinNetwork.mainnet
        for script in [Script.p2tr(sha256([1])), .p2wpkh(hash160([1])), .p2pkh(hash160([2]))] {
            let text = Array(try #require(Address(script, on: network)).text)
            for place in text.indices {
                for replacement in "qpz29xA1" where replacement != text[place] {
                    var changed = text
                    changed[place] = replacement
                    #expect(throws: AddressFailure.self) { try Address(String(changed), on: network) }
                }
                guard place > 0, text[place] != text[place - 1] else { continue }
                var swapped = text
                swapped.swapAt(place, place - 1)
                #expect(throws: AddressFailure.self) { try Address(String(swapped), on: network) }
            }
        }
    }
}
