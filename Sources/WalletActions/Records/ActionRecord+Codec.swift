import Bitcoin
import Coordination
package import Primitives

extension ActionRecord {
    /// The canonical encoding in the ledger (docs/protocol/wire.md §7), integers big-endian, byte strings with a u32
    /// length in front.
    ///
    /// Wallet 20, unsigned id 32, proposal digest 32, coordination block u64, action u8, deadline u64, expiry u64, the
    /// unsigned bytes, the inputs with a u16 count, fee u64, step u32, state. An input is 0 and a digest 32, or 1, txid
    /// 32, index u32, value u64, script, digest 32. A state is 1 prepared, 2 releasing, 3 signed, 4 seen, 5 mined,
    /// 6 settled, 7 proven, 8 done, 9 conflicted, 10 expired, 11 expired with shares released; 3 to 8 are followed by
    /// the signed bytes, 5 and 6 then by height u32 and block hash 32.
    package var encoded: Bytes {
        var bytes = Bytes()
        bytes.append(id.wallet)
        bytes.append(id.unsigned)
        bytes.append(proposal)
        bytes.append(bigEndian: coordinationBlock.rawValue)
        bytes.append(action.rawValue)
        bytes.append(bigEndian: deadline.rawValue)
        bytes.append(bigEndian: expiry.rawValue)
        bytes.append(counted: unsigned)
        bytes.append(bigEndian: UInt16(inputs.count))
        for input in inputs {
            if let outPoint = input.outPoint, let spent = input.spent {
                bytes.append(1)
                bytes.append(outPoint)
                bytes.append(spent)
            } else {
                bytes.append(0)
            }
            bytes.append(input.message)
        }
        bytes.append(bigEndian: fee)
        bytes.append(bigEndian: step)
        switch state {
        case .prepared: bytes.append(1)
        case .releasing: bytes.append(2)
        case .signed(let signed):
            bytes.append(3)
            bytes.append(counted: signed)
        case .seen(let signed):
            bytes.append(4)
            bytes.append(counted: signed)
        case .mined(let signed, let height, let block):
            bytes.append(5)
            bytes.append(counted: signed)
            bytes.append(bigEndian: height)
            bytes.append(block.hash)
        case .settled(let signed, let height, let block):
            bytes.append(6)
            bytes.append(counted: signed)
            bytes.append(bigEndian: height)
            bytes.append(block.hash)
        case .proven(let signed):
            bytes.append(7)
            bytes.append(counted: signed)
        case .done(let signed):
            bytes.append(8)
            bytes.append(counted: signed)
        case .conflicted: bytes.append(9)
        case .expired(let released): bytes.append(released ? 11 : 10)
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let id = ID(wallet: try reader.fixed(), unsigned: try reader.fixed())
        let proposal: ProposalDigest = try reader.fixed()
        let coordinationBlock = try reader.writtenBlockNumber()
        guard let action = ActionKind(rawValue: try reader.byte()) else { throw .value(field: "action") }
        let deadline = try reader.writtenBlockNumber()
        let expiry = try reader.writtenBlockNumber()
        let unsigned = try reader.counted()
        let inputs = try reader.list { reader throws(DecodingFailure) in
            switch try reader.byte() {
            case 0: return Input(outPoint: nil, spent: nil, message: try reader.fixed())
            case 1:
                return Input(
                    outPoint: try reader.outPoint(), spent: try reader.output(), message: try reader.fixed())
            default: throw DecodingFailure.value(field: "input")
            }
        }
        let fee: UInt64 = try reader.bigEndian()
        let step: UInt32 = try reader.bigEndian()
        let state: State
        switch try reader.byte() {
        case 1: state = .prepared
        case 2: state = .releasing
        case 3: state = .signed(try reader.counted())
        case 4: state = .seen(try reader.counted())
        case 5:
            state = .mined(
                try reader.counted(), height: try reader.bitcoinHeight(), block: BlockHash(try reader.fixed()))
        case 6:
            state = .settled(
                try reader.counted(), height: try reader.bitcoinHeight(), block: BlockHash(try reader.fixed()))
        case 7: state = .proven(try reader.counted())
        case 8: state = .done(try reader.counted())
        case 9: state = .conflicted
        case 10: state = .expired(released: false)
        case 11: state = .expired(released: true)
        default: throw .value(field: "state")
        }
        try reader.finish()
        // A record's transactions must match its id.
        func transaction(_ bytes: Bytes, _ field: String) throws(DecodingFailure) -> Transaction {
            let transaction = try Transaction(decoding: bytes)
            guard transaction.unsignedID == id.unsigned else { throw .value(field: field) }
            return transaction
        }
        let subject: Subject
        var signed: Transaction?
        if inputs.contains(where: { $0.outPoint == nil }) {
            guard inputs.count == 1, hash256(unsigned) == id.unsigned else { throw .value(field: "unsigned") }
            subject = .message(unsigned)
        } else {
            subject = .transaction(try transaction(unsigned, "unsigned"))
            if let bytes = state.signedBytes { signed = try transaction(bytes, "signed") }
        }
        self.init(
            id: id, proposal: proposal, coordinationBlock: coordinationBlock, action: action, deadline: deadline,
            expiry: expiry, subject: subject, unsigned: unsigned, inputs: inputs, fee: fee, state: state, step: step,
            signedTransaction: signed)
    }
}
