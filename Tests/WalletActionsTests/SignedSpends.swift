import Bitcoin
import Coordination
import Primitives
import Secp256k1

@testable import WalletActions

extension ScriptedChain {
    /// Signs an assembled action with the wallet's own key.
    func signatures(_ action: AssembledAction) -> [SchnorrSignature] {
        let key = Self.walletKey()
        return action.inputs.map { key.signSchnorr(message: $0.message.bytes, auxiliary: .zero) }
    }

    /// A spend of the main UTXO that pays these outputs, signed with the wallet's key.
    func spend(_ outputs: [TxOutput]) -> Transaction {
        let unsigned = Transaction(
            version: 1, inputs: [TxInput(outPoint: existingMain.outPoint, sequence: 0xffff_fffd)], outputs: outputs,
            lockTime: 0)
        return signed(unsigned, spent: [existingMain.output])
    }

    /// Signs every input with the wallet's key, by taproot key path.
    func signed(_ unsigned: Transaction, spent: [TxOutput]) -> Transaction {
        let key = Self.walletKey()
        let unlockings = unsigned.inputs.indices.map { index in
            guard let digest = try? Sighash.digest(of: unsigned, input: index, spent: spent) else {
                preconditionFailure("a taproot input has a digest")
            }
            return Unlocking.taprootKeyPath(key.signSchnorr(message: digest.bytes, auxiliary: .zero))
        }
        return unsigned.unlocked(by: unlockings)
    }

    /// A record of a redemption of this wallet, made as the node makes it.
    mutating func record(
        _ proposal: Proposal, window: BlockNumber = open, in states: ActionRecord.State...
    ) throws -> ActionRecord {
        let assembled = try assemble(proposal)
        let begin = window.adding(profile.activePhase + profile.passivePhase)
        let expiry = begin.adding(profile.redemptionValidity)
        guard let digest = ProposalDigest(sha256(proposal.encoded).bytes) else {
            preconditionFailure("a digest has 32 bytes")
        }
        var record = assembled.record(
            digest: digest, coordinationBlock: window,
            deadline: expiry.subtracting(profile.signingMargin), expiry: expiry)
        for state in states {
            guard let next = record.moved(to: state) else { throw UnknownStep(from: record.state, to: state) }
            record = next
        }
        return record
    }
}

/// A step that a record cannot take.
struct UnknownStep: Error {
    let from: ActionRecord.State
    let to: ActionRecord.State
}
