package import Primitives

/// Binds a message to one deployment: `SHA-256("coord/v1/domain" ‖ chain id (8) ‖ Bridge (20) ‖ profile digest)`
/// (coordination.md §6). It is never sent: each side uses its own, so a message of another chain fails filter 2.
package struct Domain: Hashable, Sendable {
    /// The domain's hash.
    package let hash: Hash32
    /// The digest of the profile from which the domain was made.
    package let profile: ProfileDigest

    /// Hashes a chain id and a profile; the Bridge is the profile's.
    package init(chainID: UInt64, profile: ProtocolProfile) {
        let digest = profile.digest
        var bytes = Bytes("coord/v1/domain".utf8)
        bytes.append(bigEndian: chainID)
        bytes.append(profile.bridge)
        bytes.append(digest)
        hash = sha256(bytes)
        self.profile = digest
    }
}

/// The digest that an accept refers to: the hash of domain, wallet, window and the proposal's bytes (coordination.md
/// §6).
package struct ProposalDigest: FixedBytes {
    package static let byteCount = 32

    /// The digest as plain bytes.
    package let hash: Hash32

    package init(loading buffer: UnsafeRawBufferPointer) { hash = Hash32(loading: buffer) }

    package func store(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) { hash.store(to: buffer, at: offset) }

    /// `SHA-256("coord/v1/proposal" ‖ domain ‖ wallet hash ‖ coordination block (8) ‖ payload)`.
    package init(payload: Bytes, domain: Domain, wallet: WalletPublicKeyHash, coordinationBlock: BlockNumber) {
        var bytes = Bytes("coord/v1/proposal".utf8)
        bytes.append(domain.hash)
        bytes.append(wallet)
        bytes.append(bigEndian: coordinationBlock.rawValue)
        bytes.append(contentsOf: payload)
        hash = sha256(bytes)
    }

    package static func < (left: ProposalDigest, right: ProposalDigest) -> Bool { left.hash < right.hash }
}
