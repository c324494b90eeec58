import Ethereum
import Primitives
import TestKit
import Testing

/// Encodings of the contract ABI as an independent encoder computes them.
@Suite struct ABIVectors {
    struct Codec: Decodable {
        let types: String
        let values: [ABISample]
        let encoded: String
    }

    private struct Call: Decodable {
        let function: String
        let call: String
        let answer: String
    }

    private struct Event: Decodable {
        let event: String
        let topics: [String]
        let data: String
    }

    private struct Revert: Decodable {
        let error: String?
        let panic: String?
        let data: String
    }

    @Test("Encodings, calls, events and reverts are the published ones, both ways")
    func figures() throws {
        let file = try VectorFile("abi")
        var report = CaseReport("ABIVectors")

        try report.check("codec", of: file, as: Codec.self) { figure in
            let types = try ABIType.list(figure.types)
            let encoded = try Bytes(hex: figure.encoded)
            #expect(try ABISample.encode(types, figure.values) == encoded, "\(figure.types)")
            #expect(try ABISample.decode(types, encoded) == figure.values, "\(figure.types)")
        }

        try report.check("calls", of: file, as: Call.self) { figure in
            let sample = try #require(ContractSamples.call(figure.function), "no binding for \(figure.function)")
            try sample(try Bytes(hex: figure.call), try Bytes(hex: figure.answer))
        }

        try report.check("events", of: file, as: Event.self) { figure in
            let sample = try #require(ContractSamples.event(figure.event), "no binding for \(figure.event)")
            try sample(
                EventLog(
                    address: ContractSamples.redeemer, topics: try figure.topics.map { try Hash32(hex: $0) },
                    data: try Bytes(hex: figure.data)))
        }

        try report.check("reverts", of: file, as: Revert.self) { figure in
            let data = try Bytes(hex: figure.data)
            let reason: RevertReason =
                if let text = figure.error { .error(text) } else {
                    .panic(try UInt256(hex: try #require(figure.panic)))
                }
            #expect(RevertReason(data) == reason)
            #expect(reason.encoded == data)
        }
        #expect(report.total() > 0, "no figures were found")
    }
}
