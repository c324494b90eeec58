package import Coordination
package import Node
package import Primitives
import Secp256k1
import ThresholdSigning
import WalletActions

/// A window of a real node played again from its bundle, on the machine that the node ran: as it was, bit for bit, or with
/// what-ifs (docs/simulation.md).
///
/// Only this node is played: the chains and the other operators say what they said. The bundle holds no secret; what took
/// one is played back (``RecordedSecrets``).
package struct Replay: Sendable {
    /// Why a bundle that could be read cannot be played.
    package enum Failure: Error, Hashable, Sendable {
        /// The profile breaks a rule of its own.
        case profile(ProtocolProfile.Rule)
        /// The wallet in this place, from 1, has no seats that fit its key, or none of the operator.
        case wallet(Int)
        /// The line does not follow from the one before: of no line, out of order, or with events of another block.
        case line(Int)
        /// The event with this sequence does not follow the one before.
        case event(UInt64)
        /// The edit does not fit the bundle.
        case edit(ReplayEdit.Failure)
    }

    /// Something that happened in a play, in words.
    package struct Remark: Sendable {
        package let line: Int
        package let block: BlockNumber
        /// Milliseconds of the process's clock.
        package let time: UInt64
        package let text: String
    }

    /// Where a play and its record are not the same.
    package struct Difference: Hashable, Sendable {
        package let line: Int
        package let block: BlockNumber
        /// The event's sequence in the ledger; nil for what was sent, and for what is only in the play.
        package let sequence: UInt64?
        /// What the record has there, in words.
        package let written: String
        /// What the play has there.
        package let played: String
    }

    /// What came of a play.
    package struct Result: Sendable {
        package var inputs = 0
        package var events = 0
        package var envelopes = 0
        /// The first one; nil where all is equal.
        package var difference: Difference?
        /// Lines whose difference is about windows opened before the bundle begins: not all of those is in it.
        package var inherited = 0
        /// How the window ended in the play; nil where it did not.
        package var outcome: Outcome?
        /// How it ended in the record.
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
    /// Windows from this block on are in the bundle from their beginning.
    let whole: BlockNumber

    /// Takes a bundle and the what-ifs, none for a play of what was.
    ///
    /// - Throws: ``Failure`` where the bundle cannot be played, and for the first edit that does not fit it.
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

    /// Plays the bundle from its first line to its last.
    package func play(_ tell: (Remark) -> Void = { _ in }) -> Result {
        let player = ReplayPlayer(self)
        for (place, fate) in fates.enumerated() { player.play(fate, ahead: fates[(place + 1)...], tell) }
        return player.ending
    }
}

extension HeldWallet {
    /// A wallet as an operator holds it that has its seats but not their shares: stand-ins, with which nothing is computed.
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
