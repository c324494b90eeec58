import Bitcoin
import ChainModels
import Coordination
import Ethereum
import Primitives
import Testing

/// The Bridge of networks of our own.
@Suite struct HostChainModelTests {
    @Test("A proof that names a request which is not pending changes nothing")
    func refusedProof() {
        let wallet = WalletPublicKeyHash(hash160([1]))
        var chain = HostChainModel(
            settings: BridgeState.Settings(), genesisTime: UnixTime(1_700_000_000), blockSeconds: 12)
        chain.mine([.register(wallet, id: .zero, mainUtxoHash: sha256([1]))])
        let script = Script.p2wpkh(hash160([2])).bytes
        chain.mine([.request(wallet, script: script, redeemer: .zero, amount: 1_000_000)])
        let before = chain.head.state
        let missing = Script.p2wpkh(hash160([3])).bytes
        let refused = chain.mine([
            .complete(wallet, scripts: [script, missing], mainUtxoHash: .zero, transaction: sha256([4]))
        ])
        #expect(refused.state == before && refused.events.isEmpty)
        let taken = chain.mine([
            .complete(wallet, scripts: [script], mainUtxoHash: sha256([5]), transaction: sha256([4]))
        ])
        #expect(taken.state.wallet(wallet).pendingRedemptionsValue == 0 && taken.events.count == 1)
    }
}
