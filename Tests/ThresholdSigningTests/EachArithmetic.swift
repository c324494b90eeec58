import Testing

@testable import Simulation
@testable import ThresholdSigning

/// Runs every test of a suite twice: on the curve, and by the simulator's ideal functionality. What the machines promise
/// must not depend on who computes.
struct EachArithmetic: SuiteTrait, TestTrait, TestScoping {
    @TaskLocal static var current: any FrostArithmetic = CurveArithmetic()

    static var isCurve: Bool { current is CurveArithmetic }

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let all: [any FrostArithmetic] = [CurveArithmetic(), IdealFrost(seed: 1)]
        for arithmetic in all {
            try await Self.$current.withValue(arithmetic) { try await function() }
        }
    }
}

extension Trait where Self == EachArithmetic {
    /// Runs every test of a suite with each arithmetic.
    static var eachArithmetic: Self { EachArithmetic() }
}
