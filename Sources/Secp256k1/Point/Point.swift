import CSecp256k1
package import Primitives

/// A point of secp256k1, infinity included (the library has no form for infinity).
package enum Point: Hashable, Sendable {
    case infinity
    case affine(CurvePoint)

    /// The group's generator G.
    package static let generator = Point.affine(.generator)

    /// The finite point; nil for infinity.
    package var finite: CurvePoint? {
        if case .affine(let point) = self { point } else { nil }
    }

    /// The sum.
    package static func + (left: Point, right: Point) -> Point { sum([left, right]) }

    /// The negative.
    package static prefix func - (point: Point) -> Point {
        switch point {
        case .infinity: .infinity
        case .affine(let point): .affine(point.negated)
        }
    }

    /// The sum of all points, in one pass; infinity without points.
    package static func sum(_ points: some Sequence<Point>) -> Point {
        let keys = points.compactMap(\.finite?.key.raw)
        guard !keys.isEmpty else { return .infinity }
        return keys.withUnsafeBufferPointer { buffer in
            var pointers = buffer.indices.map { buffer.baseAddress?.advanced(by: $0) }
            var raw = secp256k1_pubkey()
            // The library adds in a form that includes infinity, and returns 0 only where the whole sum is infinity.
            let finite = CurveContext.shared { secp256k1_ec_pubkey_combine($0, &raw, &pointers, pointers.count) }
            return finite == 1 ? .affine(CurvePoint(ParsedKey(raw: raw))) : .infinity
        }
    }

    /// The multiple by a public scalar, in variable time.
    package func multiplied(byPublic scalar: Scalar) -> Point {
        guard case .affine(let point) = self, scalar.isZero == 0 else { return .infinity }
        var raw = point.key.raw
        let bytes = scalar.bytes
        let done = CurveContext.shared { secp256k1_ec_pubkey_tweak_mul($0, &raw, bytes) }
        precondition(done == 1, "a finite point times 1 to n - 1 is finite")
        return .affine(CurvePoint(ParsedKey(raw: raw)))
    }

    /// The multiple of G by a secret scalar, in constant time. 0 gives infinity, which reveals that it was 0.
    package static func generatorMultiplied(by secret: Scalar) -> Point {
        var raw = secp256k1_pubkey()
        let done = secret.withSecretBytes { bytes in
            CurveContext.secret { secp256k1_ec_pubkey_create($0, &raw, bytes) }
        }
        return done == 1 ? .affine(CurvePoint(ParsedKey(raw: raw))) : .infinity
    }

    /// The multiple by a secret scalar, in constant time. 0 gives infinity, which reveals that it was 0.
    package func multiplied(bySecret secret: Scalar) -> Point {
        guard case .affine(let point) = self else { return .infinity }
        var raw = point.key.raw
        var output = Bytes(repeating: 0, count: 65)
        output[0] = 4
        let done = secret.withSecretBytes { bytes in
            output.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { preconditionFailure("65 bytes have an address") }
                return CurveContext.secret { context in
                    // The library's Diffie-Hellman with a "hash" that copies both coordinates out.
                    secp256k1_ecdh(
                        context, base.advanced(by: 1), &raw, bytes,
                        { output, x, y, _ in
                            guard let output, let x, let y else { return 0 }
                            output.update(from: x, count: 32)
                            output.advanced(by: 32).update(from: y, count: 32)
                            return 1
                        }, nil)
                }
            }
        }
        guard done == 1, let product = CurvePoint(uncompressed: output) else { return .infinity }
        return .affine(product)
    }

    /// `a·G + b·P` of public values, in one call of the library's recovery where that is possible
    /// (threshold-signing.md §4.2): `r^-1·(s·R - z·G)` with `R = P`, `r = x(P)`, `s = b·r`, `z = -a·r`.
    package static func linear(_ a: Scalar, _ b: Scalar, _ point: CurvePoint) -> Point {
        guard let r = Scalar(strictNonzero: point.compressed.dropFirst()), b.isZero == 0 else {
            return longLinear(a, b, point)
        }
        var signature = secp256k1_ecdsa_recoverable_signature()
        var raw = secp256k1_pubkey()
        let compact = r.bytes + (b * r).bytes
        let digest = (-(a * r)).bytes
        let recovered = CurveContext.shared { context in
            secp256k1_ecdsa_recoverable_signature_parse_compact(
                context, &signature, compact, point.hasOddY ? 1 : 0) == 1
                && secp256k1_ecdsa_recover(context, &raw, &signature, digest) == 1
        }
        // A result of infinity is refused too.
        return recovered ? .affine(CurvePoint(ParsedKey(raw: raw))) : longLinear(a, b, point)
    }

    /// `a·G + b·P` by two multiplications and an addition.
    private static func longLinear(_ a: Scalar, _ b: Scalar, _ point: CurvePoint) -> Point {
        Point.generator.multiplied(byPublic: a) + Point.affine(point).multiplied(byPublic: b)
    }

    /// 33 bytes; 33 zero bytes for infinity (`ser33z`).
    package var encoded: Bytes {
        switch self {
        case .infinity: Bytes(repeating: 0, count: CurvePoint.compressedCount)
        case .affine(let point): point.compressed
        }
    }

    /// Takes 33 bytes; 33 zero bytes mean infinity. nil where they are neither a point nor infinity.
    package init?(decoding bytes: some Collection<UInt8>) {
        guard bytes.count == CurvePoint.compressedCount else { return nil }
        if bytes.allSatisfy({ $0 == 0 }) {
            self = .infinity
        } else if let point = CurvePoint(compressed: bytes) {
            self = .affine(point)
        } else {
            return nil
        }
    }
}
