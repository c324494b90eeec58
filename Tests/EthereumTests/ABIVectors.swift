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

        let codec = try file.group("codec", as: Codec.self)
        for figure in codec {
            let types = try ABIType.list(figure.types)
            let encoded = try Bytes(hex: figure.encoded)
            #expect(try ABISample.encode(types, figure.values) == encoded, "\(figure.types)")
            #expect(try ABISample.decode(types, encoded) == figure.values, "\(figure.types)")
        }
        report.ran("codec", codec.count)

        let calls = try file.group("calls", as: Call.self)
        for figure in calls {
            let sample = try #require(ContractSamples.call(figure.function), "no binding for \(figure.function)")
            try sample(try Bytes(hex: figure.call), try Bytes(hex: figure.answer))
        }
        report.ran("calls", calls.count)

        let events = try file.group("events", as: Event.self)
        for figure in events {
            let sample = try #require(ContractSamples.event(figure.event), "no binding for \(figure.event)")
            try sample(
                EventLog(
                    address: ContractSamples.redeemer, topics: try figure.topics.map { try Hash32(hex: $0) },
                    data: try Bytes(hex: figure.data)))
        }
        report.ran("events", events.count)

        let reverts = try file.group("reverts", as: Revert.self)
        for figure in reverts {
            let data = try Bytes(hex: figure.data)
            let reason: RevertReason =
                if let text = figure.error { .error(text) } else {
                    .panic(try UInt256(hex: try #require(figure.panic)))
                }
            #expect(RevertReason(data) == reason)
            #expect(reason.encoded == data)
        }
        report.ran("reverts", reverts.count)
        #expect(report.total() > 0, "no figures were found")
    }
}
