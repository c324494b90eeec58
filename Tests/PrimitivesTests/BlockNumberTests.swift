import Primitives
import Testing

/// Block numbers and moments saturate.
@Suite struct BlockNumberTests {
    /// Value, count, sum, difference.
    private static let cases: [(UInt64, UInt64, UInt64, UInt64)] = [
        (0, 0, 0, 0), (5, 3, 8, 2), (3, 5, 8, 0), (5, 5, 10, 0), (.max, 0, .max, .max), (.max, 1, .max, .max - 1),
        (.max - 1, 1, .max, .max - 2), (1, .max, .max, 0), (0, .max, .max, 0), (.max, .max, .max, 0),
    ]

    @Test("A block number never passes the largest, nor 0", arguments: cases)
    func blocks(value: UInt64, count: UInt64, sum: UInt64, difference: UInt64) {
        let block = BlockNumber(value)
        #expect(block.adding(count).rawValue == sum)
        #expect(block.subtracting(count).rawValue == difference)
        #expect(block.blocks(since: BlockNumber(count)) == difference)
        #expect((block < BlockNumber(count)) == (value < count))
        #expect((block == BlockNumber(count)) == (value == count))
        #expect(block.description == String(value))
    }

    @Test("A moment never passes the largest, nor 0", arguments: cases)
    func moments(value: UInt64, count: UInt64, sum: UInt64, difference: UInt64) {
        let moment = UnixTime(value)
        #expect(moment.adding(count).seconds == sum)
        #expect(moment.subtracting(count).seconds == difference)
        #expect((moment < UnixTime(count)) == (value < count))
        #expect((moment == UnixTime(count)) == (value == count))
        #expect(moment.description == String(value))
    }

    @Test(
        "From outside a number of a block, and a time, is at most 2^48 - 1",
        arguments: [
            (0, true), (1 << 48 - 1, true), (1 << 48, false), (1 << 63, false), (.max, false),
        ] as [(UInt64, Bool)])
    func outside(value: UInt64, isTaken: Bool) throws {
        #expect(BlockNumber(outside: value) == (isTaken ? BlockNumber(value) : nil))
        #expect(UnixTime(outside: value) == (isTaken ? UnixTime(value) : nil))
        var bytes = Bytes()
        bytes.append(bigEndian: value)
        var (number, time) = (ByteReader(bytes), ByteReader(bytes))
        if isTaken {
            #expect(try number.blockNumber() == BlockNumber(value))
            #expect(try time.unixTime() == UnixTime(value))
        } else {
            #expect(throws: DecodingFailure.value(field: "block number")) { try number.blockNumber() }
            #expect(throws: DecodingFailure.value(field: "time")) { try time.unixTime() }
        }
    }

    @Test("What is computed from a number from outside is read back, and nothing larger")
    func written() throws {
        for value in [0, 1 << 48 - 1, 1 << 48 + 1_000_000, 1 << 49, .max] as [UInt64] {
            var bytes = Bytes()
            bytes.append(bigEndian: value)
            var reader = ByteReader(bytes)
            if value < 1 << 49 {
                #expect(try reader.writtenBlockNumber() == BlockNumber(value))
            } else {
                #expect(throws: DecodingFailure.value(field: "block number")) { try reader.writtenBlockNumber() }
            }
        }
    }
}
