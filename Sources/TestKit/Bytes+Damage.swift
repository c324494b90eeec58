package import Primitives

extension Bytes {
    /// Damages the bytes of an answer. Each change flips a bit, drops or doubles some bytes, puts in one of `inserts`,
    /// or cuts the end off. Equal seeds give equal damage.
    package func damaged(seed: UInt64, changes: ClosedRange<Int>, inserts: String) -> Bytes {
        var random = SeededGenerator(seed: seed)
        var bytes = self
        for _ in 0..<Int.random(in: changes, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.removeSubrange(place..<Swift.min(bytes.count, place + Int.random(in: 1...40, using: &random)))
            case 2: bytes.insert(contentsOf: bytes[place...].prefix(30), at: place)
            case 3: bytes.insert(Array(inserts.utf8).randomElement(using: &random) ?? 0, at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }
}
