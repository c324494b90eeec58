import CSecp256k1
import Primitives
import Testing

@testable import Secp256k1

/// The library's context: blinded anew, shared, and unforgiving.
@Suite struct CurveContextTests {
    @Test("A context serves 4,096 operations on secrets, then a fresh one takes over")
    func rotation() {
        var rotation = CurveContext.Rotation()
        let first = rotation.context
        for operation in 1...4_096 {
            if rotation.next() !== first { Issue.record("replaced at operation \(operation)") }
        }
        let second = rotation.next()
        #expect(second !== first)
        for _ in 2...4_096 { _ = rotation.next() }
        #expect(rotation.context === second)
        #expect(rotation.next() !== second)
    }

    @Test("Many threads may use it while it is replaced again and again")
    func sharing() async {
        let expected = (1...64).map { Point.generator.multiplied(byPublic: Scalar(UInt64($0))) }
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<3_000).count { index in
                        Point.generatorMultiplied(by: Scalar(UInt64(index % 64 + 1))) != expected[index % 64]
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test("An illegal argument, such as a key of zero bytes, ends the process")
    func illegalArgument() async {
        await #expect(processExitsWith: .failure) {
            _ = CurvePoint(ParsedKey(raw: secp256k1_pubkey()))
        }
    }
}
