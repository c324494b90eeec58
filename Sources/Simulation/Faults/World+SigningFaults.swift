import Coordination
import Node
import Primitives
import ThresholdSigning

/// Faults of signing. The code uses the byte layout of the messages (threshold-signing.md §10.7), for jobs of one
/// input; all jobs here have one input.
extension World {
    // Offsets: after job and instance come session number, open inputs and members in a request; seat, number and nonce
    // in an offer; and session number and digest before the entries of an answer.
    private static let requestMembers = 32 + 4 + 4 + 4
    private static let offerEntries = 32 + 4
    private static let answerEntries = 32 + 4 + 4 + 32
    private static let answerEntryLength = 4 + 32 + 4 + EncodedNonce.byteCount

    /// Replaces shares by a bad share with a stale next number, followed at once by the same nonces as a fresh offer.
    /// Results and requests are dropped. A silent operator answers nothing at all.
    func washed(_ envelope: Bytes, by node: SimulatedNode) -> [Bytes] {
        guard let said = try? Envelope(decoding: envelope) else { return [envelope] }
        switch said.kind {
        case .frostRequest, .signResult: return []
        case .frostShares where !node.ailment.washing.isSilent: break
        case .frostShares: return []
        case .proposal, .verdict, .status, .signReady, .frostNonces: return [envelope]
        }
        var answer = said.payload
        var offer = Bytes(answer.prefix(Self.offerEntries))
        var place = Self.answerEntries
        while place + Self.answerEntryLength <= answer.count {
            answer[place + 4 + 31] ^= 1
            let next = place + 4 + 32
            offer += answer[place..<place + 4] + answer[next..<place + Self.answerEntryLength]
            answer.replaceSubrange(next..<next + 4, with: Bytes(repeating: 0, count: 4))
            place += Self.answerEntryLength
        }
        return [
            said.saying(.frostShares, answer, as: node, profile), said.saying(.frostNonces, offer, as: node, profile),
        ]
    }

    /// Keeps the process's requests, the newest first, and withholds every result, so that the job continues.
    func keptSessions(_ envelope: Bytes, by node: SimulatedNode) -> [Bytes] {
        guard let said = try? Envelope(decoding: envelope) else { return [envelope] }
        if said.kind == .frostRequest, !node.ailment.requests.contains(said) {
            node.ailment.requests.insert(said, at: 0)
        }
        return said.kind == .signResult ? [] : [envelope]
    }

    /// Answers nonces with the last request to their seat, changed to the new number: other content, the same session.
    /// It repeats the request a block later, when operators that restarted have seen a block.
    func repeatSession(on envelope: Bytes, by node: SimulatedNode, to recipient: Int) {
        let entry = Self.offerEntries
        guard node.ailment.repeatsSessionsUntil > time, let offer = try? Envelope(decoding: envelope),
            offer.kind == .frostNonces, offer.payload.count >= entry + 8
        else { return }
        let (seat, number) = (offer.payload[entry..<entry + 4], offer.payload[entry + 4..<entry + 8])
        let places = (0..<cast.wallets[0].group.threshold).map { Self.requestMembers + 8 * $0 }
        for request in node.ailment.requests where request.payload.prefix(entry) == offer.payload.prefix(entry) {
            guard let place = places.first(where: { request.payload[$0..<$0 + 4] == seat }) else { continue }
            var payload = request.payload
            payload.replaceSubrange(place + 4..<place + 8, with: number)
            guard payload != request.payload else { return }
            let again = request.saying(.frostRequest, payload, as: node, profile)
            for delay in [1, Self.hostInterval + 1_000] {
                queue.push(.fault(.inject(again, from: node.index, to: recipient)), at: time + delay)
            }
            return
        }
    }

    /// Tears all links: messages in flight are lost, both ends notice, and new links stand soon.
    func tearLinks(until: UInt64) {
        var random = SeededRandom(seed: settings.seed, concern: Concern.tears &+ time)
        let again = time + 500 + random.below(3_000)
        network.tear(until: again)
        queue.push(.links, at: time + 1)
        queue.push(.links, at: again + 1)
        let next = again + 200 + random.below(1_500)
        if next < until { queue.push(.fault(.tear(until: until)), at: next) }
    }
}
