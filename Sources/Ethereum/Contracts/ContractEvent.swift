package import Primitives

/// A log as a contract emitted it.
package struct EventLog: Hashable, Sendable {
    /// The contract that emitted it.
    package let address: EthereumAddress
    /// The event's topic, then the indexed parameters.
    package let topics: [Hash32]
    /// The other parameters, ABI-encoded.
    package let data: Bytes

    /// Makes a log.
    package init(address: EthereumAddress, topics: [Hash32], data: Bytes) {
        self.address = address
        self.topics = topics
        self.data = data
    }
}

/// A contract's event as its ABI declares it.
package struct ContractEventType: Hashable, Sendable {
    package let name: String
    /// The types in the order of the signature, each with whether the parameter is indexed.
    package let parameters: [Parameter]
    /// Keccak-256 of the canonical signature; the first topic of every log of this event.
    package let topic: Hash32

    /// A parameter of an event.
    package struct Parameter: Hashable, Sendable {
        package let type: ABIType
        package let isIndexed: Bool

        /// Declares an indexed parameter, which is in a topic. Its type fills one word.
        package static func indexed(_ type: ABIType) -> Parameter { Parameter(type: type, isIndexed: true) }

        /// Declares a parameter in the data.
        package static func data(_ type: ABIType) -> Parameter { Parameter(type: type, isIndexed: false) }
    }

    /// Declares an event. The topic follows from name and types.
    package init(_ name: String, _ parameters: Parameter...) {
        self.name = name
        self.parameters = parameters
        topic = keccak256(Bytes("\(name)\(ABIType.tuple(parameters.map(\.type)))".utf8))
    }

    /// The canonical signature.
    package var signature: String { "\(name)\(ABIType.tuple(parameters.map(\.type)))" }

    fileprivate var indexed: [ABIType] { parameters.filter(\.isIndexed).map(\.type) }
    fileprivate var unindexed: [ABIType] { parameters.filter { !$0.isIndexed }.map(\.type) }
}

/// One emitted event. A client decodes it from a log, and a chain encodes it into one.
package protocol ContractEvent: Hashable, Sendable {
    /// The event emitted.
    static var type: ContractEventType { get }
    /// Reads the indexed parameters from the topics and the others from the data, each in the order of the signature.
    ///
    /// - Throws: ``ABIFailure`` for the first parameter that is not in canonical form.
    init(indexed: inout ABIReader, data: inout ABIReader) throws(ABIFailure)
    /// Writes the indexed parameters as topics and the others as data, each in the order of the signature.
    func write(indexed: inout ABIWriter, data: inout ABIWriter)
}

extension ContractEvent {
    /// Decodes a log of this event.
    ///
    /// - Throws: ``ABIFailure`` for another event's log, and for every encoding that is not canonical.
    package init(decoding log: EventLog) throws(ABIFailure) {
        let indexed = Self.type.indexed
        guard log.topics.first == Self.type.topic, log.topics.count == indexed.count + 1 else {
            throw .topics(log.topics)
        }
        var topics = ABIReader(log.topics.dropFirst().flatMap(\.bytes), types: indexed)
        var data = ABIReader(log.data, types: Self.type.unindexed)
        self = try Self(indexed: &topics, data: &data)
        try topics.finish()
        try data.finish()
    }

    /// The log that the contract at `address` emits.
    package func log(from address: EthereumAddress) -> EventLog {
        var topics = ABIWriter(types: Self.type.indexed)
        var data = ABIWriter(types: Self.type.unindexed)
        write(indexed: &topics, data: &data)
        let words = topics.encoded
        let values = stride(from: 0, to: words.count, by: 32).compactMap { Hash32(words[$0..<$0 + 32]) }
        return EventLog(address: address, topics: [Self.type.topic] + values, data: data.encoded)
    }
}
