import Foundation
import FoundationXML
import Primitives
import Program
import Testing

@testable import Simulation
@testable import SimulatorCLI

@Suite struct ReportTests {
    private let folder = FileManager.default.temporaryDirectory.appending(component: "report-\(UUID().uuidString)")

    private func run() throws -> SimulationRun {
        var settings = SimulationRun.Settings()
        settings.windows = 24
        settings.episodeWindows = 8
        return try SimulationRun(settings: settings)
    }

    private func page() async throws -> String {
        var run = try run()
        while !run.isOver { run.playNext() }
        let grid = try await ReportGrid.played(seed: 1, windows: 1, by: EpisodePool(jobs: 2))
        return ReportPage(run, grid: grid, reportWindows: 1).html
    }

    private func read(_ page: String) -> PageReader {
        let reader = PageReader()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") in line \(parser.lineNumber)")
        return reader
    }

    @Test("Equal seeds give equal pages: strict XML that names nothing outside itself, with a table beside each plot")
    func selfContained() async throws {
        let page = try await page()
        #expect(try await self.page() == page)
        let reader = read(page)
        #expect(reader.counts["svg"] == 7)
        #expect(reader.counts["section"] == 5)
        #expect(reader.counts["table"] == 5)
        #expect(reader.counts["script"] == nil && reader.counts["link"] == nil && reader.counts["img"] == nil)
        #expect(reader.references.isEmpty)
        for word in ["url(", "@import", "\(FileManager.default.currentDirectoryPath)"] { #expect(!page.contains(word)) }
        #expect(page.contains("coord-sim run --seed 1 --windows 24 --operators 5 --faults swarm --episode-windows 8"))
    }

    @Test("A broken promise stands on the page: what, where, and the command that plays it again, each as plain text")
    func violation() throws {
        var run = try run()
        run.playNext()
        var broken = run.playing(1)
        let what = "operator 2 said <b>two</b> & \"more\" in 0x00ff]]>"
        broken.violation = Violation(
            breach: Invariant.Breach(invariant: .s2, what: what), step: 4_711, time: 9, block: BlockNumber(93))
        run.add(broken)
        let page = ReportPage(run, grid: nil, reportWindows: 1).html
        #expect(page.contains("operator 2 said &lt;b&gt;two&lt;/b&gt; &amp; &quot;more&quot; in 0x00ff]]&gt;"))
        let reader = read(page)
        #expect(reader.counts["b"] == nil)
        #expect(reader.texts.contains(what))
        #expect(reader.texts.contains("A promise of safety was broken"))
        #expect(reader.facts["invariant"] == "S2" && reader.facts["episode"] == "1")
        #expect(reader.facts["step"] == "4711" && reader.facts["block"] == "93")
        #expect(
            reader.texts.contains {
                $0.hasSuffix("Promise S2 was broken in step 4711 of episode 1, and the run ended there.")
            })
        #expect(
            reader.texts.contains(
                "coord-sim replay --seed 1 --episode 1 --operators 5 --faults swarm --episode-windows 8"))
        // What the run gave until then, and no other runs.
        #expect(reader.counts["svg"] == 4 && reader.facts["windows"] != nil)
        #expect(!page.contains("Every promise held"))
    }

    @Test("A folder is made with its page; one that cannot be made or written is exit 3, and says what and where")
    func folder() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let new = folder.appending(components: "a", "b").path
        _ = try ReportFolder(path: new)
        #expect(FileManager.default.fileExists(atPath: new))

        let file = folder.appending(component: "file")
        try Data().write(to: file)
        let failure = try #require(throws: CommandFailure.self) { try ReportFolder(path: file.path + "/in") }
        #expect(failure.exitCode == 3 && failure.reason == "report")
        #expect(failure.cause.contains(file.path + "/in"))
        let run = ["run", "--windows", "1", "--report"]
        #expect(await SimulatorCommand.main(arguments: run + [file.path]) == 3)
        #expect(await SimulatorCommand.main(arguments: run + [""]) == 3)
        #expect(await SimulatorCommand.main(arguments: run + [new, "--report-windows", "0"]) == 3)

        try FileManager.default.createDirectory(
            at: folder.appending(components: "a", "index.html"), withIntermediateDirectories: true)
        #expect(throws: CommandFailure.self) { try ReportFolder(path: folder.appending(component: "a").path) }
    }
}

/// Counts a page's elements, and keeps their texts and what refers to something else.
private final class PageReader: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]
    var references: [String] = []
    /// The texts of the innermost elements, in order.
    var texts: [String] = []
    /// What a list of facts says, by name.
    var facts: [String: String] = [:]
    private var text = ""

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        counts[element, default: 0] += 1
        text = ""
        for (name, value) in attributes where ["href", "src", "xlink:href", "action", "data"].contains(name) {
            references.append(value)
        }
    }
    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
        _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
    ) {
        if element == "dd", let name = texts.last { facts[name] = text }
        texts.append(text)
        text = ""
    }
}
