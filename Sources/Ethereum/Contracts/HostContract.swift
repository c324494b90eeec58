package import Primitives

/// A contract that a call is made to.
package enum HostContract: Hashable, Sendable {
    /// The Bridge, at the address in the deployment's configuration.
    case bridge
    /// The WalletProposalValidator, at the address in the deployment's configuration.
    case validator
    /// The contract at an address that another contract returned.
    case at(EthereumAddress)
}

/// A call whose function determines the contract.
package protocol HostCall<Answer>: ContractCall {
    /// The contract with the function.
    static var contract: HostContract { get }
}

/// A call of the Bridge.
package protocol BridgeCall: HostCall {}

extension BridgeCall {
    package static var contract: HostContract { .bridge }
}

/// A call of the WalletProposalValidator.
package protocol ValidatorCall: HostCall {}

extension ValidatorCall {
    package static var contract: HostContract { .validator }
}
