// swift-tools-version: 6.2
import PackageDescription

/// The targets, bottom up: a target may use those above it, never those below (docs/architecture.md).
let package = Package(
    name: "coord",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        // Ground.
        .target(name: "Primitives", dependencies: [.crypto]),
        .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
        .target(name: "Secp256k1", dependencies: ["CSecp256k1", "Primitives"]),
        // Formats.
        .target(name: "Bitcoin", dependencies: ["Primitives", "Secp256k1"]),
        // The rules.
        .target(name: "Coordination", dependencies: ["Primitives", "Secp256k1"]),
        // Tests.
        .target(name: "TestKit"),
        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives"]),
        .testTarget(name: "Secp256k1Tests", dependencies: ["Primitives", "Secp256k1", "TestKit"]),
        .testTarget(name: "BitcoinTests", dependencies: ["Bitcoin", "Primitives", "Secp256k1", "TestKit"]),
        .testTarget(
            name: "CoordinationTests", dependencies: ["Coordination", "Primitives", "Secp256k1", "TestKit"]),
    ]
)

extension Target.Dependency {
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
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
