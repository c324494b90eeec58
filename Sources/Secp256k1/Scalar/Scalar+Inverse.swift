extension Scalar {
    /// The inverse by Fermat, exponent n - 2; 0 gives 0. The chain of squares and products is fixed: 292 steps.
    package var inverse: Scalar {
        // x1...x13 are odd powers, onesK is the power 2^K - 1.
        let x2 = squared
        let x3 = x2 * self
        let x5 = x3 * x2
        let x7 = x5 * x2
        let x9 = x7 * x2
        let x11 = x9 * x2
        let x13 = x11 * x2
        let ones6 = x13.shifted(2) * x11
        let ones8 = ones6.shifted(2) * x3
        let ones14 = ones8.shifted(6) * ones6
        let ones28 = ones14.shifted(14) * ones14
        let ones56 = ones28.shifted(28) * ones28
        let ones112 = ones56.shifted(56) * ones56
        let ones126 = ones112.shifted(14) * ones14
        // The exponent's upper bits are the 126 ones; each line appends bits.
        return
            ones126
            .appending(x5, 3).appending(x7, 4).appending(x5, 4).appending(x11, 5).appending(x11, 4).appending(x7, 4)
            .appending(x7, 5).appending(x13, 6).appending(x5, 4).appending(x7, 3).appending(x9, 5).appending(x5, 6)
            .appending(x7, 10).appending(x7, 4).appending(ones8, 9).appending(x9, 5).appending(x11, 6)
            .appending(x13, 4).appending(x3, 5).appending(x13, 6).appending(x13, 10).appending(x9, 4)
            .appending(self, 6).appending(ones6, 8)
    }

    /// The power 2^count: the exponent shifted left.
    private func shifted(_ count: Int) -> Scalar {
        var result = self
        for _ in 0..<count { result = result.squared }
        return result
    }

    private func appending(_ power: Scalar, _ count: Int) -> Scalar { shifted(count) * power }

    /// The inverses of all values by one inversion (Montgomery's trick), 3 products each; 0 gives 0, as in ``inverse``.
    package static func batchInverse(_ values: [Scalar]) -> [Scalar] {
        // A 0 would make every product 0, so 1 replaces it. Without a branch, because a value may be secret.
        let factors = values.map { select($0.isZero, .one, $0) }
        var products: [Scalar] = []
        products.reserveCapacity(factors.count)
        var product = Scalar.one
        for factor in factors {
            products.append(product)
            product = product * factor
        }
        var inverse = product.inverse
        var inverses = factors
        for index in factors.indices.reversed() {
            inverses[index] = select(values[index].isZero, .zero, inverse * products[index])
            inverse = inverse * factors[index]
        }
        return inverses
    }

    /// The Lagrange coefficient of x coordinate `x` at 0: the product of `y / (y - x)` over the other coordinates.
    ///
    /// Coordinates are public seat numbers, so this takes variable time. nil where a coordinate is 0 or repeated, or
    /// where `x` is not among them.
    package static func lagrange(_ coordinates: [UInt32], at x: UInt32) -> Scalar? {
        guard coordinates.contains(x), Set(coordinates).count == coordinates.count, !coordinates.contains(0) else {
            return nil
        }
        var numerator = Scalar.one
        var denominator = Scalar.one
        for y in coordinates where y != x {
            numerator = numerator * Scalar(UInt64(y))
            denominator = denominator * (Scalar(UInt64(y)) - Scalar(UInt64(x)))
        }
        return numerator * denominator.inverse
    }
}
