import Bitcoin
import Coordination
package import Primitives
import ThresholdSigning
import WalletActions

extension NodeInput {
    /// The kind byte of each input; stored in journals and bundles, so never reused (docs/protocol/wire.md §9).
    private enum Kind: UInt8, CaseIterable {
        case head = 1
        case reorganised = 2
        // 3 was an answer whose questions and answers had a form for each contract view.
        case committed = 4
        case received = 5
        case linkChanged = 6
        case timePassed = 7
        case statusDue = 8
        case draining = 9
        case resumed = 10
        case intentRefused = 11
        case walletAdded = 12
        case walletArchived = 13
        case answered = 14
    }

    /// The kind bytes of all inputs.
    static let kinds = Kind.allCases.map(\.rawValue)

    /// The canonical encoding: kind byte and fields, integers big-endian, byte strings and lists with a u32 length in
    /// front.
    package var encoded: Bytes {
        var bytes = Bytes()
        func begin(_ kind: Kind) { bytes.append(kind.rawValue) }
        switch self {
        case .head(let block):
            begin(.head)
            bytes.append(block)
        case .reorganised(let ancestor, let depth):
            begin(.reorganised)
            bytes.append(ancestor)
            bytes.append(bigEndian: depth)
        case .answered(let key, let answers):
            begin(.answered)
            key.append(to: &bytes)
            bytes.append(list: answers) { bytes, reading in
                reading.0.append(to: &bytes)
                reading.1.append(to: &bytes)
            }
        case .committed(let token):
            begin(.committed)
            bytes.append(token.wallet)
            bytes.append(token.job)
            for value in [token.numbers.instance, token.numbers.numbers.lowerBound, token.numbers.numbers.upperBound] {
                bytes.append(bigEndian: value)
            }
        case .received(let envelope, let link):
            begin(.received)
            bytes.append(link)
            bytes.append(counted: envelope)
        case .linkChanged(let peer, let isUp):
            begin(.linkChanged)
            bytes.append(peer)
            bytes.append(isUp ? 1 : 0)
        case .timePassed: begin(.timePassed)
        case .statusDue: begin(.statusDue)
        case .draining: begin(.draining)
        case .resumed: begin(.resumed)
        case .intentRefused(let wallet):
            begin(.intentRefused)
            bytes.append(wallet)
        case .walletAdded(let wallet):
            begin(.walletAdded)
            bytes.append(wallet)
        case .walletArchived(let wallet):
            begin(.walletArchived)
            bytes.append(wallet)
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "input") }
        switch kind {
        case .head: self = .head(try reader.hostBlock())
        case .reorganised: self = .reorganised(try reader.hostBlock(), depth: try reader.bigEndian())
        case .answered:
            self = .answered(
                try EvaluationKey(from: &reader),
                try reader.counted { reader throws(DecodingFailure) in
                    (try ChainQuery(from: &reader), try ChainAnswer(from: &reader))
                })
        case .committed:
            let (wallet, job) = (try reader.fixed(WalletPublicKeyHash.self), try reader.fixed(Hash32.self))
            let instance: UInt32 = try reader.bigEndian()
            let (first, end) = (try reader.bigEndian(UInt32.self), try reader.bigEndian(UInt32.self))
            guard first <= end, let numbers = AttemptNumbers(instance: instance, numbers: first..<end) else {
                throw .value(field: "numbers")
            }
            self = .committed(CommitToken(wallet: wallet, job: job, numbers: numbers))
        case .received:
            let link: EthereumAddress = try reader.fixed()
            self = .received(try reader.counted(), from: link)
        case .linkChanged:
            let peer: EthereumAddress = try reader.fixed()
            let isUp = try reader.byte()
            guard isUp <= 1 else { throw .value(field: "link") }
            self = .linkChanged(peer, isUp: isUp == 1)
        case .timePassed: self = .timePassed
        case .statusDue: self = .statusDue
        case .draining: self = .draining
        case .resumed: self = .resumed
        case .intentRefused: self = .intentRefused(try reader.fixed())
        case .walletAdded: self = .walletAdded(try reader.fixed())
        case .walletArchived: self = .walletArchived(try reader.fixed())
        }
        try reader.finish()
    }
}

extension EvaluationKey {
    /// The stored byte of each purpose.
    private enum Kind: UInt8 {
        case seed = 1
        case generate = 2
        case validate = 3
        case assemble = 4
        case track = 5
        case decideFault = 6
    }

    fileprivate func append(to bytes: inout Bytes) {
        bytes.append(wallet)
        bytes.append(bigEndian: reorgCount)
        func begin(_ kind: Kind, _ block: BlockNumber) {
            bytes.append(kind.rawValue)
            bytes.append(bigEndian: block.rawValue)
        }
        switch purpose {
        case .seed(let block): begin(.seed, block)
        case .generate(let window, let action):
            begin(.generate, window)
            bytes.append(action.rawValue)
        case .validate(let window, let digest):
            begin(.validate, window)
            bytes.append(digest)
        case .assemble(let window): begin(.assemble, window)
        case .track(let record):
            bytes.append(Kind.track.rawValue)
            bytes.append(record.wallet)
            bytes.append(record.unsigned)
        case .decideFault(let window): begin(.decideFault, window)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(DecodingFailure) {
        let wallet: WalletPublicKeyHash = try reader.fixed()
        let reorgCount: UInt64 = try reader.bigEndian()
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "purpose") }
        let purpose: Purpose
        switch kind {
        case .seed: purpose = .seed(try reader.writtenBlockNumber())
        case .generate:
            let window = try reader.writtenBlockNumber()
            guard let action = ActionKind(rawValue: try reader.byte()) else { throw .value(field: "action") }
            purpose = .generate(window: window, action)
        case .validate: purpose = .validate(window: try reader.writtenBlockNumber(), try reader.fixed())
        case .assemble: purpose = .assemble(window: try reader.writtenBlockNumber())
        case .track: purpose = .track(ActionRecord.ID(wallet: try reader.fixed(), unsigned: try reader.fixed()))
        case .decideFault: purpose = .decideFault(window: try reader.writtenBlockNumber())
        }
        self.init(wallet: wallet, purpose: purpose, reorgCount: reorgCount)
    }
}
