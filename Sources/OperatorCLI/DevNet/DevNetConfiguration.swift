import Primitives

/// The configuration of a development network's operators.
struct DevNetConfiguration {
    let chainID: UInt64
    let bridge: EthereumAddress
    let validator: EthereumAddress
    let hostURL: String
    let coreURL: String
    let pollMilliseconds: Int
    /// The time between host blocks in seconds, rounded up.
    let blockSeconds: Int
    /// Every operator with the port on which it listens.
    let members: [(address: EthereumAddress, port: Int)]

    /// The configuration file of the operator that listens on a port.
    func file(port: Int) -> String {
        let bootstrap = members.map { "\"\($0.address)@127.0.0.1:\($0.port)\"" }.joined(separator: ", ")
        return """
            [general]
            environment = "local"
            drain_seconds = 2

            [profile]
            preset = "devnet"
            bridge = "\(bridge)"
            proposalValidator = "\(validator)"

            [host_chain]
            chain_id = \(chainID)
            poll_ms = \(pollMilliseconds)
            block_seconds = \(blockSeconds)

            [[host_chain.source]]
            name = "devnet"
            url = "\(hostURL)"
            requests_per_second = 1000

            [bitcoin]
            network = "regtest"

            [[bitcoin.source]]
            name = "devnet"
            kind = "core"
            url = "\(coreURL)"

            [peers]
            listen = "127.0.0.1:\(port)"
            bootstrap = [\(bootstrap)]
            messages_per_second = 1000

            [storage]
            directory = "."

            """
    }
}
