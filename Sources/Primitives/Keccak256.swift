/// Keccak-256 with the original padding, as Ethereum uses it (not SHA3-256; the library of primitives has none).
package func keccak256(_ bytes: Bytes) -> Hash32 {
    let rate = 136
    var message = bytes
    message.append(0x01)
    while !message.count.isMultiple(of: rate) { message.append(0) }
    message[message.count - 1] |= 0x80

    var state = [UInt64](repeating: 0, count: 25)
    for start in stride(from: 0, to: message.count, by: rate) {
        for index in 0..<rate { state[index >> 3] ^= UInt64(message[start + index]) << UInt64(8 * (index & 7)) }
        permute(&state)
    }
    var digest = Bytes()
    for lane in state[0..<4] { digest.append(littleEndian: lane) }
    guard let hash = Hash32(digest) else { preconditionFailure("four lanes are 32 bytes") }
    return hash
}

private func permute(_ state: inout [UInt64]) {
    state.withUnsafeMutableBufferPointer { a in
        var column: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        for constant in KeccakTables.roundConstants {
            // theta
            column.0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20]
            column.1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21]
            column.2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22]
            column.3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23]
            column.4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24]
            let d0 = column.4 ^ rotate(column.1, 1)
            let d1 = column.0 ^ rotate(column.2, 1)
            let d2 = column.1 ^ rotate(column.3, 1)
            let d3 = column.2 ^ rotate(column.4, 1)
            let d4 = column.3 ^ rotate(column.0, 1)
            for row in stride(from: 0, to: 25, by: 5) {
                a[row] ^= d0
                a[row + 1] ^= d1
                a[row + 2] ^= d2
                a[row + 3] ^= d3
                a[row + 4] ^= d4
            }
            // rho and pi
            var moving = a[1]
            for step in 0..<24 {
                let target = KeccakTables.lanes[step]
                let next = a[target]
                a[target] = rotate(moving, KeccakTables.rotations[step])
                moving = next
            }
            // chi
            for row in stride(from: 0, to: 25, by: 5) {
                let (b0, b1, b2, b3, b4) = (a[row], a[row + 1], a[row + 2], a[row + 3], a[row + 4])
                a[row] = b0 ^ (~b1 & b2)
                a[row + 1] = b1 ^ (~b2 & b3)
                a[row + 2] = b2 ^ (~b3 & b4)
                a[row + 3] = b3 ^ (~b4 & b0)
                a[row + 4] = b4 ^ (~b0 & b1)
            }
            // iota
            a[0] ^= constant
        }
    }
}

private func rotate(_ lane: UInt64, _ count: UInt64) -> UInt64 { lane << count | lane >> (64 - count) }

private enum KeccakTables {
    static let roundConstants: [UInt64] = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
        0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
        0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
        0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
        0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
    static let rotations: [UInt64] = [
        1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
    ]
    static let lanes: [Int] = [
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
    ]
}
