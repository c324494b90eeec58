import Primitives
import TestKit
import Testing

@testable import Bitcoin

/// Published addresses and strings of their forms.
@Suite struct AddressVectors {
    private struct Invalid: Decodable {
        let text: String
        let reason: String
    }

    private struct Segwit: Decodable {
        let text: String
        let script: String
    }

    private struct Base58: Decodable {
        let bytes: String
        let text: String
    }

    private struct KeyIO: Decodable {
        let network: String
        let text: String
        let script: String
    }

    @Test("Strings and addresses read, and are refused, as published")
    func figures() throws {
        let file = try VectorFile("addresses")
        var report = CaseReport("AddressVectors")

        for (group, form) in [("bech32", Bech32.Form.bech32), ("bech32m", .bech32m)] {
            let valid = try file.group(group, "valid", as: String.self)
            for text in valid {
                let decoded = try Bech32.decode(text)
                #expect(decoded.form == form, "\(text)")
                #expect(Bech32.encode(decoded.prefix, values: decoded.values, form: form) == text.lowercased())
            }
            report.ran("\(group).valid", valid.count)
            let invalid = try file.group(group, "invalid", as: Invalid.self)
            for figure in invalid {
                #expect(throws: AddressFailure.self, "\(figure.text): \(figure.reason)") {
                    try Bech32.decode(figure.text)
                }
            }
            report.ran("\(group).invalid", invalid.count)
        }

        try report.check("segwit", "valid", of: file, as: Segwit.self) { figure in
            let network: BitcoinNetwork = figure.text.lowercased().hasPrefix("bc1") ? .mainnet : .testnet
            let address = try Address(figure.text, on: network)
            #expect(address.script.hex == figure.script)
            #expect(address.text == figure.text.lowercased())
        }

        try report.check("segwit", "invalid", of: file, as: Invalid.self) { figure in
            for network in BitcoinNetwork.allCases {
                #expect(throws: AddressFailure.self, "\(figure.text): \(figure.reason)") {
                    try Address(figure.text, on: network)
                }
            }
        }

        try report.check("base58", of: file, as: Base58.self) { figure in
            let bytes = try Bytes(hex: figure.bytes)
            #expect(Base58Check.encodeUnchecked(bytes) == figure.text)
            #expect(try Base58Check.decodeUnchecked(figure.text) == bytes)
        }

        try report.check("keyIO", "valid", of: file, as: KeyIO.self) { figure in
            let network = try #require(BitcoinNetwork(rawValue: figure.network))
            let script = Script(try Bytes(hex: figure.script))
            #expect(try Address(figure.text, on: network) == Address(script, on: network))
            #expect(Address(script, on: network)?.text == figure.text)
            if script.witnessProgram != nil {
                #expect(try Address(figure.text.uppercased(), on: network).script == script)
            }
            let others = BitcoinNetwork.allCases.filter { $0 != network }
            // The public test networks and regtest share the prefixes of hashes.
            for other in others where script.witnessProgram != nil || network == .mainnet || other == .mainnet {
                #expect(throws: AddressFailure.network, "\(figure.text)") { try Address(figure.text, on: other) }
            }
        }

        let junk = try file.group("keyIO", "invalid", as: String.self)
        for text in junk {
            for network in BitcoinNetwork.allCases {
                #expect(throws: AddressFailure.self, "\(text)") { try Address(text, on: network) }
            }
        }
        report.ran("keyIO.invalid", junk.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
