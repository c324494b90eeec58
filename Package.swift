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
        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives", .crypto]),
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
