import Bitcoin
package import ChainModels
package import Coordination
import Ethereum
package import Primitives
package import WalletActions

/// The two chains of a development network with their clocks and scheduled events (docs/cli.md).
///
/// The host chain starts at block 20 with its history: the wallets are registered, and each has a first redemption
/// request. For each wallet a request arrives before every odd window, so that even windows show the heartbeat.
package actor DevNetChains {
    /// The id of the host chain, as usual for local development chains.
    package static let chainID: UInt64 = 31_337
    /// The contracts' addresses: the last bytes of hashes. They have code only on this chain.
    package static let bridge = EthereumAddress(hash160(Bytes("coord devnet bridge".utf8)))
    package static let validator = EthereumAddress(hash160(Bytes("coord devnet validator".utf8)))

    private static let firstBlock: UInt64 = 20
    /// The number of blocks between a request's arrival and its odd window, so that it is settled and old enough by
    /// then.
    private static let requestLead: UInt64 = 14
    private static let walletFunds: UInt64 = 500_000_000
    private static let requestAmount: UInt64 = 1_000_000

    /// The profile of the network: `devnet` with its own contracts.
    package static let profile: ProtocolProfile = {
        var profile = ProtocolProfile.devnet
        profile.bridge = bridge
        profile.proposalValidator = validator
        return profile
    }()

    /// The output that funds each wallet at the start.
    package nonisolated let funding: [MainUTXO]
    package private(set) var host: HostChainModel
    package private(set) var bitcoin: BitcoinModel
    private var keepers: [BridgeKeeper]
    private let wallets: [WalletPublicKeyHash]
    private let ethereum = EthereumEndpoint(
        chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, validator: DevNetChains.validator)
    private let core = BitcoinEndpoint()

    /// Makes both chains with funded, registered wallets; there must be at least one. `time` is the Unix time in
    /// seconds of the first blocks.
    package init(wallets: [WalletIdentity], time: UInt64) {
        guard let funds = Satoshis(Self.walletFunds) else { preconditionFailure("5 bitcoin are an amount") }
        let (funded, chain) = FundedWallet.chain(funding: wallets, with: funds, time: UInt32(clamping: time))
        var bitcoin = chain
        for _ in 0..<6 { bitcoin.mine() }
        var keepers = funded.map { $0.keeper(confirmations: Self.profile.settleConfirmations) }
        var host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(time), blockSeconds: Self.profile.blockSeconds)
        host.mine(funded.map { $0.registration(id: sha256($0.identity.hash.bytes)) })
        let hashes = wallets.map(\.hash)
        while host.headNumber.rawValue < Self.firstBlock {
            host.mine(Self.due(after: host.headNumber, bitcoin, &keepers, hashes))
        }
        self.wallets = hashes
        funding = funded.map(\.mainUTXO)
        self.bitcoin = bitcoin
        self.keepers = keepers
        self.host = host
    }

    /// Makes the next host block with the calls that are due in it.
    package func tickHost() { host.mine(Self.due(after: host.headNumber, bitcoin, &keepers, wallets)) }

    /// Makes the next Bitcoin block.
    package func tickBitcoin() { bitcoin.mine() }

    /// Answers an Ethereum JSON-RPC call.
    ///
    /// - Throws: ``RPCError`` for an unknown method, parameters that it does not take, an unknown block, and a call
    ///   that reverts.
    package func ethereum(_ method: String, _ parameters: [JSON]) throws(RPCError) -> JSON {
        try ethereum.answer(method, parameters, host)
    }

    /// Answers a Bitcoin Core JSON-RPC call.
    ///
    /// - Throws: ``RPCError`` for an unknown method, parameters that it does not take, an object that is not found, and
    ///   a refused transaction.
    package func core(_ method: String, _ parameters: [JSON]) throws(RPCError) -> JSON {
        try core.answer(method, parameters, &bitcoin)
    }

    /// The calls of the next block.
    private static func due(
        after head: BlockNumber, _ bitcoin: BitcoinModel, _ keepers: inout [BridgeKeeper],
        _ wallets: [WalletPublicKeyHash]
    ) -> [HostChainModel.Call] {
        var calls: [HostChainModel.Call] = []
        let (window, offset) = (head.rawValue + 1 + requestLead).quotientAndRemainder(dividingBy: profile.frequency)
        if offset == 0, !window.isMultiple(of: 2) { calls = wallets.map { request(window: window, of: $0) } }
        for place in keepers.indices {
            if let completion = keepers[place].call(bitcoin) { calls.append(completion) }
        }
        return calls
    }

    /// Makes a redemption request with a different script, of a different kind, each time.
    private static func request(window: UInt64, of wallet: WalletPublicKeyHash) -> HostChainModel.Call {
        var seed = Bytes("devnet redeemer".utf8)
        seed.append(wallet)
        seed.append(bigEndian: window)
        let digest = sha256(seed)
        let script: Script =
            switch window / 2 % 3 {
            case 0: .p2wpkh(hash160(seed))
            case 1: .p2pkh(hash160(seed))
            default: .p2wsh(digest)
            }
        return .request(
            wallet, script: script.bytes, redeemer: EthereumAddress(hash160(digest.bytes)),
            amount: Self.requestAmount)
    }
}
