package import Primitives

/// A follower's answer to a proposal (coordination.md §6).
package struct Verdict: Hashable, Sendable {
    /// The largest number of bytes of each of the two values of a reject.
    package static let largestValue = 128

    /// Accept, or reject with the reason.
    package enum Answer: Hashable, Sendable {
        case accept
        /// The rule that failed, and the two values that differ: the proposal's and ours.
        case reject(rule: RuleID, proposed: Bytes, found: Bytes)
    }

    package let digest: ProposalDigest
    package let answer: Answer
    package let block: BlockReference

    /// Answers a proposal. Values longer than ``largestValue`` are cut, because they only explain and decide nothing.
    package init(digest: ProposalDigest, answer: Answer, block: BlockReference) {
        self.digest = digest
        self.block = block
        self.answer =
            switch answer {
            case .accept: .accept
            case .reject(let rule, let proposed, let found):
                .reject(
                    rule: rule, proposed: Bytes(proposed.prefix(Self.largestValue)),
                    found: Bytes(found.prefix(Self.largestValue)))
            }
    }

    /// Whether the answer is an accept.
    package var isAccept: Bool { answer == .accept }

    /// The canonical encoding (docs/protocol/wire.md §3).
    package var encoded: Bytes {
        var bytes = digest.bytes
        switch answer {
        case .accept: bytes.append(1)
        case .reject(let rule, let proposed, let found):
            bytes.append(0)
            bytes.append(contentsOf: rule.encoded)
            for field in [proposed, found] {
                bytes.append(UInt8(field.count))
                bytes.append(contentsOf: field)
            }
        }
        bytes.append(bigEndian: block.number.rawValue)
        bytes.append(block.hash)
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        guard bytes.count <= MessageKind.verdict.largestPayload else {
            throw .length(field: "verdict", value: UInt64(bytes.count))
        }
        var reader = ByteReader(bytes)
        digest = try reader.fixed()
        switch try reader.byte() {
        case 1: answer = .accept
        case 0:
            let rule = try RuleID(from: &reader)
            var values: [Bytes] = []
            for field in ["proposed", "found"] {
                let count = try reader.byte()
                guard count <= Self.largestValue else { throw .length(field: field, value: UInt64(count)) }
                values.append(try reader.bytes(Int(count)))
            }
            answer = .reject(rule: rule, proposed: values[0], found: values[1])
        default: throw .value(field: "answer")
        }
        block = BlockReference(number: try reader.blockNumber(), hash: try reader.fixed())
        try reader.finish()
    }
}
