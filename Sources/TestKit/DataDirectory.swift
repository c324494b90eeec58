package import Foundation

/// A data directory with a configuration, like that of a stopped node.
package struct DataDirectory {
    package let url = FileManager.default.temporaryDirectory.appending(component: "directory-\(UUID().uuidString)")
    /// The path of the configuration file.
    package var configuration: String { url.appending(component: "coord.toml").path }

    /// Makes the directory; its sources are unreachable.
    package init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let text = """
            [general]
            environment = "local"
            [storage]
            directory = "."
            [[host_chain.source]]
            name = "h"
            url = "http://127.0.0.1:1"
            [[bitcoin.source]]
            name = "b"
            url = "http://127.0.0.1:2"
            """
        try Data(text.utf8).write(to: url.appending(component: "coord.toml"))
    }
}
