/// Keccak-256 with the original padding, as Ethereum uses it (not SHA3-256). The crypto library does not have it.
package func keccak256(_ bytes: Bytes) -> Hash32 {
    let rate = 136
    var state = KeccakState(repeating: 0)
    bytes.withUnsafeBytes { message in
        var start = 0
        while message.count - start >= rate {
            absorb(UnsafeRawBufferPointer(rebasing: message[start..<start + rate]), into: &state)
            permute(&state)
            start += rate
        }
        withUnsafeTemporaryAllocation(byteCount: rate, alignment: 8) { last in
            last.initializeMemory(as: UInt8.self, repeating: 0)
            last.copyMemory(from: UnsafeRawBufferPointer(rebasing: message[start...]))
            last[message.count - start] = 0x01
            last[rate - 1] |= 0x80
            absorb(UnsafeRawBufferPointer(last), into: &state)
        }
    }
    permute(&state)
    return Hash32(
        bigEndianWords: state[0].byteSwapped, state[1].byteSwapped, state[2].byteSwapped, state[3].byteSwapped)
}

private typealias KeccakState = InlineArray<25, UInt64>

private func absorb(_ block: UnsafeRawBufferPointer, into state: inout KeccakState) {
    for lane in 0..<block.count / 8 {
        state[lane] ^= UInt64(littleEndian: block.loadUnaligned(fromByteOffset: 8 * lane, as: UInt64.self))
    }
}

private func permute(_ a: inout KeccakState) {
    for round in KeccakTables.roundConstants.indices {
        // theta
        let c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20]
        let c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21]
        let c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22]
        let c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23]
        let c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24]
        let d0 = c4 ^ rotate(c1, 1)
        let d1 = c0 ^ rotate(c2, 1)
        let d2 = c1 ^ rotate(c3, 1)
        let d3 = c2 ^ rotate(c4, 1)
        let d4 = c3 ^ rotate(c0, 1)
        for row in 0..<5 {
            a[5 * row] ^= d0
            a[5 * row + 1] ^= d1
            a[5 * row + 2] ^= d2
            a[5 * row + 3] ^= d3
            a[5 * row + 4] ^= d4
        }
        // rho and pi
        var moving = a[1]
        for step in KeccakTables.lanes.indices {
            let target = KeccakTables.lanes[step]
            let next = a[target]
            a[target] = rotate(moving, KeccakTables.rotations[step])
            moving = next
        }
        // chi
        for row in 0..<5 {
            let (b0, b1, b2, b3, b4) = (a[5 * row], a[5 * row + 1], a[5 * row + 2], a[5 * row + 3], a[5 * row + 4])
            a[5 * row] = b0 ^ (~b1 & b2)
            a[5 * row + 1] = b1 ^ (~b2 & b3)
            a[5 * row + 2] = b2 ^ (~b3 & b4)
            a[5 * row + 3] = b3 ^ (~b4 & b0)
            a[5 * row + 4] = b4 ^ (~b0 & b1)
        }
        // iota
        a[0] ^= KeccakTables.roundConstants[round]
    }
}

private func rotate(_ lane: UInt64, _ count: UInt64) -> UInt64 { lane &<< count | lane &>> (64 &- count) }

private enum KeccakTables {
    static let roundConstants: InlineArray<24, UInt64> = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
        0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
        0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
        0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
        0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
    static let rotations: InlineArray<24, UInt64> = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ]
    static let lanes: InlineArray<24, Int> = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ]
}
