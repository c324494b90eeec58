import Coordination
package import Foundation
package import Ledger
package import Node
package import Primitives
import Secp256k1
package import ThresholdSigning
import WalletActions

/// A wallet as its file describes it. The secret shares are sealed in other files (docs/configuration.md).
package struct WalletFile: Codable, Sendable {
    /// The origin of the key.
    package enum Origin: String, Codable, Sendable {
        /// A dealer knew the whole key for a moment: for development networks and tests only.
        case dealer
    }

    package let schema: Int
    package let origin: Origin
    package let scheme: String
    /// The group's public point, 33 bytes in hexadecimal.
    package let groupKey: String
    /// The public share of each seat, seat 1 first.
    package let publicShares: [String]
    /// The operator of each seat, seat 1 first.
    package let seats: [String]
    package let threshold: Int

    /// Makes the description of a dealt taproot wallet.
    package init(dealt key: ThresholdKey, seats: [String]) {
        schema = 1
        origin = .dealer
        scheme = "taproot"
        groupKey = key.groupKey.compressed.hex
        publicShares = key.publicShares.map(\.compressed.hex)
        self.seats = seats
        threshold = key.threshold
    }

    /// Reads every wallet of a directory, or the one of a file, with this operator's shares: one for each seat that it
    /// holds. Returns all of them or none.
    ///
    /// - Throws: ``Failure`` for the first file that cannot be read, is malformed, has another wallet's name or a dealt
    ///   key that is not allowed, has no seat of ours, or has a seat of ours whose share cannot be opened.
    package static func load(
        from directory: URL, only file: String? = nil, allowsDealt: Bool, operatorAddress: EthereumAddress,
        secrets: SecretStore
    ) throws(Failure) -> [HeldWallet] {
        var wallets: [HeldWallet] = []
        for (name, file) in try files(in: directory, only: file) {
            guard file.origin != .dealer || allowsDealt else { throw .dealerOrigin(name) }
            wallets.append(try file.held(name, operatorAddress: operatorAddress, secrets: secrets))
        }
        return wallets
    }

    /// Reads the description of every wallet of a directory, without a secret.
    ///
    /// - Throws: ``Failure`` for the first file that cannot be read, is malformed or has another wallet's name.
    package static func described(in directory: URL) throws(Failure) -> [WindowBundle.Wallet] {
        var wallets: [WindowBundle.Wallet] = []
        for (name, file) in try files(in: directory) {
            let parts = try file.parts(name)
            wallets.append(WindowBundle.Wallet(key: parts.key, seats: parts.group.seats))
        }
        return wallets
    }

    private static func files(
        in directory: URL, only wanted: String? = nil
    ) throws(Failure) -> [(name: String, file: WalletFile)] {
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path) else {
            throw .unreadable(directory.path, ReadFile.trouble(listing: directory.path))
        }
        var files: [(name: String, file: WalletFile)] = []
        for name in names.filter({ $0.hasSuffix(".json") && !$0.hasPrefix(".") }).sorted()
        where wanted == nil || name == wanted {
            let path = directory.appending(component: name).path
            guard let data = ReadFile.contents(path) else { throw .unreadable(path, ReadFile.trouble(path)) }
            let file: WalletFile
            do {
                file = try JSONDecoder().decode(WalletFile.self, from: data)
            } catch {
                throw .malformed(name, Failure.words(of: error))
            }
            guard file.schema == 1 else { throw .malformed(name, "schema is \(file.schema), and this build reads 1") }
            files.append((name, file))
        }
        return files
    }

    private func parts(
        _ name: String
    ) throws(Failure) -> (identity: WalletIdentity, group: SigningGroup, key: ThresholdKey) {
        guard scheme == "taproot" else { throw .malformed(name, "scheme is \(scheme), and this build reads taproot") }
        guard let groupKey = point(groupKey) else { throw .malformed(name, "groupKey is no point of 33 bytes") }
        guard let shares = all(publicShares.map(point)) else {
            throw .malformed(name, "publicShares holds what is no point of 33 bytes")
        }
        guard let addresses = all(seats.map { try? EthereumAddress(hex: $0) }) else {
            throw .malformed(name, "seats holds what is no address of 20 bytes")
        }
        guard let key = try? ThresholdKey(groupKey: groupKey, publicShares: shares, threshold: threshold) else {
            throw .malformed(name, "groupKey, the \(shares.count) publicShares and threshold \(threshold) do not fit")
        }
        let identity = WalletIdentity(scheme: .taproot, publicKey: groupKey)
        guard let group = try? SigningGroup(wallet: identity.hash, seats: addresses, threshold: threshold),
            addresses.count == shares.count
        else {
            throw .malformed(
                name, "\(addresses.count) seats, \(shares.count) publicShares and threshold \(threshold) do not fit")
        }
        guard name == "\(identity.hash.hex).json" else { throw .misnamed(name, identity.hash) }
        return (identity, group, key)
    }

    private func held(
        _ name: String, operatorAddress: EthereumAddress, secrets: SecretStore
    ) throws(Failure) -> HeldWallet {
        let (identity, group, key) = try parts(name)
        let own = group.seats(of: operatorAddress)
        guard !own.isEmpty else { throw .noSeat(name, operatorAddress) }
        var shares: [HeldShare] = []
        for seat in own {
            do {
                let secret = try secrets.open(.share(wallet: identity.hash.hash, seat: seat.rawValue))
                shares.append(HeldShare(try SecretShare(secret, seat: seat, of: key)))
            } catch let failure as SecretStoreFailure {
                throw .share(name, seat, failure.cause(in: "secrets"))
            } catch {
                throw .share(name, seat, "what secrets/ holds for it is another seat's or wallet's share")
            }
        }
        return HeldWallet(identity: identity, group: group, key: key, shares: shares)
    }

    private func point(_ text: String) -> CurvePoint? { (try? Bytes(hex: text)).flatMap { CurvePoint(compressed: $0) } }

    private func all<Value>(_ values: [Value?]) -> [Value]? {
        let present = values.compactMap { $0 }
        return present.count == values.count ? present : nil
    }
}
