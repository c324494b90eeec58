import Coordination
import Node

extension NodeEffect {
    /// A short description of the effect.
    var summary: String {
        switch self {
        case .record(let event): event.sentence
        case .send(let message): "sends a \(EnvelopeHeader(message.envelope)?.kind.name ?? "message")"
        case .echo: "echoes"
        case .read: "reads"
        case .confirm: "waits for its disk"
        case .publish: "publishes"
        case .dropped(let drop), .unheard(let drop): "drops: \(drop.reason)"
        }
    }
}
