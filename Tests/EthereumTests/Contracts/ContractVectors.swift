import Ethereum
import Foundation
import Primitives
import TestKit
import Testing

/// The committed ABIs, the published selectors and topics, and the bindings say the same.
@Suite struct ContractVectors {
    private struct Function: Decodable {
        let contract: String
        let function: String
        let selector: String
        let outputs: [String]
    }

    private struct Event: Decodable {
        let contract: String
        let event: String
        let topic: String
    }

    /// A contract's ABI as committed.
    private struct Entry: Decodable {
        struct Parameter: Decodable {
            let type: String
            let components: [Parameter]?
            let indexed: Bool?

            var canonical: String {
                guard let components else { return type }
                return "(\(components.map(\.canonical).joined(separator: ",")))\(type.dropFirst("tuple".count))"
            }
        }

        let type: String
        let name: String
        let inputs: [Parameter]
        let outputs: [Parameter]?

        var signature: String { "\(name)(\(inputs.map(\.canonical).joined(separator: ",")))" }

        static func all(of contract: String) throws -> [Entry] {
            let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appending(
                    components: "contracts-abi", "\(contract).json")
            return try JSONDecoder().decode([Entry].self, from: try Data(contentsOf: url))
        }
    }

    private static let contracts = ["Bridge", "RedemptionWatchtower", "WalletProposalValidator"]

    private static let functions: [(contract: String, function: ContractFunction)] = [
        ("Bridge", Bridge.Wallets.function), ("Bridge", Bridge.PendingRedemptions.function),
        ("Bridge", Bridge.GetRedemptionParameters.function), ("Bridge", Bridge.GetRedemptionWatchtower.function),
        ("RedemptionWatchtower", RedemptionWatchtower.GetRedemptionDelay.function),
        ("WalletProposalValidator", WalletProposalValidator.ValidateRedemptionProposal.function),
        ("WalletProposalValidator", WalletProposalValidator.ValidateHeartbeatProposal.function),
        ("WalletProposalValidator", WalletProposalValidator.RedemptionRequestMinAge.function),
        ("WalletProposalValidator", WalletProposalValidator.RedemptionRequestTimeoutSafetyMargin.function),
        ("WalletProposalValidator", WalletProposalValidator.RedemptionMaxSize.function),
    ]

    private static let events: [ContractEventType] = [
        Bridge.RedemptionRequested.type, Bridge.RedemptionTimedOut.type, Bridge.RedemptionsCompleted.type,
        Bridge.MovedFundsSwept.type, Bridge.DepositsSwept.type, Bridge.NewWalletRegistered.type,
    ]

    @Test("The committed ABIs have exactly the published functions and events, and these their selectors and topics")
    func committed() throws {
        let file = try VectorFile("contracts")
        var report = CaseReport("ContractVectors")
        let functions = try file.group("functions", as: Function.self)
        let events = try file.group("events", as: Event.self)
        for contract in Self.contracts {
            let entries = try Entry.all(of: contract)
            let published = functions.filter { $0.contract == contract }
            #expect(entries.filter { $0.type == "function" }.map(\.signature) == published.map(\.function))
            #expect(
                entries.filter { $0.type == "function" }.map { ($0.outputs ?? []).map(\.canonical) }
                    == published.map(\.outputs))
            let emitted = events.filter { $0.contract == contract }
            #expect(entries.filter { $0.type == "event" }.map(\.signature) == emitted.map(\.event))
        }
        for figure in functions {
            #expect(FunctionSelector(signature: figure.function).description == figure.selector)
        }
        for figure in events {
            #expect(keccak256(Bytes(figure.event.utf8)).description == figure.topic)
        }
        report.ran("functions", functions.count)
        report.ran("events", events.count)
        #expect(report.total() > 0, "no figures were found")
    }

    @Test("Every binding has the signature, the selector or topic and the types of the committed ABI")
    func bindings() throws {
        let published = try VectorFile("contracts").group("functions", as: Function.self)
        for (contract, function) in Self.functions {
            let entry = try #require(
                try Entry.all(of: contract).first { $0.type == "function" && $0.name == function.name },
                "\(contract) has no \(function.name)")
            #expect(function.signature == entry.signature)
            #expect(function.outputs.map(\.description) == entry.outputs?.map(\.canonical))
            let figure = try #require(published.first { $0.contract == contract && $0.function == function.signature })
            #expect(function.selector.description == figure.selector)
        }
        let entries = try Entry.all(of: "Bridge")
        for event in Self.events {
            let entry = try #require(entries.first { $0.type == "event" && $0.name == event.name })
            #expect(event.signature == entry.signature)
            #expect(event.parameters.map(\.isIndexed) == entry.inputs.map { $0.indexed ?? false })
        }
    }
}
