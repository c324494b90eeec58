import Foundation
import Primitives
import Program

/// Picks unused ports of 127.0.0.1.
enum FreePorts {
    /// Below the range of outgoing connections (32768 and up on Linux), one of which could take a port between picking
    /// it and the node's listening.
    private static let range: ClosedRange<UInt16> = 10_000...32_767
    private static let tries = 100

    /// Picks distinct ports by binding them all before letting them go.
    static func pick(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        var ports: [Int] = []
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw failure }
            sockets.append(descriptor)
            guard
                let port = (0..<tries).lazy.map({ _ in UInt16.random(in: range) }).first(where: { bind(descriptor, $0) }
                )
            else { throw failure }
            ports.append(Int(port))
        }
        return ports
    }

    private static func bind(_ descriptor: Int32, _ port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static var failure: CommandFailure {
        CommandFailure(.devnetPorts, cause: "no free port can be had", fix: "close other programs")
    }
}
