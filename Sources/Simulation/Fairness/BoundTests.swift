import Primitives

/// Numbers below awkward bounds come equally often: where a remainder without rejection would show.
package struct BoundTests: Sendable {
    /// Small ones that divide no power of two, one above each word size, and large ones that reject up to half of all
    /// words: of 3 · 2^62 a plain remainder gives the lower third twice as often.
    package static let bounds: [UInt64] = [
        3, 5, 7, 10, 51, 100, 255, 257, 1_000, (1 << 32) + 1, 3 << 61, 3 << 62, (1 << 63) + 1, .max,
    ]
    /// Above this many numbers are counted in as many equal parts.
    package static let cells: UInt64 = 1_000
    private static let parts: UInt64 = 96

    private let draws: Int
    private let seed: UInt64

    /// Plans that many numbers a bound.
    package init(draws: Int, seed: UInt64) {
        self.draws = draws
        self.seed = seed
    }

    /// Draws below every bound.
    package func findings(of draw: some ElectionDraw) -> [FairnessFinding] {
        var seeds = FairnessChain(seed: seed, concern: .numbers)
        return Self.bounds.map { bound in
            var numbers = draw.numbers(seed: seeds.next())
            let cells = bound <= Self.cells ? bound : Self.parts
            var counts = [UInt32](repeating: 0, count: Int(cells))
            for _ in 0..<draws {
                let number = numbers.below(bound)
                let cell = cells == bound ? number : Self.part(of: number, below: bound)
                counts[Int(cell)] += 1
            }
            return FairnessFinding(
                .below, bound: bound, ChiSquare(uniform: counts),
                detail: cells == bound ? "each number" : "\(cells) equal parts")
        }
    }

    /// Which of the equal parts of all numbers below a bound a number lies in.
    private static func part(of number: UInt64, below bound: UInt64) -> UInt64 {
        bound.dividingFullWidth(number.multipliedFullWidth(by: parts)).quotient
    }
}
