import Primitives

/// A failure to read a text as an address of a network.
package enum AddressFailure: Error, Hashable, Sendable {
    /// The text has, at this offset, a character that the form does not allow.
    case character(offset: Int)
    /// Upper and lower case are mixed.
    case mixedCase
    /// The text or the payload that it encodes is too short or too long.
    case length(Int)
    /// The checksum is wrong, or it is the checksum of the other form (BIP-0350).
    case checksum
    /// The prefix or version byte does not belong to the network.
    case network
    /// The witness version or program is not valid (BIP-0141).
    case program
    /// The padding bits of the last character are more than needed, or not zero.
    case padding
}

/// An output script and its network, with a text form that people can copy.
package struct Address: Hashable, Sendable, CustomStringConvertible {
    /// The output script.
    package let script: Script
    /// The network.
    package let network: BitcoinNetwork

    /// Takes an output script; nil for a script that has no address.
    package init?(_ script: Script, on network: BitcoinNetwork) {
        guard script.witnessProgram != nil || script.kind == .p2pkh || script.kind == .p2sh else { return nil }
        self.script = script
        self.network = network
    }

    /// Reads an address of a network: base58check, bech32 (BIP-0173) or bech32m (BIP-0350).
    ///
    /// - Throws: ``AddressFailure`` for every text that is not an address of this network.
    package init(_ text: some StringProtocol, on network: BitcoinNetwork) throws(AddressFailure) {
        self.network = network
        let start = text.prefix(5).lowercased()
        if BitcoinNetwork.allCases.contains(where: { start.hasPrefix($0.humanReadablePart + "1") }) {
            script = try Self.witnessScript(text, network)
        } else {
            script = try Self.hashScript(text, network)
        }
    }

    /// The address as text.
    package var text: String {
        if let program = script.witnessProgram {
            let values = [program.version] + Bech32.grouped(program.bytes)
            return Bech32.encode(
                network.humanReadablePart, values: values, form: program.version == 0 ? .bech32 : .bech32m)
        }
        let isKeyHash = script.kind == .p2pkh
        let hash = isKeyHash ? script.bytes[3..<23] : script.bytes[2..<22]
        return Base58Check.encode([isKeyHash ? network.p2pkhVersion : network.p2shVersion] + hash)
    }

    package var description: String { text }

    private static func witnessScript(
        _ text: some StringProtocol, _ network: BitcoinNetwork
    ) throws(AddressFailure) -> Script {
        let decoded = try Bech32.decode(text)
        guard decoded.prefix == network.humanReadablePart else { throw .network }
        guard let version = decoded.values.first else { throw .program }
        let bytes = try Bech32.ungrouped(decoded.values.dropFirst())
        guard let program = WitnessProgram(version: version, bytes: bytes) else { throw .program }
        guard decoded.form == (version == 0 ? .bech32 : .bech32m) else { throw .checksum }
        return program.script
    }

    private static func hashScript(
        _ text: some StringProtocol, _ network: BitcoinNetwork
    ) throws(AddressFailure) -> Script {
        let payload = try Base58Check.decode(text)
        guard let hash = Hash20(payload.dropFirst()) else { throw .length(payload.count) }
        switch payload[0] {
        case network.p2pkhVersion: return .p2pkh(hash)
        case network.p2shVersion: return .p2sh(hash)
        default: throw .network
        }
    }
}
