/// A question to either chain.
package enum ChainQuery: Hashable, Sendable {
    case host(HostQuery)
    case bitcoin(BitcoinQuery)
}
