import Coordination

extension SigningMessage {
    /// The message itself, or, where an envelope has no room for all its seats, the fewest messages with the same
    /// content (threshold-signing.md §10.7).
    var parts: [SigningMessage] {
        let room = kind.largestPayload
        switch self {
        case .nonces(let message):
            return message.entries.parts(room: room - FrostNonces.headLength, \.byteCount).map { entries in
                .nonces(FrostNonces(job: message.job, instance: message.instance, entries: entries))
            }
        case .shares(let message):
            return message.entries.parts(room: room - FrostShares.headLength, \.byteCount).map { entries in
                .shares(
                    FrostShares(
                        job: message.job, instance: message.instance, number: message.number,
                        requestDigest: message.requestDigest, entries: entries))
            }
        case .ready, .request, .result: return [self]
        }
    }
}

extension FrostNonces {
    // Job and instance.
    fileprivate static let headLength = 32 + 4
}

extension FrostNonces.Entry {
    fileprivate var byteCount: Int { 4 + 4 + EncodedNonce.byteCount * nonces.count }
}

extension FrostShares {
    // Job, instance, session number and request digest.
    fileprivate static let headLength = 32 + 4 + 4 + 32
}

extension FrostShares.Entry {
    fileprivate var byteCount: Int { 4 + 32 * shares.count + 4 + EncodedNonce.byteCount * nextNonces.count }
}

extension Array {
    // The elements in order, as many in a part as fit; each part takes at least one.
    fileprivate func parts(room: Int, _ size: (Element) -> Int) -> [[Element]] {
        var parts: [[Element]] = []
        var left = 0
        for element in self {
            if parts.isEmpty || size(element) > left {
                parts.append([])
                left = room
            }
            parts[parts.count - 1].append(element)
            left -= size(element)
        }
        return parts
    }
}
