package import Coordination
package import Primitives
package import Secp256k1

/// The inputs of rules besides the chains: the profile, the wallet, the window, and our own records.
package struct ActionContext: Sendable {
    package let profile: ProtocolProfile
    package let wallet: WalletIdentity
    package let group: SigningGroup
    package let window: CoordinationWindow
    /// The block of all reads: `open` to generate and validate, `begin` to execute.
    package let block: HostBlock
    /// Our records of the wallet that are not done.
    package let records: [ActionRecord]
    /// Requests that are known to be over; all others are read again.
    package let closedRedemptions: ClosedRedemptions
    /// Main UTXOs found before, by their hash on the host chain: a hash names one output for ever.
    package let knownUTXOs: [Hash32: MainUTXO]
    /// The last block of another action of the wallet that is in progress; nil if there is none.
    package let busyUntil: BlockNumber?
    /// Checks the signatures of the wallet on Bitcoin.
    package let schnorr: any SchnorrVerification

    /// Gathers the inputs of rules.
    package init(
        profile: ProtocolProfile, wallet: WalletIdentity, group: SigningGroup, window: CoordinationWindow,
        block: HostBlock, records: [ActionRecord], closedRedemptions: ClosedRedemptions = ClosedRedemptions(),
        knownUTXOs: [Hash32: MainUTXO] = [:], busyUntil: BlockNumber?,
        schnorr: any SchnorrVerification = CurveVerification()
    ) {
        self.profile = profile
        self.wallet = wallet
        self.group = group
        self.window = window
        self.block = block
        self.records = records
        self.closedRedemptions = closedRedemptions
        self.knownUTXOs = knownUTXOs
        self.busyUntil = busyUntil
        self.schnorr = schnorr
    }

    /// The timestamp of the block that is read, never a clock.
    var now: UnixTime { block.timestamp }

    /// The last block whose events a proposal may name (`settledDepth` below `open`).
    var settled: BlockNumber { window.start.subtracting(profile.settledDepth) }

    /// Whether the request of an event is to be checked: settled, and not known to be over.
    func mayBePending(_ event: RedemptionRequestedEvent) -> Bool {
        event.block <= settled && !closedRedemptions.contains(event, at: block.number)
    }

    /// The seconds between two windows by the host chain's block time.
    var windowSeconds: UInt64 { profile.frequency.multipliedSaturating(by: profile.blockSeconds) }

    /// The end block of the window.
    var begin: BlockNumber { window.endBlock(profile) }
}
