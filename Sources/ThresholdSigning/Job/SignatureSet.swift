import Primitives
package import Secp256k1

/// The finished signatures of a job; a signature is added only if it verifies for its input.
package struct SignatureSet: Sendable, Equatable {
    private let job: SigningJob
    private var signatures: [SchnorrSignature?]

    /// Starts empty.
    init(job: SigningJob) {
        self.job = job
        signatures = Array(repeating: nil, count: job.inputs.count)
    }

    /// The result of taking a signature.
    enum Taking: Equatable {
        case taken
        /// The input already has a signature, which stays.
        case already
        /// The signature does not verify for the input, or the input does not exist.
        case invalid
    }

    /// Verifies a signature under its input's key and keeps it.
    mutating func take(_ signature: SchnorrSignature, input: Int) -> Taking {
        guard signatures.indices.contains(input) else { return .invalid }
        guard signatures[input] == nil else { return .already }
        let key = job.contexts[input].outputKey
        guard job.arithmetic.verifies(signature, message: job.inputs[input].message, key: key) else { return .invalid }
        signatures[input] = signature
        return .taken
    }

    /// Takes over the signatures that another set of the same job verified.
    mutating func adopt(_ other: SignatureSet) {
        precondition(job.id == other.job.id, "a signature verified for another job says nothing about this one")
        for index in signatures.indices where signatures[index] == nil {
            signatures[index] = other.signatures[index]
        }
    }

    /// The signature of an input, if there is one.
    package subscript(input: Int) -> SchnorrSignature? { signatures[input] }

    /// All signatures in order; nil while an input lacks one.
    package var complete: [SchnorrSignature]? {
        let present = signatures.compactMap { $0 }
        return present.count == signatures.count ? present : nil
    }

    /// Whether every input is signed.
    package var isComplete: Bool { signatures.allSatisfy { $0 != nil } }

    /// The inputs without a signature.
    package var open: OpenInputs { OpenInputs(signatures.indices.filter { signatures[$0] == nil }) }

    /// The message with these inputs' signatures; nil if none of them is signed.
    func result(of inputs: some Sequence<Int>) -> SigningResult? {
        let entries = inputs.compactMap { input in
            signatures[input].map { SigningResult.Entry(input: UInt32(input), signature: $0) }
        }
        return entries.isEmpty ? nil : SigningResult(job: job.id, entries: entries)
    }

    /// The message with all signatures; nil if no input is signed.
    var result: SigningResult? { result(of: signatures.indices) }
}
