import Bitcoin
import Primitives
import Testing

@Suite struct FeeTests {
    @Test(
        "A rate is read exactly and rounded up to whole satoshi",
        arguments: [
            ("0.00001000", 1), ("0.00001001", 2), ("0.00000001", 1), ("1e-5", 1), ("1E-05", 1), ("1.001e-5", 2),
            ("0.000010000000000000000000000000001", 2), ("1", 100_000), ("0.1", 10_000),
            ("184467440737095.51615", .max),
            ("0.00000000000000000000001", 1), ("10e+1", 10_000_000),
        ] as [(String, UInt64)])
    func rates(_ text: String, _ rate: UInt64) throws {
        #expect(try FeeRate(bitcoinPerKilobyte: text).satoshisPerVirtualByte == rate)
    }

    @Test(
        "What is no positive number is no rate",
        arguments: [
            ("0", .zero), ("0.0", .zero), ("-0", .negative), ("0e5", .zero), ("-1", .negative), ("-0.00001", .negative),
            ("", .syntax), ("-", .syntax), (".5", .syntax), ("5.", .syntax), ("01", .syntax), ("1e", .syntax),
            ("1e+", .syntax), ("+1", .syntax), (" 1", .syntax), ("1 ", .syntax), ("0x1", .syntax), ("1,5", .syntax),
            ("NaN", .syntax), ("١", .syntax), ("184467440737095.51616", .tooLarge),
            ("1e999999999999999999999", .tooLarge),
            ("184467440737095.516151", .tooLarge), (String(repeating: "1", count: 65), .syntax),
        ] as [(String, DecimalFailure)])
    func noRates(_ text: String, _ failure: DecimalFailure) {
        #expect(throws: failure) { try FeeRate(bitcoinPerKilobyte: text) }
    }

    @Test(
        "An amount in bitcoin is read to the satoshi",
        arguments: [
            ("0", 0), ("0.00000001", 1), ("50", 5_000_000_000), ("20999999.97690001", 2_099_999_997_690_001),
            ("21000000.00000000", 2_100_000_000_000_000), ("1.5e-7", 15), ("0.100000000000", 10_000_000),
        ] as [(String, UInt64)])
    func amounts(_ text: String, _ value: UInt64) throws {
        #expect(try Satoshis(bitcoin: text).rawValue == value)
    }

    @Test(
        "An amount finer than a satoshi, negative or above all bitcoin is refused",
        arguments: [
            ("0.000000001", .tooFine), ("1e-9", .tooFine), ("-1", .negative), ("21000000.00000001", .tooLarge),
            ("1e20", .tooLarge), ("x", .syntax),
        ] as [(String, DecimalFailure)])
    func noAmounts(_ text: String, _ failure: DecimalFailure) {
        #expect(throws: failure) { try Satoshis(bitcoin: text) }
    }

    @Test(
        "An amount is written with eight decimals, and reads back",
        arguments: [0, 1, 100_000_000, 2_099_999_997_690_001])
    func amountText(_ value: UInt64) throws {
        let amount = try #require(Satoshis(value))
        #expect(try Satoshis(bitcoin: amount.bitcoinText) == amount)
        #expect(amount.bitcoinText.split(separator: ".").last?.count == 8)
    }

    @Test("A fee above all bitcoin, or beyond 64 bits, is none")
    func feeOverflow() {
        #expect(FeeRate(satoshisPerVirtualByte: 3).fee(vsize: 111) == Satoshis(333))
        #expect(FeeRate(satoshisPerVirtualByte: 2_100_000_000_000_000).fee(vsize: 1) == .maximum)
        #expect(FeeRate(satoshisPerVirtualByte: 2_100_000_000_000_000).fee(vsize: 2) == nil)
        #expect(FeeRate(satoshisPerVirtualByte: .max).fee(vsize: .max) == nil)
    }

    @Test("A split gives away the whole fee, and the last bears less than one share more", arguments: 1...20)
    func split(_ count: Int) throws {
        for total in [0, 1, 19, 20, 1_600, 9_999_999] as [UInt64] {
            let amount = try #require(Satoshis(total))
            let split = try #require(FeeSplit(total: amount, count: count))
            #expect(Satoshis.sum(split.shares)?.rawValue == total)
            #expect(split.shares.count == count)
            #expect(split.lastShare.rawValue - split.share.rawValue < UInt64(count))
            #expect(split.shares.dropLast().allSatisfy { $0 == split.share })
        }
        #expect(FeeSplit(total: .maximum, count: 0) == nil)
    }

    @Test("The parts of the size table (wallet-actions.md §6)")
    func parts() {
        func witness(_ kind: InputKind) -> UInt64 {
            // Beside an input whose witness counts 66, and the marker's 2.
            TransactionSize(inputs: [.p2tr, kind], outputs: []).witnessSize - 68
        }
        func size(_ kind: InputKind) -> UInt64 { TransactionSize(inputs: [kind], outputs: []).strippedSize - 10 }
        for (kind, bytes, witnessBytes) in [
            (InputKind.p2wpkh, 41, 108), (.p2wsh(redeemLength: 92), 41, 201), (.p2wsh(redeemLength: 126), 41, 235),
            (.p2pkh, 148, 1), (.p2sh(redeemLength: 92), 242, 1), (.p2sh(redeemLength: 126), 276, 1), (.p2tr, 41, 66),
        ] as [(InputKind, UInt64, UInt64)] {
            #expect(size(kind) == bytes, "\(kind)")
            #expect(witness(kind) == witnessBytes, "\(kind)")
        }
        #expect(TransactionSize(inputs: [.p2pkh], outputs: []).witnessSize == 0)
        let many = TransactionSize(
            inputs: Array(repeating: .p2pkh, count: 253), outputs: Array(repeating: .p2tr(.zero), count: 252))
        #expect(many.strippedSize == 8 + 3 + 253 * 148 + 1 + 252 * 43)
    }

    @Test("An estimate is never below the signed size, and above it by what the signatures lack")
    func estimates() throws {
        let fixture = try SpendFixture()
        for kinds in [[SpendFixture.Kind.p2tr], [.p2wpkh], [.p2pkh], [.p2pkh, .p2tr, .p2wpkh]] {
            let (signed, spent) = try fixture.signed(kinds)
            var estimate = TransactionSize()
            for output in spent { estimate.add(input: output.script) }
            for output in signed.outputs { estimate.add(output: output.script) }
            #expect(estimate.weight >= signed.size.weight)
            #expect(estimate.vsize - signed.size.vsize <= 2)
            if kinds == [.p2tr] { #expect(estimate.weight == signed.size.weight) }
        }
    }

    @Test("A size is standard from 65 bytes up to a weight of 400,000")
    func standard() {
        let smallest = Script(Bytes(repeating: 0, count: 5))
        #expect(TransactionSize(inputs: [.p2tr], outputs: [smallest]).strippedSize == 65)
        #expect(TransactionSize(inputs: [.p2tr], outputs: [smallest]).isStandard)
        #expect(!TransactionSize(inputs: [.p2tr], outputs: [Script(Bytes(repeating: 0, count: 4))]).isStandard)
        func heavy(_ length: Int) -> TransactionSize {
            TransactionSize(inputs: [.p2pkh], outputs: [Script(Bytes(repeating: 0, count: length))])
        }
        let limit = (400_000 - 4 * (10 + 148 + 8 + 5)) / 4
        #expect(heavy(limit).weight == 400_000)
        #expect(heavy(limit).isStandard)
        #expect(!heavy(limit + 1).isStandard)
    }
}
