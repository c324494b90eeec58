import Coordination
import Node
import Primitives
import ThresholdSigning
import WalletActions

extension JournalStep {
    /// A short description of the line, for readers who search for one.
    var summary: String {
        switch self {
        case .started(_, let build): return "the process starts, build \(build)"
        case .remembered(let memory):
            let known = memory.wallets.values.reduce(0) { $0 + $1.knownUTXOs.count }
            return
                "remembers \(memory.connected.count) links, \(known) main UTXOs, \(memory.reorgCount) reorganisations, "
                + "\(memory.idle.count) idle leaders"
                + (memory.isDraining ? ", draining" : "")
        case .sent(let envelope): return "sends a \(Self.words(envelope))"
        case .told(let input):
            switch input {
            case .head(let block): return "hears of block \(block.number) \(block.hash.hex.prefix(8))"
            case .reorganised(let ancestor, let depth):
                return "hears that \(depth) blocks after \(ancestor.number) are gone"
            case .answered(let key, let read): return "reads \(read.count) answers: \(key.purpose.summary)"
            case .committed(let token):
                return "has markers \(token.numbers.numbers) of instance \(token.numbers.instance) on disk"
            case .received(let envelope, let link): return "gets a \(Self.words(envelope)) over \(link.hex.prefix(8))"
            case .linkChanged(let peer, let isUp): return "link to \(peer.hex.prefix(8)) \(isUp ? "stands" : "is gone")"
            case .timePassed: return "time passes"
            case .statusDue: return "is to send its status"
            case .resumed: return "slept, stood still, or may run twice"
            case .intentRefused(let wallet): return "may not send again for \(wallet.hex.prefix(8))"
            case .draining: return "is told to stop"
            case .walletAdded(let wallet): return "holds wallet \(wallet.hex.prefix(8)) from here on"
            case .walletArchived(let wallet): return "holds wallet \(wallet.hex.prefix(8)) no longer"
            }
        }
    }

    private static func words(_ envelope: Bytes) -> String {
        guard let header = EnvelopeHeader(envelope) else { return "message that cannot be read" }
        guard header.kind != .status else { return header.kind.name }
        return "\(header.kind.name) for \(header.key.coordinationBlock) of seat \(header.seat.rawValue)"
    }
}

extension EvaluationKey.Purpose {
    /// A short description of the question.
    var summary: String {
        switch self {
        case .seed(let block): "seed at \(block)"
        case .generate(let window, let action): "\(window) is there a \(action)"
        case .validate(let window, let digest): "\(window) is \(digest.hex.prefix(8)) valid"
        case .assemble(let window): "\(window) assemble"
        case .track(let record): "where is \(record.unsigned.hex.prefix(8))"
        case .decideFault(let window): "\(window) does its fault stand"
        }
    }
}
