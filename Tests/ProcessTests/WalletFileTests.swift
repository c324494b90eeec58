import Coordination
import Daemon
import Foundation
import Ledger
import Node
import Primitives
import Secp256k1
import Testing
import ThresholdSigning
import WalletActions

/// What a daemon reads of its wallets: the file names the operator of each seat, a sealed share lies there for each of ours.
@Suite struct WalletFileTests {
    private static func address(_ name: String) -> EthereumAddress { EthereumAddress(hash160(Bytes(name.utf8))) }

    /// A folder with the wallet of five of nine seats, of which the first operator holds four; its shares of `sealed`.
    private func withWallet(
        sealed: [UInt16], _ body: (URL, SecretStore, WalletPublicKeyHash) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "coord-wallet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let wallets = folder.appending(component: "wallets")
        try FileManager.default.createDirectory(at: wallets, withIntermediateDirectories: true)
        var random = SystemRandom()
        let dealt = try DealtGroup(threshold: 5, seats: 9, random: &random)
        let name = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey).hash
        let holders = ["a", "b", "a", "c", "a", "b", "d", "a", "e"].map { Self.address($0).description }
        try JSONEncoder().encode(WalletFile(dealt: dealt.key, seats: holders))
            .write(to: wallets.appending(component: "\(name.hex).json"))
        let secrets = try SecretStore(
            beginning: folder.appending(component: "secrets"), password: SecretBytes(count: 0) { _ in }, scryptLogN: 10)
        for seat in sealed {
            let share = try dealt.share(of: SeatNumber(seat))
            let scalar = SecretBytes(count: 32) { buffer in share.withUnsafeBytes { buffer.copyMemory(from: $0) } }
            try secrets.seal(scalar, as: .share(wallet: name.hash, seat: seat))
        }
        try body(wallets, secrets, name)
    }

    private func load(_ folder: URL, _ secrets: SecretStore, as name: String) throws -> [[SeatNumber]] {
        try WalletFile.load(
            from: folder, allowsDealt: true, operatorAddress: Self.address(name), secrets: secrets
        ).map { $0.shares.map(\.seat) }
    }

    @Test("An operator of several seats loads the share of each")
    func several() throws {
        try withWallet(sealed: [1, 3, 5, 8]) { folder, secrets, _ in
            let seats = try load(folder, secrets, as: "a")
            #expect(seats == [[1, 3, 5, 8].map { SeatNumber($0) }])
        }
    }

    @Test("A seat without its share, with another's, or no seat at all: the wallet is refused")
    func refused() throws {
        try withWallet(sealed: [1, 3, 8]) { folder, secrets, name in
            let missing = try #require(throws: WalletFile.Failure.self) { try load(folder, secrets, as: "a") }
            #expect(
                missing.cause
                    == "wallets/\(name.hex).json, seat 5: secrets/share-\(name.hex)-5.0 is missing")
            #expect(throws: WalletFile.Failure.noSeat("\(name.hex).json", Self.address("z"))) {
                try load(folder, secrets, as: "z")
            }
            let other = try secrets.open(.share(wallet: name.hash, seat: 3))
            try secrets.seal(other, as: .share(wallet: name.hash, seat: 5))
            #expect(throws: WalletFile.Failure.self) { try load(folder, secrets, as: "a") }
        }
    }
}
