/// RIPEMD-160 of the bytes (Dobbertin, Bosselaers, Preneel 1996). The crypto library does not have it.
package func ripemd160(_ bytes: Bytes) -> Hash20 {
    var message = bytes
    message.append(0x80)
    while message.count % 64 != 56 { message.append(0) }
    message.append(littleEndian: UInt64(bytes.count) &* 8)

    var h: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    for start in stride(from: 0, to: message.count, by: 64) {
        var words = [UInt32](repeating: 0, count: 16)
        for index in 0..<64 { words[index >> 2] |= UInt32(message[start + index]) << UInt32(8 * (index & 3)) }
        let left = line(h, words, RIPEMDTables.left)
        let right = line(h, words, RIPEMDTables.right)
        h = [
            h[1] &+ left[2] &+ right[3], h[2] &+ left[3] &+ right[4], h[3] &+ left[4] &+ right[0],
            h[4] &+ left[0] &+ right[1], h[0] &+ left[1] &+ right[2],
        ]
    }
    var digest = Bytes()
    for word in h { digest.append(littleEndian: word) }
    guard let hash = Hash20(digest) else { preconditionFailure("five 32-bit words are 20 bytes") }
    return hash
}

private func line(_ h: [UInt32], _ words: [UInt32], _ table: RIPEMDTables.Line) -> [UInt32] {
    var (a, b, c, d, e) = (h[0], h[1], h[2], h[3], h[4])
    for step in 0..<80 {
        let round = step / 16
        let f: UInt32 =
            switch table.functions[round] {
            case 0: b ^ c ^ d
            case 1: (b & c) | (~b & d)
            case 2: (b | ~c) ^ d
            case 3: (b & d) | (c & ~d)
            default: b ^ (c | ~d)
            }
        let sum = a &+ f &+ words[table.words[step]] &+ table.constants[round]
        let shift = table.shifts[step]
        (a, e, d, c, b) = (e, d, c << 10 | c >> 22, b, (sum << shift | sum >> (32 - shift)) &+ e)
    }
    return [a, b, c, d, e]
}

private enum RIPEMDTables {
    struct Line: Sendable {
        let functions: [Int]
        let constants: [UInt32]
        let words: [Int]
        let shifts: [UInt32]
    }

    static let left = Line(
        functions: [0, 1, 2, 3, 4],
        constants: [0, 0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xa953_fd4e],
        words: [
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
            7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
            3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
            1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
            4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
        ],
        shifts: [
            11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
            7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
            11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
            11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
            9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
        ])

    static let right = Line(
        functions: [4, 3, 2, 1, 0],
        constants: [0x50a2_8be6, 0x5c4d_d124, 0x6d70_3ef3, 0x7a6d_76e9, 0],
        words: [
            5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
            6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
            15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
            8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
            12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
        ],
        shifts: [
            8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
            9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
            9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
            15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
            8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
        ])
}
