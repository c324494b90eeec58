/// A number that an operator can configure, with the range in which all arithmetic on it is safe.
///
/// The table ``all`` is the only source of these ranges. A test compares the table of docs/configuration.md with it.
package struct NumberSetting: Hashable, Sendable {
    package let key: String
    package let unit: String
    package let range: ClosedRange<UInt64>
    /// The defaults for the environments local, test and prod.
    package let defaults: [UInt64]

    private init(_ key: String, _ unit: String, _ range: ClosedRange<UInt64>, _ defaults: UInt64...) {
        self.key = key
        self.unit = unit
        self.range = range
        self.defaults = defaults.count == 1 ? [defaults[0], defaults[0], defaults[0]] : defaults
    }

    /// The default for an environment.
    package func standard(_ environment: DaemonConfiguration.Environment) -> UInt64 {
        switch environment {
        case .local: defaults[0]
        case .test: defaults[1]
        case .prod: defaults[2]
        }
    }

    static let drainSeconds = Self("general.drain_seconds", "s", 0...86_400, 60)
    static let chainID = Self("host_chain.chain_id", "", 1...UInt64(Int64.max), 31_337, 11_155_111, 1)
    static let startBlock = Self("host_chain.start_block", "block", 0...1 << 40, 0)
    static let blockSeconds = Self("host_chain.block_seconds", "s", 1...600, 1, 12, 12)
    static let pollMilliseconds = Self("host_chain.poll_ms", "ms", 1...600_000, 250, 4_000, 4_000)
    static let finalDepth = Self("host_chain.final_depth", "blocks", 0...100_000, 4, 64, 64)
    static let maximumRange = Self("host_chain.max_range", "blocks", 1...1_000_000, 10_000)
    static let maximumTipAge = Self("bitcoin.max_tip_age_minutes", "min", 0...525_600, 0, 180, 180)
    static let messagesPerSecond = Self("peers.messages_per_second", "messages/s", 1...1_000_000, 50)
    static let bytesPerSecond = Self("peers.bytes_per_second", "bytes/s", 1...1_000_000_000, 1_048_576)
    static let clockWarnMilliseconds = Self("peers.clock_warn_ms", "ms", 1...3_600_000, 200)
    static let statusSeconds = Self("peers.status_seconds", "s", 1...86_400, 5, 60, 60)
    static let scryptLogN = Self("storage.scrypt_log_n", "", 10...22, 12, 17, 17)

    static let timeoutMilliseconds = Self("source.timeout_ms", "ms", 1...600_000, 10_000)
    static let requestsPerSecond = Self("source.requests_per_second", "requests/s", 1...100_000, 20)
    static let logRange = Self("source.log_range", "blocks", 1...1_000_000, 2_000)

    /// Every number except the fields of the profile, whose ranges are in `ProtocolProfile.fields`. A key `source.…`
    /// applies to each source.
    package static let all: [NumberSetting] = [
        drainSeconds, chainID, startBlock, blockSeconds, pollMilliseconds, finalDepth, maximumRange, maximumTipAge,
        messagesPerSecond, bytesPerSecond, clockWarnMilliseconds, statusSeconds, scryptLogN, timeoutMilliseconds,
        requestsPerSecond, logRange,
    ]
}
