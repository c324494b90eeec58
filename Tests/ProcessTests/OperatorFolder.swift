import Foundation
import TestKit
import Testing

/// Folders with a configuration, keys and a ledger, as an operator's node leaves them.
enum OperatorFolder {
    /// The folder of a devnet's first operator, whose network is stopped.
    static func made() async throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(component: "run-\(UUID().uuidString)")
        let network = try CoordProcess([
            "devnet", "--dir", directory.path, "--operators", "2", "--threshold", "2", "--windows", "1",
        ])
        let folder = directory.appending(component: "operator-1")
        #expect(
            await eventually(within: .seconds(60), every: .milliseconds(50)) {
                FileManager.default.fileExists(atPath: folder.appending(component: "coord.db").path)
            })
        network.signal(SIGTERM)
        #expect(try await network.exitCode(within: 60) == 0)
        return folder
    }
}
