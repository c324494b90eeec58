// swift-tools-version: 6.2
import PackageDescription

/// The targets, bottom up: a target may use those above it, never those below (docs/architecture.md).
let package = Package(
    name: "coord",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
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
        // Adapters.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CurlHTTP", dependencies: ["CCurl", "Primitives"]),
        .target(name: "JSONRPC", dependencies: ["CurlHTTP", "Primitives"]),
        .target(
            name: "BitcoinClient",
            dependencies: ["Bitcoin", "CurlHTTP", "JSONRPC", "Node", "Primitives", "WalletActions"]),
        .target(
            name: "Ledger",
            dependencies: ["Coordination", "Node", "Primitives", "WalletActions", .crypto, .cryptoExtras, .grdb]),
        .target(
            name: "DevNet",
            dependencies: [
                "Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1", "ThresholdSigning", "WalletActions",
            ]),
        // Tests.
        .target(name: "TestKit"),
        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives"]),
        .testTarget(name: "Secp256k1Tests", dependencies: ["Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "CoordinationTests", dependencies: ["Coordination", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "BitcoinTests", dependencies: ["Bitcoin", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(name: "LedgerTests", dependencies: ["Coordination", "Ledger", "Node", "Primitives"]),
        .testTarget(
            name: "ThresholdSigningTests",
            dependencies: ["Coordination", "Primitives", "Secp256k1", "TestKit", "ThresholdSigning"]),
        .testTarget(
            name: "WalletActionsTests",
            dependencies: [
                "Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1", "TestKit", "WalletActions",
            ]),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Bitcoin", "Coordination", "DevNet", "Ethereum", "Node", "Primitives", "Secp256k1", "TestKit",
                "ThresholdSigning", "WalletActions",
            ]),
    ]
)

extension Target.Dependency {
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var cryptoExtras: Self { .product(name: "CryptoExtras", package: "swift-crypto") }
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
