package import Coordination
package import Primitives

extension AssembledAction {
    /// Makes the record of the action as `prepared`. It must be stored before any message of the job leaves.
    package func record(
        digest: ProposalDigest, coordinationBlock: BlockNumber, deadline: BlockNumber, expiry: BlockNumber
    ) -> ActionRecord {
        ActionRecord(
            id: ActionRecord.ID(wallet: wallet.hash, unsigned: unsignedID), proposal: digest,
            coordinationBlock: coordinationBlock, action: proposal.action, deadline: deadline, expiry: expiry,
            subject: subject,
            inputs: inputs.map { ActionRecord.Input(outPoint: $0.outPoint, spent: $0.spent, message: $0.message) },
            fee: fee)
    }
}
