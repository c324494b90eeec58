import Bitcoin
import Daemon
import Foundation
import Node
import Primitives
import Testing

struct BroadcastLogTests {
    private func txid(_ byte: UInt8, _ other: UInt8 = 0) -> Txid {
        Txid(Hash32(Bytes(repeating: byte, count: 31) + [other]) ?? .zero)
    }

    @Test("A result is news once a transaction, however often the transaction is handed over again")
    func once() {
        var log = BroadcastLog()
        let results: [BroadcastResult] = [.unknown, .refused("fee"), .accepted]
        for txid in [txid(1), txid(2)] {
            var news: [BroadcastResult] = []
            for result in Array(repeating: results, count: 375).joined() where log.isNews(result, of: txid) {
                news.append(result)
            }
            #expect(news == results)
        }
    }

    @Test("Words that change with each refusal, and transactions without end, cost bounded lines and memory")
    func bounds() {
        var log = BroadcastLog()
        let worded = (0..<1_000).filter { log.isNews(.refused("rate \($0)"), of: txid(1)) }
        #expect(worded == Array(0..<8))
        let others = (UInt8.min...UInt8.max).filter { log.isNews(.accepted, of: txid($0, 1)) }
        #expect(others.count == 256)
        let oldest = log.isNews(.accepted, of: txid(1))
        #expect(oldest, "the oldest is forgotten")
    }

    @Test("A source's authorization file is read each time it is asked for")
    func authorization() throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "coord-\(UUID().uuidString).auth")
        let authorization = AuthorizationFile(path: file.path)
        #expect(authorization.value() == nil)
        for (text, value) in [
            ("__cookie__:1\n", "Basic X19jb29raWVfXzox"), ("__cookie__:2", "Basic X19jb29raWVfXzoy"),
            ("Bearer abc\n", "Bearer abc"),
        ] {
            try Data(text.utf8).write(to: file)
            #expect(authorization.value() == value)
        }
    }
}
