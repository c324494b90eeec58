import Testing

@testable import Simulation

@Suite("FaultFile")
struct FaultFileTests {
    @Test("A file lists one kind a line; comments, spaces and empty lines count nothing")
    func lines() throws {
        let text = "# a mix\n\nloss\r\n\tpause  # a virtual machine that is moved\n   torn-write"
        #expect(try FaultFile.kinds(in: text) == [.loss, .pause, .tornWrite])
        let all = InjectedFault.allCases.map(\.rawValue).joined(separator: "\n")
        #expect(try FaultFile.kinds(in: all) == Set(InjectedFault.allCases))
    }

    @Test(
        "A line that names no kind is refused with its number and the nearest name",
        arguments: [
            ("loss\nlozz\n", FaultFile.Failure.unknown("lozz", line: 2, nearest: "loss")),
            ("out age", .unknown("out age", line: 1, nearest: "outage")),
            ("swarm", .unknown("swarm", line: 1, nearest: nil)),
            ("Loss", .unknown("Loss", line: 1, nearest: "loss")),
            ("loss,delay", .unknown("loss,delay", line: 1, nearest: nil)),
            ("loss\n#\nloss", .repeated("loss", line: 3)),
            ("", .empty), ("# loss\n\n", .empty),
        ])
    func refused(text: String, failure: FaultFile.Failure) {
        #expect(throws: failure) { try FaultFile.kinds(in: text) }
    }
}
