import Coordination
import Foundation
import Primitives
import Secp256k1

// `make bench` runs all rows, `make bench ARGS=blocks` one.

/// Measures a body: the median, over batches, of the nanoseconds that one call takes.
func measure(_ name: String, calls: Int, _ body: (Int) -> Void) {
    let clock = ContinuousClock()
    for call in 0..<calls { body(call) }
    var batches: [Double] = []
    for _ in 0..<25 {
        let time = clock.measure { for call in 0..<calls { body(call) } }
        batches.append(time / .nanoseconds(1) / Double(calls))
    }
    batches.sort()
    let (low, median, high) = (batches[0], batches[12], batches[24])
    print("\(name): median \(Int(median)) ns, from \(Int(low)) to \(Int(high))")
}

/// Keeps the optimiser from dropping a result.
@inline(never)
func consume<Value>(_: Value) {}

func elections() {
    let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
    let hashes = (0..<256).map { sha256([UInt8($0)]) }
    for count in [5, 10, 30, 51, 100] {
        let operators = (0..<count).map { EthereumAddress(hash160([UInt8($0)])) }.sorted()
        measure("election of \(count) operators (seed, order, checklist)", calls: 10_000) { call in
            consume(
                Election(
                    wallet: wallet, safeBlockHash: hashes[call & 255], window: WindowIndex(UInt64(call + 1)),
                    operators: operators, profile: .mainnet))
        }
    }
}

func generators() {
    let seed = sha256([7])
    measure("1,000 words of the generator", calls: 1_000) { call in
        var generator = Generator(seed: seed, stream: UInt64(call))
        var sum: UInt64 = 0
        for _ in 0..<1_000 { sum &+= generator.word() }
        consume(sum)
    }
    measure("1,000 draws below 51", calls: 1_000) { call in
        var generator = Generator(seed: seed, stream: UInt64(call))
        var sum: UInt64 = 0
        for _ in 0..<1_000 { sum &+= generator.below(51) }
        consume(sum)
    }
    let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
    measure("seed of an election", calls: 10_000) { call in
        consume(Election.seed(wallet: wallet, safeBlockHash: seed))
    }
    measure("checklist", calls: 10_000) { call in
        consume(Checklist(window: WindowIndex(UInt64(call + 1)), seed: seed, profile: .mainnet))
    }
}

func scalars() {
    let values = (0..<64).map { Scalar(wrapping: sha256([UInt8($0)])) }
    measure("scalar multiplication", calls: 100_000) { consume(values[$0 & 63] * values[($0 + 1) & 63]) }
    measure("scalar inversion", calls: 1_000) { consume(values[$0 & 63].inverse) }
    measure("tagged hash of 53 bytes", calls: 100_000) { call in
        consume(Tag.bip340Challenge.hash(Bytes(repeating: UInt8(call & 255), count: 53)))
    }
}

let rows = CommandLine.arguments.dropFirst()
if rows.first == BlockSource.argument {
    try BlockSource().serve()
} else if rows.first == SyntheticLedger.argument, let folder = rows.last {
    try await SyntheticLedger.read(URL(filePath: folder))
} else {
    // First, since memory is measured by the most that the process ever held.
    if rows.isEmpty || rows.contains("blocks") { try await blocks() }
    if rows.isEmpty || rows.contains("wallets") { try wallets() }
    if rows.isEmpty || rows.contains("start") { try await start() }
    if rows.isEmpty || rows.contains("elections") { elections() }
    if rows.isEmpty || rows.contains("generators") { generators() }
    if rows.isEmpty || rows.contains("scalars") { scalars() }
}
