import Primitives

/// Tests that numbers below difficult bounds are equally frequent. A remainder without rejection would show there.
package struct BoundTests: Sendable {
    /// Small bounds that do not divide a power of two, one above each word size, and large ones that reject up to half
    /// of all words. Below 3 · 2^62 a plain remainder gives the lower third twice as often.
    package static let bounds: [UInt64] = [
        3, 5, 7, 10, 51, 100, 255, 257, 1_000, (1 << 32) + 1, 3 << 61, 3 << 62, (1 << 63) + 1, .max,
    ]
    /// Above this bound, numbers are counted in this many equal parts.
    package static let cells: UInt64 = 1_000
    private static let parts: UInt64 = 96

    private let draws: Int
    private let seed: UInt64

    /// Plans the number of draws for each bound.
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

    /// The index of the equal part in which a number below a bound lies.
    private static func part(of number: UInt64, below bound: UInt64) -> UInt64 {
        bound.dividingFullWidth(number.multipliedFullWidth(by: parts)).quotient
    }
}
