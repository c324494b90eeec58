/// The classes of frames, each with its limits (durability-and-events.md §7). The raw value is the class byte.
package enum FrameClass: UInt8, Hashable, Sendable, CaseIterable {
    case control = 1
    case agreement = 2
    case signing = 3
    case status = 4

    /// The bytes of the largest payload. For a class that carries envelopes, it is the largest envelope of its kinds.
    package var largestPayload: Int { Self.largestEnvelopes[self] ?? 4 << 10 }

    private static let largestEnvelopes = Dictionary(
        MessageKind.allCases.map { ($0.frameClass, $0.largestEnvelope) }, uniquingKeysWith: max)
}
