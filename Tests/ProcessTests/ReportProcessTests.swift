import Foundation
import TestKit
import Testing

/// The page of `coord-sim run --report` in a browser.
@Suite(.serialized) struct ReportProcessTests {
    /// What Tests/Tools/browser.py tells of a page.
    private struct Look: Decodable {
        struct Plot: Decodable {
            let name: String
            let width: Double
            let height: Double
            let marks: Int
        }

        let title: String
        let width: Int
        let contentWidth: Int
        let background: String
        let tableRows: [Int]
        let plots: [Plot]
        let requests: [String]
        let problems: [Problem]

        struct Problem: Decodable {}
    }

    private func look(_ page: String, _ options: [String]) throws -> Look {
        let line = try #require(try TestTool.run("browser.py", options + [page]).first)
        return try JSONDecoder().decode(Look.self, from: Data(line.utf8))
    }

    @Test(
        "A browser asks for nothing but the page, and shows every plot with its data, also on a phone and in the dark")
    func browser() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "report-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try CoordProcess(
            ["run", "--windows", "64", "--seed", "3", "--report-windows", "2", "--report", folder.path], of: "coord-sim"
        )
        #expect(try await run.exitCode(within: 300) == 0)
        let page = folder.appending(component: "index.html").path

        let wide = try look(page, ["--width", "1280"])
        let phone = try look(page, ["--width", "390", "--dark"])
        for seen in [wide, phone] {
            #expect(seen.title == "coord-sim run, seed 3")
            #expect(seen.requests.count == 1)
            #expect(seen.problems.isEmpty)
            #expect(seen.contentWidth <= seen.width, "nothing stands beyond the edge")
            #expect(seen.plots.count == 7)
            for plot in seen.plots {
                #expect(plot.width > 300 && plot.height > 150, "\(plot.name)")
                #expect(plot.marks > 0, "\(plot.name)")
                #expect(plot.name.contains(": "), "title and description: \(plot.name)")
            }
            // Leaders, two episodes and their sum, delays, outages, sizes.
            #expect(seen.tableRows == [5, 3, 5, 10, 6])
        }
        #expect(wide.background == "rgb(252, 252, 251)")
        #expect(phone.background == "rgb(26, 26, 25)")
    }
}
