import Ethereum
import Primitives
import Testing

/// What calls and logs of another form give.
@Suite struct ContractCallTests {
    @Test("Call data of another function is refused by its selector")
    func selector() {
        let data = Bridge.PendingRedemptions(.zero).encoded
        #expect(throws: ABIFailure.selector([0x03, 0xd9, 0x52, 0xf7])) {
            try RedemptionWatchtower.GetRedemptionDelay(decoding: data)
        }
        #expect(throws: ABIFailure.selector([0x03])) { try Bridge.PendingRedemptions(decoding: [0x03]) }
    }

    @Test("Call data with anything after its arguments is refused")
    func trailing() {
        #expect(throws: ABIFailure.trailing(count: 1)) {
            try Bridge.GetRedemptionWatchtower(decoding: Bridge.GetRedemptionWatchtower().encoded + [0])
        }
    }

    @Test("The empty answer of an address without code is refused")
    func emptyAnswer() {
        #expect(throws: ABIFailure.truncated(offset: 0)) { try Bridge.Wallets.decode(answer: []) }
    }

    @Test("A wallet's state that the Bridge does not have is refused")
    func walletState() throws {
        let wallet = Bridge.Wallet(
            ecdsaWalletID: .zero, mainUtxoHash: .zero, pendingRedemptionsValue: 0, createdAt: UnixTime(0),
            movingFundsRequestedAt: UnixTime(0), closingStartedAt: UnixTime(0), pendingMovedFundsSweepRequestsCount: 0,
            state: .terminated, movingFundsTargetWalletsCommitmentHash: .zero)
        var data = Bridge.Wallets.encode(answer: wallet)
        #expect(try Bridge.Wallets.decode(answer: data) == wallet)
        // The last byte of the eighth word.
        data[8 * 32 - 1] = 6
        #expect(throws: ABIFailure.walletState(6)) { try Bridge.Wallets.decode(answer: data) }
    }

    @Test("A log with another topic, or another number of topics, is refused")
    func topics() throws {
        let event = Bridge.RedemptionsCompleted(wallet: ContractSamples.wallet, transaction: .zero)
        let log = event.log(from: ContractSamples.redeemer)
        #expect(throws: ABIFailure.topics(log.topics)) { try Bridge.MovedFundsSwept(decoding: log) }
        let short = EventLog(address: log.address, topics: [log.topics[0]], data: log.data)
        #expect(throws: ABIFailure.topics(short.topics)) { try Bridge.RedemptionsCompleted(decoding: short) }
        let bare = EventLog(address: log.address, topics: [], data: log.data)
        #expect(throws: ABIFailure.topics([])) { try Bridge.RedemptionsCompleted(decoding: bare) }
    }

    @Test("A topic is a bytes20 followed by twelve zero bytes, and nothing else")
    func paddedTopic() throws {
        let event = Bridge.RedemptionsCompleted(wallet: ContractSamples.wallet, transaction: .zero)
        let log = event.log(from: ContractSamples.redeemer)
        #expect(log.topics[1].bytes == ContractSamples.wallet.bytes + Bytes(repeating: 0, count: 12))
        let word = try #require(Hash32(log.topics[1].bytes.dropLast() + [1]))
        let bent = EventLog(address: log.address, topics: [log.topics[0], word], data: log.data)
        #expect(throws: ABIFailure.range(offset: 0, type: .fixedBytes(20), word: word)) {
            try Bridge.RedemptionsCompleted(decoding: bent)
        }
    }
}

/// Why a call reverted.
@Suite struct RevertReasonTests {
    @Test("No data, a custom error, a bad text and a short panic are no reason of the two known kinds")
    func others() {
        #expect(RevertReason([]) == .empty)
        for data: Bytes in [
            [0xde, 0xad, 0xbe, 0xef], [0x08], [0x08, 0xc3, 0x79, 0xa0], [0x4e, 0x48, 0x7b, 0x71, 0x11],
            Bytes(RevertReason.error("reason").encoded.dropLast()), RevertReason.panic(UInt256(0x11)).encoded + [0],
        ] {
            #expect(RevertReason(data) == .other(data))
            #expect(RevertReason(data).encoded == data)
        }
    }
}

/// Scripts with their length in front.
@Suite struct PrefixedScriptTests {
    @Test(
        "The length in front is the shortest CompactSize",
        arguments: [
            (0, "00"), (22, "16"), (252, "fc"), (253, "fdfd00"), (65535, "fdffff"), (65536, "fe00000100"),
        ] as [(Int, String)])
    func prefix(length: Int, hex: String) throws {
        let script = Bytes(repeating: 0x51, count: length)
        let prefixed = PrefixedScript(script)
        #expect(prefixed.bytes == (try Bytes(hex: hex)) + script)
        var writer = ABIWriter(types: [.bytes])
        writer.value(prefixed)
        var reader = ABIReader(writer.encoded, types: [.bytes])
        #expect(try reader.value(PrefixedScript.self) == prefixed)
    }

    @Test(
        "A length that is not the script's, or not the shortest form, is refused",
        arguments: ["", "01", "0151ff", "0251", "fd", "fd0000", "fd010051", "fe0100000051", "ff51"])
    func refuses(hex: String) throws {
        let bytes = try Bytes(hex: hex)
        var writer = ABIWriter(types: [.bytes])
        writer.value(bytes)
        let encoded = writer.encoded
        #expect(throws: ABIFailure.scriptLength(bytes)) {
            var reader = ABIReader(encoded, types: [.bytes])
            return try reader.value(PrefixedScript.self)
        }
    }
}
