import Foundation
import FoundationXML
import Program
import Simulation
import Testing

@testable import SimulatorCLI

@Suite struct ReportTests {
    private let folder = FileManager.default.temporaryDirectory.appending(component: "report-\(UUID().uuidString)")

    private func page() async throws -> String {
        var settings = SimulationRun.Settings()
        settings.windows = 24
        settings.episodeWindows = 8
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        let grid = try await ReportGrid.played(seed: 1, windows: 1, by: EpisodePool(jobs: 2))
        let command = SimulationOptions.report(settings, windows: 24, reportWindows: 1)
        return ReportPage(run, grid: grid, command: command).html
    }

    @Test("Equal seeds give equal pages: strict XML that names nothing outside itself, with a table beside each plot")
    func selfContained() async throws {
        let page = try await page()
        #expect(try await self.page() == page)
        let reader = PageReader()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") in line \(parser.lineNumber)")
        #expect(reader.counts["svg"] == 7)
        #expect(reader.counts["section"] == 5)
        #expect(reader.counts["table"] == 5)
        #expect(reader.counts["script"] == nil && reader.counts["link"] == nil && reader.counts["img"] == nil)
        #expect(reader.references.isEmpty)
        for word in ["url(", "@import", "\(FileManager.default.currentDirectoryPath)"] { #expect(!page.contains(word)) }
        #expect(page.contains("coord-sim run --seed 1 --windows 24 --operators 5 --faults swarm --episode-windows 8"))
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

/// Counts a page's elements, and what refers to something else.
private final class PageReader: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]
    var references: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        counts[element, default: 0] += 1
        for (name, value) in attributes where ["href", "src", "xlink:href", "action", "data"].contains(name) {
            references.append(value)
        }
    }
}
