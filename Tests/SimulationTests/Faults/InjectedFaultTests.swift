import Foundation
import Testing

@testable import Simulation

@Suite("InjectedFault")
struct InjectedFaultTests {
    @Test("docs/simulation.md tells of every kind of fault and every preset, and of no other")
    func documented() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/simulation.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        func names(under heading: String) throws -> [String] {
            let start = try #require(lines.firstIndex { $0 == heading })
            let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
            return section.compactMap { line in
                line.hasPrefix("| `") ? line.dropFirst(3).prefix { $0 != "`" } : nil
            }.map(String.init)
        }
        #expect(try names(under: "## Faults").sorted() == InjectedFault.allCases.map(\.rawValue).sorted())
        #expect(try names(under: "## Presets") == InjectedFault.presets)
    }

    @Test("The presets divide the kinds: the honest ones and the lies are the swarm")
    func presets() throws {
        func preset(_ name: String) throws -> Set<InjectedFault> { try #require(InjectedFault.preset(name)) }
        #expect(try preset("none").isEmpty)
        #expect(try preset("swarm") == Set(InjectedFault.allCases))
        #expect(try preset("honest").isDisjoint(with: preset("liars")))
        #expect(try preset("honest").union(preset("liars")) == preset("swarm"))
        for name in ["crash-swarm", "network", "chains"] { #expect(try preset(name).isSubset(of: preset("honest"))) }
        #expect(try preset("pause") == [.pause])
        #expect(InjectedFault.preset("Swarm") == nil)
    }
}
