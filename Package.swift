// swift-tools-version: 6.2
import PackageDescription

/// The targets, bottom up: a target may use those above it, never those below (docs/architecture.md).
let package = Package(
    name: "coord",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "coord", targets: ["coord"]),
        .executable(name: "coord-sim", targets: ["coord-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Ground.
        .target(name: "Primitives", dependencies: [.crypto]),
        .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
        .target(name: "Secp256k1", dependencies: ["CSecp256k1", "Primitives"]),
        // The rules.
        .target(name: "Coordination", dependencies: ["Primitives", "Secp256k1"]),
        .target(name: "ThresholdSigning", dependencies: ["Coordination", "Primitives", "Secp256k1"]),
        .target(name: "Bitcoin", dependencies: ["Primitives", "Secp256k1"]),
        .target(name: "Ethereum", dependencies: ["Primitives"]),
        .target(
            name: "WalletActions", dependencies: ["Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1"]),
        .target(
            name: "Node",
            dependencies: ["Bitcoin", "Coordination", "Primitives", "Secp256k1", "ThresholdSigning", "WalletActions"]),
        .target(
            name: "ChainFollowing", dependencies: ["Coordination", "Ethereum", "Node", "Primitives", "WalletActions"]),
        // The chains as values, for networks and simulations of our own.
        .target(
            name: "ChainModels",
            dependencies: ["Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1", "WalletActions"]),
        // Adapters.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CurlHTTP", dependencies: ["CCurl", "Primitives"]),
        .target(name: "JSONRPC", dependencies: ["CurlHTTP", "Primitives", .logging]),
        .target(
            name: "BitcoinClient",
            dependencies: [
                "Bitcoin", "CurlHTTP", "JSONRPC", "Node", "Primitives", "WalletActions", .logging,
            ]),
        .target(
            name: "Peers",
            dependencies: [
                "Coordination", "Primitives", "Secp256k1", .asn1, .crypto, .logging, .nioCore, .nioPosix, .nioSSL,
                .nioTLS,
                .serviceLifecycle, .x509,
            ]),
        .target(
            name: "HostChainClient",
            dependencies: [
                "ChainFollowing", "Coordination", "Ethereum", "JSONRPC", "Node", "Primitives", "WalletActions",
                .logging,
                .nioConcurrencyHelpers, .serviceLifecycle,
            ]),
        .target(
            name: "Ledger",
            dependencies: ["Coordination", "Node", "Primitives", "WalletActions", .crypto, .cryptoExtras, .grdb]),
        .target(
            name: "DevNet",
            dependencies: [
                "Bitcoin", "ChainModels", "Coordination", "Ethereum", "Primitives", "WalletActions",
                .httpTypes, .hummingbird, .logging, .nioCore, .serviceLifecycle,
            ]),
        // Assembly.
        .target(
            name: "Daemon",
            dependencies: [
                "Bitcoin", "BitcoinClient", "ChainFollowing", "Coordination", "CurlHTTP", "HostChainClient", "JSONRPC",
                "Ledger", "Node", "Peers", "Primitives", "Secp256k1", "ThresholdSigning", "WalletActions", .logging,
                .serviceLifecycle, .tomlKit, .unixSignals,
            ]),
        .target(name: "Program", dependencies: ["Primitives", .argumentParser]),
        .target(
            name: "OperatorCLI",
            dependencies: [
                "Bitcoin", "ChainModels", "Coordination", "Daemon", "DevNet", "Ledger", "Node", "Primitives", "Program",
                "Secp256k1",
                "ThresholdSigning", "WalletActions", .argumentParser, .logging, .serviceLifecycle, .unixSignals,
            ]),
        .executableTarget(name: "coord", dependencies: ["OperatorCLI", "Program"]),
        .target(
            name: "Simulation",
            dependencies: [
                "Bitcoin", "ChainFollowing", "ChainModels", "Coordination", "Ethereum", "Node", "Primitives",
                "Secp256k1",
                "ThresholdSigning", "WalletActions",
            ]),
        .target(
            name: "SimulatorCLI",
            dependencies: ["Coordination", "Node", "Primitives", "Program", "Simulation", .argumentParser]),
        .executableTarget(name: "coord-sim", dependencies: ["Program", "SimulatorCLI"]),
        // Tests.
        .target(
            name: "TestKit",
            dependencies: [
                "ChainFollowing", "Coordination", "Ethereum", "Primitives", "Secp256k1", "WalletActions", .logging,
                .nioCore, .nioHTTP1, .nioPosix,
            ]),
        .testTarget(name: "CurlHTTPTests", dependencies: ["CurlHTTP", "Primitives", "TestKit"]),
        .testTarget(name: "JSONRPCTests", dependencies: ["CurlHTTP", "JSONRPC", "Primitives", "TestKit"]),
        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives", "TestKit"]),
        .testTarget(name: "Secp256k1Tests", dependencies: ["CSecp256k1", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "CoordinationTests", dependencies: ["Coordination", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "BitcoinTests", dependencies: ["Bitcoin", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "ChainModelsTests",
            dependencies: [
                "Bitcoin", "ChainModels", "Coordination", "Ethereum", "Primitives", "Secp256k1", "TestKit",
            ]),
        .testTarget(name: "EthereumTests", dependencies: ["Ethereum", "Primitives", "TestKit"]),
        .testTarget(
            name: "ChainFollowingTests",
            dependencies: [
                "ChainFollowing", "Coordination", "Ethereum", "Node", "Primitives", "TestKit", "WalletActions",
            ]),
        .testTarget(
            name: "HostChainClientTests",
            dependencies: [
                "Bitcoin", "ChainFollowing", "ChainModels", "Coordination", "CurlHTTP", "Ethereum", "HostChainClient",
                "JSONRPC", "Node",
                "Primitives", "TestKit", "WalletActions", .logging,
            ]),
        .testTarget(
            name: "BitcoinClientTests",
            dependencies: [
                "Bitcoin", "BitcoinClient", "CurlHTTP", "JSONRPC", "Node", "Primitives", "TestKit", "WalletActions",
                .logging,
            ]),
        .testTarget(
            name: "PeersTests",
            dependencies: [
                "Coordination", "Peers", "Primitives", "Secp256k1", "TestKit", .asn1, .crypto, .logging, .nioCore,
                .nioEmbedded, .nioPosix, .nioSSL, .x509,
            ]),
        .testTarget(
            name: "OperatorCLITests",
            dependencies: [
                "Coordination", "Daemon", "Ledger", "Node", "OperatorCLI", "Primitives", "Program", "TestKit",
                "ThresholdSigning",
                "WalletActions", .argumentParser, .logging,
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Bitcoin", "ChainModels", "Coordination", "Node", "Primitives", "Secp256k1", "Simulation",
                "ThresholdSigning", "WalletActions",
            ]),
        .testTarget(
            name: "SimulatorCLITests",
            dependencies: ["Primitives", "Program", "Simulation", "SimulatorCLI", .argumentParser]),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Bitcoin", "BitcoinClient", "Coordination", "CurlHTTP", "Daemon", "JSONRPC", "Ledger", "Node", "Peers",
                "Primitives", "Secp256k1", "TestKit", "ThresholdSigning", "WalletActions", .logging,
            ]),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Coordination", "Ledger", "Node", "Primitives", "TestKit", "ThresholdSigning", "WalletActions", .grdb,
            ]),
        .testTarget(
            name: "ThresholdSigningTests",
            dependencies: ["Coordination", "Primitives", "Secp256k1", "Simulation", "TestKit", "ThresholdSigning"]),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "coord", "coord-sim", "Bitcoin", "ChainModels", "Coordination", "Daemon", "DevNet", "Ledger", "Node",
                "OperatorCLI", "Peers", "Primitives", "Secp256k1", "SimulatorCLI", "TestKit", "ThresholdSigning",
                "WalletActions", .argumentParser, .logging, .nioCore, .nioPosix, .nioSSL,
            ]),
        .testTarget(
            name: "WalletActionsTests",
            dependencies: [
                "Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1", "TestKit", "WalletActions",
            ]),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Bitcoin", "ChainModels", "Coordination", "Ethereum", "Node", "Primitives", "Secp256k1", "TestKit",
                "ThresholdSigning", "WalletActions",
            ]),
    ]
)

extension Target.Dependency {
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var cryptoExtras: Self { .product(name: "CryptoExtras", package: "swift-crypto") }
    static var httpTypes: Self { .product(name: "HTTPTypes", package: "swift-http-types") }
    static var hummingbird: Self { .product(name: "Hummingbird", package: "hummingbird") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var asn1: Self { .product(name: "SwiftASN1", package: "swift-asn1") }
    static var nioSSL: Self { .product(name: "NIOSSL", package: "swift-nio-ssl") }
    static var nioTLS: Self { .product(name: "NIOTLS", package: "swift-nio") }
    static var x509: Self { .product(name: "X509", package: "swift-certificates") }
    static var nioConcurrencyHelpers: Self { .product(name: "NIOConcurrencyHelpers", package: "swift-nio") }
    static var nioCore: Self { .product(name: "NIOCore", package: "swift-nio") }
    static var nioHTTP1: Self { .product(name: "NIOHTTP1", package: "swift-nio") }
    static var nioEmbedded: Self { .product(name: "NIOEmbedded", package: "swift-nio") }
    static var nioPosix: Self { .product(name: "NIOPosix", package: "swift-nio") }
    static var serviceLifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var unixSignals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var tomlKit: Self { .product(name: "TOMLKit", package: "TOMLKit") }
    static var grdb: Self { .product(name: "GRDB", package: "GRDB.swift") }
}

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .treatAllWarnings(as: .error),
        ]
}
