import Foundation
import Logging
import Program
import Synchronization
import Testing

@testable import OperatorCLI

/// What a log line looks like.
@Suite struct LineLogHandlerTests {
    private final class Lines: Sendable {
        let text = Mutex("")
    }

    private func line(isJSON: Bool, _ metadata: Logger.Metadata) -> String {
        let lines = Lines()
        let stream = LogStream { bytes, _ throws(StandardStream.Failure) in
            lines.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        }
        let logger = Logger(label: "coord") { LineLogHandler(label: $0, isJSON: isJSON, stream: stream) }
        logger.warning("a source is bad", metadata: metadata)
        return lines.text.withLock { $0 }
    }

    @Test("In a text line the message stands first, and every value is one word: with blanks in it, in quotes")
    func text() {
        let line = line(
            isJSON: false,
            [
                "reason": "source.unreachable", "do": "start the node; check its url",
                "found": "it said \"no\"\nand more",
                "empty": "", "url": "http://a/?b=c",
            ])
        #expect(
            line.hasSuffix(
                #" warning coord: a source is bad do="start the node; check its url" empty="""#
                    + #" found="it said \"no\"\nand more" reason=source.unreachable url="http://a/?b=c""#
                    + "\n"))
        #expect(line.count { $0 == "\n" } == 1)
    }

    @Test("In a line of JSON message and values are keys of one object")
    func json() throws {
        let line = line(isJSON: true, ["do": "start the node"])
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(object["message"] == "a source is bad" && object["level"] == "warning")
        #expect(object["do"] == "start the node")
    }
}
