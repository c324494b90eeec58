package import Primitives

/// The place of an output: the transaction that made it and its position in that transaction.
package struct OutPoint: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The outpoint in a coinbase's input. It refers to no output.
    package static let null = OutPoint(txid: Txid(.zero), index: .max)

    static let byteCount = 36

    /// The transaction that made the output.
    package let txid: Txid
    /// The position among the transaction's outputs, from 0.
    package let index: UInt32

    /// Makes the outpoint of an output.
    package init(txid: Txid, index: UInt32) {
        self.txid = txid
        self.index = index
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        txid = Txid(try reader.fixed(Hash32.self))
        index = try reader.littleEndian(UInt32.self)
    }

    /// The encoding in 36 bytes: the txid in internal order, the index least significant byte first.
    package var encoded: Bytes {
        var bytes = txid.bytes
        bytes.append(littleEndian: index)
        return bytes
    }

    /// The txid in display order, a colon and the index.
    package var description: String { "\(txid):\(index)" }

    package static func < (left: OutPoint, right: OutPoint) -> Bool {
        (left.txid, left.index) < (right.txid, right.index)
    }
}
