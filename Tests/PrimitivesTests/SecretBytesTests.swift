import Foundation
import Primitives
import Testing

/// Bytes that must not leak.
@Suite struct SecretBytesTests {
    @Test(
        "The bytes are those that were written; what was not written is 0", arguments: [0, 1, 32, 4_095, 4_096, 4_097])
    func content(count: Int) {
        let empty = SecretBytes(count: count) { _ in }
        let isZero = empty.withUnsafeBytes { $0.allSatisfy { $0 == 0 } }
        #expect(isZero)
        let full = SecretBytes(count: count) { $0.copyBytes(from: (0..<count).map { UInt8(truncatingIfNeeded: $0) }) }
        let (length, bytes) = (full.count, full.withUnsafeBytes { Bytes($0) })
        #expect(length == count)
        #expect(bytes == (0..<count).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test("Moving bytes in wipes the place they came from")
    func moving() {
        // The array keeps its storage while it is lent, so the wipe can be seen in it.
        var source = Bytes(repeating: 0x5a, count: 64)
        let seen = source.withUnsafeBufferPointer { $0.baseAddress }
        let secret = SecretBytes(wiping: &source)
        let bytes = secret.withUnsafeBytes { Bytes($0) }
        #expect(seen != nil)
        #expect(source.isEmpty)
        #expect(bytes == Bytes(repeating: 0x5a, count: 64))
    }

    @Test("Wiping overwrites all of the memory, and none beside it")
    func wiping() {
        var bytes = Bytes(repeating: 0xff, count: 48)
        bytes.withUnsafeMutableBytes { wipe(UnsafeMutableRawBufferPointer(rebasing: $0[8..<40])) }
        let edge = Bytes(repeating: 0xff, count: 8)
        #expect(bytes == edge + Bytes(repeating: 0, count: 32) + edge)
        wipe(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    @Test("A clone is a copy of its own, which outlives its original")
    func clone() {
        func cloned() -> SecretBytes {
            let original = SecretBytes(count: 32) { $0.copyBytes(from: 0..<32) }
            let clone = original.clone()
            let apart = original.withUnsafeBytes { first in
                clone.withUnsafeBytes { $0.baseAddress != first.baseAddress }
            }
            #expect(apart)
            return clone
        }
        let bytes = cloned().withUnsafeBytes { Bytes($0) }
        #expect(bytes == Bytes(0..<32))
    }

    @Test("Drawn bytes are the generator's")
    func drawn() {
        var random = Counting()
        let bytes = SecretBytes(count: 5, random: &random).withUnsafeBytes { Bytes($0) }
        #expect(bytes == [0, 1, 2, 3, 4])
    }

    @Test("What a closure throws comes through")
    func throwing() {
        let secret = SecretBytes(count: 1) { _ in }
        #expect(throws: HexFailure.oddLength(1)) {
            try secret.withUnsafeBytes { _ throws(HexFailure) in throw HexFailure.oddLength(1) }
        }
    }

    #if os(Linux)
        @Test("A secret is nowhere in the process once its owners are gone")
        func processImage() throws {
            let needle = Needle()
            func use() throws -> Int {
                let secret = SecretBytes(count: Needle.count) { needle.write(to: $0) }
                let clone = secret.clone()
                let found = try needle.occurrences()
                return clone.count == secret.count ? found : -1
            }
            // The search is able to find them: an owner and its clone.
            let inUse = try use()
            #expect(inUse == 2)
            let left = try needle.occurrences()
            #expect(left == 0)
        }
    #endif
}

private struct Counting: SecureRandom {
    private var next: UInt8 = 0

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices {
            buffer[index] = next
            next += 1
        }
    }
}

#if os(Linux)
    /// A random pattern, kept so that the process holds it nowhere but where it is written: every byte is inverted.
    private struct Needle {
        static let count = 32

        // The first byte is one that empty memory does not have, so that the search has little to compare.
        private let inverted: Bytes = [0x2d] + (1..<count).map { _ in UInt8.random(in: 0...255) }

        func write(to buffer: UnsafeMutableRawBufferPointer) {
            for (index, byte) in inverted.enumerated() { buffer[index] = ~byte }
        }

        /// How often the pattern stands in the writable memory of the process, the search's own place left out.
        func occurrences() throws -> Int {
            let memory = open("/proc/self/mem", O_RDONLY)
            guard memory >= 0 else { throw CocoaError(.fileReadNoPermission) }
            defer { close(memory) }
            let size = 1 << 20
            let pattern = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.count, alignment: 16)
            let window = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4_096)
            defer {
                wipe(pattern)
                wipe(UnsafeMutableRawBufferPointer(start: window, count: size))
                pattern.deallocate()
                window.deallocate()
            }
            write(to: pattern)
            var found = Set<UInt>()
            for region in try Self.regions() {
                var start = region.lowerBound
                while start < region.upperBound {
                    let length = min(size, Int(region.upperBound - start))
                    let read = pread(memory, window, length, Int(start))
                    guard read > 0 else {
                        // Another test gave this page back; the page behind it may still be there.
                        start = (start / 4_096 + 1) * 4_096
                        continue
                    }
                    for place in Self.places(of: pattern, in: UnsafeRawBufferPointer(start: window, count: read)) {
                        found.insert(start + UInt(place))
                    }
                    // Windows overlap, so that no occurrence is cut in two; a short read ended at a page given back.
                    start += UInt(read == length && length > Self.count ? length - Self.count + 1 : read)
                }
            }
            let ownPlaces = [
                UInt(bitPattern: window)..<UInt(bitPattern: window) + UInt(size),
                UInt(bitPattern: pattern.baseAddress)..<UInt(bitPattern: pattern.baseAddress) + UInt(Self.count),
            ]
            found = found.filter { address in !ownPlaces.contains { $0.contains(address) } }
            return found.count
        }

        private static func places(of pattern: UnsafeMutableRawBufferPointer, in window: UnsafeRawBufferPointer)
            -> [Int]
        {
            guard let start = window.baseAddress, let sought = pattern.baseAddress, let first = pattern.first else {
                return []
            }
            var places: [Int] = []
            var offset = 0
            while offset + pattern.count <= window.count,
                let hit = memchr(start + offset, Int32(first), window.count - pattern.count - offset + 1)
            {
                if memcmp(hit, sought, pattern.count) == 0 { places.append(UnsafeRawPointer(hit) - start) }
                offset = UnsafeRawPointer(hit) - start + 1
            }
            return places
        }

        private static func regions() throws -> [Range<UInt>] {
            // The kernel gives a page at a time, and `String(contentsOfFile:)` takes the first for all.
            guard let maps = FileHandle(forReadingAtPath: "/proc/self/maps") else {
                throw CocoaError(.fileReadNoPermission)
            }
            defer { try? maps.close() }
            var bytes = Data()
            while let more = try maps.read(upToCount: 4_096), !more.isEmpty { bytes += more }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ")
                guard fields.count >= 2, fields[1].hasPrefix("rw") else { return nil }
                let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
                return bounds.count == 2 ? bounds[0]..<bounds[1] : nil
            }
        }
    }
#endif
