import Foundation
import Synchronization
import Testing

@testable import Program

@Suite struct LogStreamTests {
    /// A stream with so much room, which a reader makes again.
    private final class Disk: Sendable {
        let state = Mutex((room: 0, text: ""))

        func write(_ bytes: Data) throws(StandardStream.Failure) {
            let taken = state.withLock { state in
                let taken = min(state.room, bytes.count)
                state.room -= taken
                state.text += String(decoding: bytes.prefix(taken), as: UTF8.self)
                return taken
            }
            guard taken == bytes.count else { throw StandardStream.Failure(code: ENOSPC, written: taken) }
        }
    }

    @Test("Lines that found no room are counted, the count is said once there is room, and no line is glued to another")
    func loss() {
        let disk = Disk()
        let stream = LogStream { bytes, _ throws(StandardStream.Failure) in try disk.write(bytes) }
        func write(_ line: String, room: Int) {
            disk.state.withLock { $0.room = room }
            stream.write(Data("\(line)\n".utf8)) { lines, cause in Data("lost \(lines): \(cause)\n".utf8) }
        }
        write("one", room: 100)
        write("two", room: 2)
        write("three", room: 0)
        let loss = "\nlost 2: No space left on device\n"
        write("four", room: loss.utf8.count)
        write("five", room: 100)
        write("six", room: 100)
        #expect(
            disk.state.withLock { $0.text }
                == "one\ntw\(loss)lost 1: No space left on device\nfive\nsix\n")
    }
}
