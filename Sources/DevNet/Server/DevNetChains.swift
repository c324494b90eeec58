import Bitcoin
package import ChainModels
package import Coordination
import Ethereum
package import Primitives
package import WalletActions

/// The two chains of a development network with their clocks: what is to happen, and when (docs/cli.md).
///
/// The host chain starts at block 20 with its history: the wallet is registered and the first redemption requested. A
/// request arrives before every odd window, so that even windows show the heartbeat.
package actor DevNetChains {
    /// The id of the host chain, as local development chains have it.
    package static let chainID: UInt64 = 31_337
    /// The contracts' addresses: the last bytes of hashes, with code only here.
    package static let bridge = EthereumAddress(hash160(Bytes("coord devnet bridge".utf8)))
    package static let validator = EthereumAddress(hash160(Bytes("coord devnet validator".utf8)))

    private static let firstBlock: UInt64 = 20
    /// How many blocks before an odd window its request arrives: settled and old enough when the window opens.
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

    /// The output that funds the wallet at the start.
    package nonisolated let funding: MainUTXO
    package private(set) var host: HostChainModel
    package private(set) var bitcoin: BitcoinModel
    private var keeper: BridgeKeeper
    private let wallet: WalletIdentity
    private let ethereum = EthereumEndpoint(
        chainID: DevNetChains.chainID, bridge: DevNetChains.bridge, validator: DevNetChains.validator)
    private let core = BitcoinEndpoint()

    /// Makes both chains with a funded, registered wallet. `time` is Unix seconds of the first blocks.
    package init(wallet: WalletIdentity, time: UInt64) {
        self.wallet = wallet
        guard let funds = Satoshis(Self.walletFunds) else { preconditionFailure("5 bitcoin are an amount") }
        let output = TxOutput(value: funds, script: wallet.outputScript)
        var bitcoin = BitcoinModel(genesis: output, time: UInt32(clamping: time))
        let funding = OutPoint(txid: bitcoin.blocks[0].transactions[0].txid, index: 0)
        for _ in 0..<6 { bitcoin.mine() }
        var keeper = BridgeKeeper(
            wallet: wallet.hash, ownScript: wallet.outputScript, mainUTXO: funding,
            confirmations: Self.profile.settleConfirmations)
        var host = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(time), blockSeconds: Self.profile.blockSeconds)
        let utxo = MainUTXO(outPoint: funding, output: output)
        self.funding = utxo
        host.mine([.register(wallet.hash, id: sha256(wallet.hash.bytes), mainUtxoHash: utxo.hash)])
        while host.head.block.number.rawValue < Self.firstBlock {
            host.mine(Self.due(after: host, bitcoin, &keeper, wallet))
        }
        self.bitcoin = bitcoin
        self.keeper = keeper
        self.host = host
    }

    /// Makes the next host block with what is due in it.
    package func tickHost() { host.mine(Self.due(after: host, bitcoin, &keeper, wallet)) }

    /// Makes the next Bitcoin block.
    package func tickBitcoin() { bitcoin.mine() }

    /// Answers an Ethereum JSON-RPC call.
    package func ethereum(_ method: String, _ parameters: [JSON]) throws(RPCError) -> JSON {
        try ethereum.answer(method, parameters, host)
    }

    /// Answers a Bitcoin Core JSON-RPC call.
    package func core(_ method: String, _ parameters: [JSON]) throws(RPCError) -> JSON {
        try core.answer(method, parameters, &bitcoin)
    }

    /// The calls of the next block.
    private static func due(
        after host: HostChainModel, _ bitcoin: BitcoinModel, _ keeper: inout BridgeKeeper, _ wallet: WalletIdentity
    ) -> [HostChainModel.Call] {
        var calls: [HostChainModel.Call] = []
        let start = host.head.block.number.rawValue + 1 + requestLead
        if start.isMultiple(of: profile.frequency), !(start / profile.frequency).isMultiple(of: 2) {
            calls.append(request(window: start / profile.frequency, of: wallet))
        }
        if let completion = keeper.call(bitcoin) { calls.append(completion) }
        return calls
    }

    /// Somebody wants to be paid: another script and another kind of it each time.
    private static func request(window: UInt64, of wallet: WalletIdentity) -> HostChainModel.Call {
        var seed = Bytes("devnet redeemer".utf8)
        seed.append(bigEndian: window)
        let digest = sha256(seed)
        let script: Script =
            switch window / 2 % 3 {
            case 0: .p2wpkh(hash160(seed))
            case 1: .p2pkh(hash160(seed))
            default: .p2wsh(digest)
            }
        return .request(
            wallet.hash, script: script.bytes, redeemer: EthereumAddress(hash160(digest.bytes)),
            amount: Self.requestAmount)
    }
}
