import Bitcoin
import Coordination
import Primitives

/// The result of a valid proposal.
struct ActionPlan {
    /// The subject that the wallet signs.
    enum Subject {
        /// The wallet signs nothing.
        case nothing
        /// The `hash256` of a message.
        case message(Bytes)
        /// A transaction, with its fee in satoshi and the outputs that its inputs spend, in order.
        case transaction(Transaction, spent: [TxOutput], fee: UInt64)
    }

    let subject: Subject
    /// The seats that must accept it.
    let agreementSeats: Int

    init(_ subject: Subject, _ context: ActionContext) {
        self.subject = subject
        agreementSeats = context.group.agreementSeats(withoutMainUTXO: false)
    }
}
