package import Primitives

/// A contract that a call is made to.
package enum HostContract: Hashable, Sendable {
    /// The Bridge, at the address that the deployment's configuration names.
    case bridge
    /// The WalletProposalValidator, likewise.
    case validator
    /// The contract at an address that another contract named.
    case at(EthereumAddress)
}

/// A call whose contract follows from the function.
package protocol HostCall<Answer>: ContractCall {
    /// The contract that has the function.
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
