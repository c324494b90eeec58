import Coordination

package enum ScaleModelDebug {
    package static func all(_ row: SweepRow, _ w: Double) -> String {
        MessageKind.allCases.map { k in
            "\(k.name) \(row.traffic[kind: k].messages) \(Double(row.traffic[kind: k].messages)/w) x \(Double(row.traffic[kind: k].bytes) / Double(max(1, row.traffic[kind: k].messages)))"
        }.joined(separator: "; ")
    }
}
