package import Coordination
package import Primitives

/// The purpose of a message as a key (durability-and-events.md DU6). `name` is stable: it is stored.
package struct Intent: Hashable, Sendable {
    package let name: String
    /// Identifies the content. The same content again succeeds; any other is refused.
    package let digest: Hash32

    private init(_ name: String, _ digest: Hash32) {
        self.name = name
        self.digest = digest
    }

    /// Our vote in a window, as proposal or accept. The digest is that of the proposal.
    package static func vote(_ window: WindowKey, _ digest: ProposalDigest) -> Intent {
        Intent("vote/\(window.wallet.hex)/\(window.coordinationBlock)", digest.hash)
    }

    /// Our reject of one proposal of a window.
    package static func reject(_ window: WindowKey, _ digest: ProposalDigest, content: Hash32) -> Intent {
        Intent("reject/\(window.wallet.hex)/\(window.coordinationBlock)/\(digest.hex)", content)
    }

    /// A nonce commitment or share of a signing attempt. The number is that of our own nonce.
    package static func signing(job: Hash32, instance: UInt32, number: UInt32, round: String, content: Hash32) -> Intent
    {
        Intent("sign/\(job.hex)/\(instance)/\(number)/\(round)", content)
    }
}
