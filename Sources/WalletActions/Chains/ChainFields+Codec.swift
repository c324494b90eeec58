package import Bitcoin
package import Coordination
package import Primitives

extension Array where Element == UInt8 {
    /// Appends a block as verdicts and reads name it: number and hash.
    package mutating func append(_ block: BlockReference) {
        append(bigEndian: block.number.rawValue)
        append(block.hash)
    }

    /// Appends a host block: number, hash, parent, time.
    package mutating func append(_ block: HostBlock) {
        append(block.reference)
        append(block.parentHash)
        append(bigEndian: block.timestamp.seconds)
    }

    /// Appends the place of an output: the txid in internal order, the index.
    package mutating func append(_ outPoint: OutPoint) {
        append(outPoint.txid.hash)
        append(bigEndian: outPoint.index)
    }

    /// Appends an output: its value, its script.
    package mutating func append(_ output: TxOutput) {
        append(bigEndian: output.value.rawValue)
        append(counted: output.script.bytes)
    }
}

extension ByteReader {
    /// Reads a block as verdicts and reads name it.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a number that no chain reaches.
    package mutating func blockRead() throws(DecodingFailure) -> BlockReference {
        BlockReference(number: try blockNumber(), hash: try fixed())
    }

    /// Reads a host block.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a number or time that no block reaches.
    package mutating func hostBlock() throws(DecodingFailure) -> HostBlock {
        HostBlock(
            number: try blockNumber(), hash: try fixed(), parentHash: try fixed(),
            timestamp: try unixTime())
    }

    /// Reads a height of the Bitcoin chain.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for one above 2^31 - 1, which Bitcoin Core cannot
    ///   have.
    package mutating func bitcoinHeight() throws(DecodingFailure) -> UInt32 {
        let height: UInt32 = try bigEndian()
        guard height <= Int32.max else { throw .value(field: "height") }
        return height
    }

    /// Reads the place of an output.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early.
    package mutating func outPoint() throws(DecodingFailure) -> OutPoint {
        OutPoint(txid: Txid(try fixed()), index: try bigEndian())
    }

    /// Reads an output: its value, its script.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, and for a value above 21·10^14.
    package mutating func output() throws(DecodingFailure) -> TxOutput {
        guard let value = Satoshis(try bigEndian()) else { throw .value(field: "value") }
        return TxOutput(value: value, script: Script(try counted()))
    }
}
