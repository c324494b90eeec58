import Bitcoin
import Coordination
import Primitives

/// What a valid proposal comes to.
struct ActionPlan {
    /// What the wallet is to sign.
    enum Subject {
        /// Nothing.
        case nothing
        /// The `hash256` of a message.
        case message(Bytes)
        /// A transaction, with the outputs that its inputs spend in order and its fee in satoshi.
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
