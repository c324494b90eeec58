// swift-tools-version: 6.2
import PackageDescription

/// Benchmarks in a package of their own, so that users never build them. The folders of the measured targets are links to
/// the real ones, since what they share is visible inside one package only.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1"),
        .target(name: "Primitives", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Secp256k1", dependencies: ["CSecp256k1", "Primitives"]),
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
            name: "ChainModels",
            dependencies: ["Bitcoin", "Coordination", "Ethereum", "Primitives", "Secp256k1", "WalletActions"]),
        .target(
            name: "Ledger",
            dependencies: [
                "Coordination", "Node", "Primitives", "WalletActions",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .target(name: "CurlHTTP", dependencies: ["CCurl", "Primitives"]),
        .target(
            name: "JSONRPC", dependencies: ["CurlHTTP", "Primitives", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "BitcoinClient",
            dependencies: [
                "Bitcoin", "CurlHTTP", "JSONRPC", "Node", "Primitives", "WalletActions",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Bitcoin", "BitcoinClient", "ChainModels", "Coordination", "CurlHTTP", "JSONRPC", "Ledger", "Node",
                "Primitives", "Secp256k1", "ThresholdSigning", "WalletActions", .product(name: "Logging", package: "swift-log"),
            ]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
