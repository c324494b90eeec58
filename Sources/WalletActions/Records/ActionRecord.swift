package import Bitcoin
package import Coordination
package import Primitives

/// An operator's durable entry for one transaction, or one message, that it may sign (wallet-actions.md §12).
///
/// It keeps, for ever, every preimage with a released share. A step replaces the record by the next; each is a row.
package struct ActionRecord: Hashable, Sendable {
    /// A wallet's transaction by its unsigned id (for a message: its digest).
    package struct ID: Hashable, Comparable, Sendable {
        package let wallet: WalletPublicKeyHash
        package let unsigned: Hash32

        /// Makes the id of a record.
        package init(wallet: WalletPublicKeyHash, unsigned: Hash32) {
            self.wallet = wallet
            self.unsigned = unsigned
        }

        package static func < (left: ID, right: ID) -> Bool {
            (left.wallet, left.unsigned) < (right.wallet, right.unsigned)
        }
    }

    /// An input with the output that it spends and the digest that is signed for it.
    package struct Input: Hashable, Sendable {
        /// The spent output's place; nil for a message.
        package let outPoint: OutPoint?
        /// The output that is spent; nil for a message.
        package let spent: TxOutput?
        /// The digest that the wallet's key signs.
        package let message: Hash32

        /// Describes an input.
        package init(outPoint: OutPoint?, spent: TxOutput?, message: Hash32) {
            self.outPoint = outPoint
            self.spent = spent
            self.message = message
        }
    }

    /// The subject that the wallet's key signs.
    package enum Subject: Hashable, Sendable {
        /// A transaction, unsigned.
        case transaction(Transaction)
        /// A message's `hash256`; the record is over with its signature.
        case message(Bytes)

        /// The transaction; nil for a message.
        package var transaction: Transaction? {
            switch self {
            case .transaction(let transaction): transaction
            case .message: nil
            }
        }
    }

    /// The state of the transaction.
    package enum State: Hashable, Sendable {
        /// Built, its inputs locked; no share has left.
        case prepared
        /// Our first last-round share may have left.
        case releasing
        /// Every signature is present: the whole transaction's bytes (for a message the signature's).
        case signed(Bytes)
        /// A source shows it unconfirmed.
        case seen(Bytes)
        /// The transaction is in a block of the best chain.
        case mined(Bytes, height: UInt32, block: BlockHash)
        /// The transaction has enough confirmations.
        case settled(Bytes, height: UInt32, block: BlockHash)
        /// The Bridge shows its effect.
        case proven(Bytes)
        /// The Bridge's event is settled.
        case done(Bytes)
        /// Another spend of one of its inputs is deep.
        case conflicted
        /// Its time ended before any share of ours left, or without a signature. `released`: shares may have left.
        case expired(released: Bool)
    }

    package let id: ID
    package let proposal: ProposalDigest
    package let coordinationBlock: BlockNumber
    package let action: ActionKind
    /// The last block at which a share may leave.
    package let deadline: BlockNumber
    package let expiry: BlockNumber
    package let subject: Subject
    /// The bytes of the subject.
    package let unsigned: Bytes
    package let inputs: [Input]
    package let fee: UInt64
    package private(set) var state: State
    /// The number of the step; the first is 0.
    package private(set) var step: UInt32
    /// The signed transaction, as soon as it exists; nil for a message.
    package private(set) var signedTransaction: Transaction?

    /// Begins a record as `prepared`.
    package init(
        id: ID, proposal: ProposalDigest, coordinationBlock: BlockNumber, action: ActionKind, deadline: BlockNumber,
        expiry: BlockNumber, subject: Subject, inputs: [Input], fee: UInt64
    ) {
        let unsigned =
            switch subject {
            case .transaction(let transaction): transaction.encoded
            case .message(let message): message
            }
        self.init(
            id: id, proposal: proposal, coordinationBlock: coordinationBlock, action: action, deadline: deadline,
            expiry: expiry, subject: subject, unsigned: unsigned, inputs: inputs, fee: fee, state: .prepared, step: 0,
            signedTransaction: nil)
    }

    init(
        id: ID, proposal: ProposalDigest, coordinationBlock: BlockNumber, action: ActionKind, deadline: BlockNumber,
        expiry: BlockNumber, subject: Subject, unsigned: Bytes, inputs: [Input], fee: UInt64, state: State,
        step: UInt32, signedTransaction: Transaction?
    ) {
        self.id = id
        self.proposal = proposal
        self.coordinationBlock = coordinationBlock
        self.action = action
        self.deadline = deadline
        self.expiry = expiry
        self.subject = subject
        self.unsigned = unsigned
        self.inputs = inputs
        self.fee = fee
        self.state = state
        self.step = step
        self.signedTransaction = signedTransaction
    }

    /// The unsigned transaction; nil for a message.
    package var transaction: Transaction? { subject.transaction }

    /// The wallet of the record.
    package var wallet: WalletPublicKeyHash { id.wallet }

    /// The record after its next step; nil where this state cannot follow the present one.
    package func moved(to next: State) -> ActionRecord? {
        guard state.mayBecome(next) else { return nil }
        var record = self
        record.state = next
        record.step += 1
        if case .transaction = subject, record.signedBytes != signedBytes {
            record.signedTransaction = record.signedBytes.map(Self.decoded)
        }
        return record
    }

    /// The record for another agreement on the same transaction (the sticky rule of wallet-actions.md §8). Shares may
    /// have left for it before, so a record in `releasing` stays there. nil where it can no longer be signed.
    package func renewed(
        proposal: ProposalDigest, coordinationBlock: BlockNumber, deadline: BlockNumber, expiry: BlockNumber
    ) -> ActionRecord? {
        let next: State
        switch state {
        case .prepared, .expired(released: false): next = .prepared
        case .releasing, .expired(released: true): next = .releasing
        case .signed, .seen, .mined, .settled, .proven, .done, .conflicted: return nil
        }
        return ActionRecord(
            id: id, proposal: proposal, coordinationBlock: coordinationBlock, action: action, deadline: deadline,
            expiry: expiry, subject: subject, unsigned: unsigned, inputs: inputs, fee: fee, state: next, step: step + 1,
            signedTransaction: nil)
    }

    private static func decoded(_ bytes: Bytes) -> Transaction {
        do {
            return try Transaction(decoding: bytes)
        } catch {
            preconditionFailure("a record holds the bytes of transactions that were built or checked: \(error)")
        }
    }

    /// The signed bytes, as soon as they exist.
    package var signedBytes: Bytes? { state.signedBytes }

    /// Whether the record can no longer change.
    package var isOver: Bool {
        switch state {
        case .done, .conflicted, .expired(released: false): true
        case .prepared, .releasing, .signed, .seen, .mined, .settled, .proven, .expired(released: true): false
        }
    }

    /// Whether another transaction that spends this output must wait (wallet-actions.md §12).
    ///
    /// A lock stands from `prepared` on. It ends when the record is conflicted, or expired before `releasing`, which
    /// happens by itself after `deadline`. Where shares may have left and no source ever showed the transaction, it
    /// ends at `expiry + signingMargin`.
    package func locks(_ outPoint: OutPoint, at block: BlockNumber, signingMargin: UInt64) -> Bool {
        guard inputs.contains(where: { $0.outPoint == outPoint }) else { return false }
        switch state {
        case .prepared: return block <= deadline
        case .signed, .seen, .mined, .settled, .proven, .done: return true
        case .releasing, .expired(released: true): return block < expiry.adding(signingMargin)
        case .conflicted, .expired(released: false): return false
        }
    }
}

extension ActionRecord.State {
    /// The signed bytes, as soon as they exist.
    var signedBytes: Bytes? {
        switch self {
        case .signed(let bytes), .seen(let bytes), .mined(let bytes, _, _), .settled(let bytes, _, _),
            .proven(let bytes), .done(let bytes):
            bytes
        case .prepared, .releasing, .conflicted, .expired: nil
        }
    }

    /// Whether a step exists: forward, back by a reorganisation, or aside by a conflict.
    fileprivate func mayBecome(_ next: ActionRecord.State) -> Bool {
        switch (self, next) {
        case (.prepared, .releasing), (.prepared, .signed), (.prepared, .expired(released: false)): true
        case (.releasing, .signed), (.releasing, .expired(released: true)): true
        // A set of signatures that was completed late from shares already sent is still used (§10, step 5).
        case (.expired(released: true), .signed), (.expired(released: false), .signed): true
        case (.signed, .seen), (.signed, .mined): true
        case (.seen, .mined), (.seen, .signed): true
        case (.mined, .mined), (.mined, .settled), (.mined, .seen), (.mined, .signed): true
        case (.settled, .proven), (.settled, .mined), (.settled, .seen), (.settled, .signed): true
        case (.proven, .done), (.proven, .settled): true
        // A message is over with its signature.
        case (.signed, .done): true
        case (.done, _), (.conflicted, _): false
        case (_, .conflicted): true
        default: false
        }
    }
}
