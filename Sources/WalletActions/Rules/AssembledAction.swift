package import Bitcoin
package import Coordination
package import Primitives

/// An agreed action, built from the proposal and the chains alone (wallet-actions.md §10).
package struct AssembledAction: Hashable, Sendable {
    /// The data of one input to sign.
    package struct Input: Hashable, Sendable {
        /// The spent output's place; nil for a message.
        package let outPoint: OutPoint?
        /// The spent output; nil for a message.
        package let spent: TxOutput?
        package let message: Hash32
    }

    package let wallet: WalletIdentity
    package let proposal: Proposal
    package let fee: UInt64
    /// The identity before signing: `hash256` without witness and with empty input scripts; a message's digest.
    package let unsignedID: Hash32
    /// The subject that is signed.
    package let subject: ActionRecord.Subject
    package let inputs: [Input]

    /// Assembles a message: its `hash256` is signed, as a digest, once (wallet-actions.md §7).
    init(message: Bytes, proposal: Proposal, wallet: WalletIdentity) {
        let digest = hash256(message)
        self.wallet = wallet
        self.proposal = proposal
        fee = 0
        unsignedID = digest
        subject = .message(message)
        inputs = [Input(outPoint: nil, spent: nil, message: digest)]
    }

    /// The unsigned transaction; nil for a message.
    package var transaction: Transaction? { subject.transaction }

    /// Assembles a transaction: the digests of its inputs in order, by the output that each spends.
    init(
        _ transaction: Transaction, spent: [TxOutput], proposal: Proposal, fee: UInt64, wallet: WalletIdentity
    ) throws(RuleStop) {
        var inputs: [Input] = []
        do throws(SighashFailure) {
            let digests = try Sighash(transaction, spent: spent)
            for (index, input) in transaction.inputs.enumerated() {
                let message = try digests.digest(input: index)
                inputs.append(Input(outPoint: input.outPoint, spent: spent[index], message: message))
            }
        } catch {
            throw .fail(.txPrevouts, .cannotTell, found: "\(error)")
        }
        self.wallet = wallet
        self.proposal = proposal
        self.fee = fee
        unsignedID = transaction.unsignedID
        subject = .transaction(transaction)
        self.inputs = inputs
    }
}
