import Bitcoin
import BitcoinClient
import CurlHTTP
import Foundation
import JSONRPC
import Logging
import Node
import Primitives
import WalletActions

/// Measures what a start beside real blocks costs: the client reads 150 of 0.7 MB over HTTP from another process.
func blocks() async throws {
    let source = Process()
    source.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    source.arguments = [BlockSource.argument]
    let output = Pipe()
    source.standardOutput = output
    try source.run()
    defer {
        kill(source.processIdentifier, SIGKILL)
        source.waitUntilExit()
    }
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let http = CurlClient()
    defer { http.shutDown() }
    let url = "http://127.0.0.1:" + port.trimmingCharacters(in: .whitespacesAndNewlines)
    let client = BitcoinCoreClient(
        rpc: JSONRPCClient(http: http, url: url), network: .regtest, maximumTipAge: nil,
        recentBlocks: BlockSource.count, logger: Logger(label: "benchmark"))
    guard case .bitcoin(.tip) = await client.answer(.tip) else { return print("blocks: the source does not answer") }
    let clock = ContinuousClock()
    let (before, start) = (Usage(), clock.now)
    // No block holds it, so all are read.
    guard case .bitcoin(.transaction(nil)) = await client.answer(.transaction(Txid(.zero))) else {
        return print("blocks: they cannot be read")
    }
    let (after, time) = (Usage(), clock.now - start)
    let megabytes = String(format: "%.2f", Double(BlockSource.blockSize) / 1e6)
    print(
        """
        reading \(BlockSource.count) blocks of \(megabytes) MB: \(after.milliseconds - before.milliseconds) ms of CPU, \
        at most \((after.peak - before.peak) >> 20) MiB over the \(before.peak >> 20) MiB before, in \(time)
        """)
}

/// What this process used so far.
struct Usage {
    /// Of CPU, its own and the system's.
    let milliseconds: Int
    /// The most bytes that were ever resident.
    let peak: Int

    init() {
        var usage = rusage()
        #if os(Linux)
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        let times = [usage.ru_utime, usage.ru_stime]
        milliseconds = times.reduce(0) { $0 + Int($1.tv_sec) * 1_000 + Int($1.tv_usec) / 1_000 }
        #if os(Linux)
            peak = Int(usage.ru_maxrss) << 10
        #else
            peak = Int(usage.ru_maxrss)
        #endif
    }
}

/// A Bitcoin Core node with synthetic blocks, in a process of its own.
struct BlockSource {
    static let argument = "serve-blocks"
    static let count: UInt32 = 150
    /// Transactions of a block: payments of one input and two outputs, 222 bytes each.
    static let transactions = 3_150
    static let blockSize = 3_150 * 222

    private struct Request: Decodable {
        let id: UInt64
        let method: String
        let hash: String?

        private enum Key: String, CodingKey {
            case id
            case method
            case params
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            id = try fields.decode(UInt64.self, forKey: .id)
            method = try fields.decode(String.self, forKey: .method)
            var parameters = try fields.nestedUnkeyedContainer(forKey: .params)
            hash = try? parameters.decode(String.self)
        }
    }

    private let results: [String: String]
    private let tip: BlockHash

    init() {
        var (results, tip) = ([String: String](), BlockHash(.zero))
        for height in 0..<Self.count {
            let block = Self.block(height, on: tip)
            tip = block.hash
            results[tip.display] = block.encoded.hex
        }
        (self.results, self.tip) = (results, tip)
    }

    private static func block(_ height: UInt32, on previous: BlockHash) -> Block {
        let script = Script([0x00, 0x14] + Bytes(repeating: 0x5a, count: 20))
        let payments = (0..<transactions).map { number in
            var name = Bytes(repeating: 0, count: 24)
            name.append(bigEndian: UInt64(height) << 32 | UInt64(number))
            let spent = OutPoint(txid: Txid(sha256(name)), index: 0)
            return Transaction(
                version: 2,
                inputs: [
                    TxInput(
                        outPoint: spent, sequence: .max,
                        witness: [Bytes(repeating: 0x30, count: 71), Bytes(repeating: 0x02, count: 33)])
                ],
                outputs: [1, 2].map { TxOutput(value: Satoshis($0) ?? .zero, script: script) }, lockTime: 0)
        }
        return Block.mining(
            on: previous, height: height, time: 1_700_000_000 + height * 600,
            reward: TxOutput(value: .zero, script: script), transactions: payments)
    }

    /// Prints its port and answers one connection, with which it ends: who dies leaves no server behind.
    func serve() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        FileHandle.standardOutput.write(Data("\(UInt16(bigEndian: address.sin_port))\n".utf8))
        let connection = FileHandle(fileDescriptor: accept(listener, nil, nil), closeOnDealloc: true)
        var waiting = Data()
        while case let part = connection.availableData, !part.isEmpty {
            waiting += part
            while let request = Self.take(&waiting) {
                let body = try answer(request)
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                try connection.write(contentsOf: Data(head.utf8) + body)
            }
        }
    }

    /// The body of the first whole request.
    private static func take(_ waiting: inout Data) -> Data? {
        guard let end = waiting.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: waiting[waiting.startIndex..<end.lowerBound], as: UTF8.self).lowercased()
        let field = head.components(separatedBy: "content-length:").last?.prefix { $0 != "\r" } ?? ""
        let length = Int(field.trimmingCharacters(in: .whitespaces)) ?? 0
        guard waiting.endIndex - end.upperBound >= length else { return nil }
        let body = waiting[end.upperBound..<end.upperBound + length]
        waiting.removeSubrange(waiting.startIndex..<end.upperBound + length)
        return Data(body)
    }

    private func answer(_ request: Data) throws -> Data {
        if let batch = try? JSONDecoder().decode([Request].self, from: request) {
            return Data("[".utf8) + batch.map(answer).joined(separator: Data(",".utf8)) + Data("]".utf8)
        }
        return answer(try JSONDecoder().decode(Request.self, from: request))
    }

    private func answer(_ request: Request) -> Data {
        let result: String
        switch request.method {
        case "getblockchaininfo":
            result = """
                {"chain": "regtest", "blocks": \(Self.count - 1), "headers": \(Self.count - 1), \
                "bestblockhash": "\(tip.display)", "initialblockdownload": false, "time": 1700000000}
                """
        case "getblock": result = results[request.hash ?? ""].map { "\"\($0)\"" } ?? "null"
        case "gettxout": result = "null"
        default:
            return Data("{\"id\": \(request.id), \"error\": {\"code\": -5, \"message\": \"No such transaction\"}}".utf8)
        }
        return Data("{\"id\": \(request.id), \"result\": \(result)}".utf8)
    }
}
