package import Coordination
package import Node
package import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

/// Replays a window of a real node from its bundle, on the machine that the node ran: unchanged, bit for bit, or with
/// what-ifs (docs/simulation.md).
///
/// Only this node is replayed; the chains and the other operators send what the record holds. The bundle holds no
/// secret: results that needed one are taken from the record (``RecordedSecrets``).
package struct Replay: Sendable {
    /// The reason that a readable bundle cannot be replayed.
    package enum Failure: Error, Hashable, Sendable {
        /// The profile breaks one of its own rules.
        case profile(ProtocolProfile.Rule)
        /// The seats of the wallet at this position, counted from 1, do not fit its key, or the operator has none of
        /// them.
        case wallet(Int)
        /// The line does not follow from the previous one: it is unreadable, out of order, or has events of another
        /// block.
        case line(Int)
        /// The event with this sequence does not follow the previous one.
        case event(UInt64)
        /// The edit does not fit the bundle.
        case edit(ReplayEdit.Failure)
    }

    /// An occurrence in a replay, in words.
    package struct Remark: Sendable {
        package let line: Int
        package let block: BlockNumber
        /// The time in milliseconds of the process's clock.
        package let time: UInt64
        package let text: String
    }

    /// The first place where a replay and its record differ.
    package struct Difference: Hashable, Sendable {
        package let line: Int
        package let block: BlockNumber
        /// The event's sequence in the ledger; nil for sent messages, and for events that only the replay has.
        package let sequence: UInt64?
        /// A description of the recorded item.
        package let written: String
        /// A description of the replayed item.
        package let played: String
    }

    /// The result of a replay.
    package struct Result: Sendable {
        package var inputs = 0
        package var events = 0
        package var envelopes = 0
        /// The first difference; nil where all is equal.
        package var difference: Difference?
        /// Lines with a difference about windows that opened before the bundle begins; the bundle does not hold all of
        /// those.
        package var inherited = 0
        /// The window's outcome in the replay; nil without one.
        package var outcome: Outcome?
        /// The window's outcome in the record.
        package var recorded: Outcome?
        /// SHA-256 over the events, each as block and encoding, and the envelopes, in order.
        package var digest = Hash32.zero
    }

    package let bundle: WindowBundle
    let edits: [ReplayEdit]
    let wallets: [HeldWallet]
    let profiles: ProfileSchedule
    let recorded: RecordedSecrets
    let fates: [ReplayTurn.Fate]
    /// The bundle holds the windows from this block on from their beginning.
    let whole: BlockNumber

    /// Takes a bundle and the what-ifs; without what-ifs the replay is unchanged.
    ///
    /// - Throws: ``Failure`` where the bundle cannot be replayed, and for the first edit that does not fit it.
    package init(_ bundle: WindowBundle, edits: [ReplayEdit] = []) throws(Failure) {
        self.bundle = bundle
        self.edits = edits
        do throws(ProfileSchedule.Failure) {
            _ = try ProfileSchedule(first: bundle.profile)
        } catch {
            guard case .brokenRule(let rule, _) = error else {
                preconditionFailure("a schedule of one profile breaks no rule of schedules: \(error)")
            }
            throw .profile(rule)
        }
        var wallets: [HeldWallet] = []
        for (place, wallet) in bundle.wallets.enumerated() {
            guard let held = HeldWallet(played: wallet, by: bundle.me) else { throw .wallet(place + 1) }
            wallets.append(held)
        }
        self.wallets = wallets
        let turns = try ReplayTurn.turns(of: bundle)
        do throws(ReplayEdit.Failure) {
            let profile = try ReplayEdit.profile(bundle.profile, edits)
            guard let schedule = try? ProfileSchedule(first: profile) else {
                preconditionFailure("the profile was checked")
            }
            profiles = schedule
            fates = try ReplayTurn.edited(turns, edits, bundle)
        } catch {
            throw .edit(error)
        }
        if case .started? = turns.first?.step {
            whole = BlockNumber(0)
        } else {
            let frequency = bundle.profile.frequency
            whole = turns.first.map { BlockNumber(($0.block.rawValue / frequency &+ 1) &* frequency) } ?? BlockNumber(0)
        }
        recorded = RecordedSecrets(bundle)
    }

    /// The lines with their numbers, in words.
    package var lines: [Remark] {
        bundle.lines.enumerated().map { place, line in
            Remark(
                line: place + 1, block: line.block, time: line.time,
                text: (try? JournalStep(decoding: line.body))?.summary ?? "unreadable")
        }
    }

    /// Replays the bundle from its first line to its last.
    package func play(_ tell: (Remark) -> Void = { _ in }) -> Result {
        let player = ReplayPlayer(self)
        for (place, fate) in fates.enumerated() { player.play(fate, ahead: fates[(place + 1)...], tell) }
        return player.ending
    }
}

extension HeldWallet {
    /// A wallet of an operator that has its seats but not their shares. The shares are stand-ins, with which nothing is
    /// computed.
    fileprivate init?(played wallet: WindowBundle.Wallet, by me: EthereumAddress) {
        let identity = wallet.identity
        guard wallet.seats.count == wallet.key.seatCount,
            let group = try? SigningGroup(wallet: identity.hash, seats: wallet.seats, threshold: wallet.key.threshold),
            let standIn = try? ThresholdKey(
                groupKey: .generator, publicShares: wallet.seats.map { _ in .generator }, threshold: 1)
        else { return nil }
        var shares: [HeldShare] = []
        for seat in group.seats(of: me) {
            var one = Bytes(repeating: 0, count: 31) + [1]
            guard let share = try? SecretShare(SecretBytes(wiping: &one), seat: seat, of: standIn) else { return nil }
            shares.append(HeldShare(share))
        }
        guard !shares.isEmpty else { return nil }
        self.init(identity: identity, group: group, key: wallet.key, shares: shares)
    }
}
