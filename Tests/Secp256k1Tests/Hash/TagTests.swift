import Foundation
import Primitives
import Secp256k1
import Testing

// `Testing` has a type of the same name.
typealias HashTag = Secp256k1.Tag

/// The table of tags.
@Suite struct TagTests {
    @Test("A tagged hash is H(H(tag) ‖ H(tag) ‖ m), whatever the length of m", arguments: HashTag.allCases)
    func definition(tag: HashTag) {
        let name = sha256(tag.rawValue.utf8).bytes
        for count in [0, 1, 32, 55, 56, 64, 200] {
            let message = Bytes(repeating: 0x5a, count: count)
            let expected = sha256(name + name + message)
            #expect(tag.hash(message) == expected)
            #expect(tag.scalar(message).bytes == Scalar(wrapping: expected).bytes)
            var hasher = tag.hasher
            hasher.update(Bytes(message.prefix(count / 3)))
            hasher.update(Bytes(message.dropFirst(count / 3)))
            #expect(hasher.finalize() == expected)
        }
    }

    @Test("The tags are unique, and so are their hashes")
    func unique() {
        #expect(Set(HashTag.allCases.map(\.rawValue)).count == HashTag.allCases.count)
        #expect(Set(HashTag.allCases.map { $0.hash([]) }).count == HashTag.allCases.count)
    }

    @Test("A tap leaf of BIP-0341's wallet vectors has the published hash")
    func tapLeaf() throws {
        let script = try Bytes(hex: "20d85a959b0290bf19bb89ed43c916be835475d013da4b362117393e25a48229b8ac")
        #expect(
            HashTag.tapLeaf.hash([0xc0, UInt8(script.count)] + script).hex
                == "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21")
    }

    @Test("No other source spells a tag out")
    func spelledOnce() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(component: "Sources")
            .resolvingSymlinksInPath()
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var read = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            read += 1
            guard file.lastPathComponent != "Tag.swift" else { continue }
            let code = text.split(separator: "\n").filter { !$0.drop(while: \.isWhitespace).hasPrefix("//") }
            for tag in HashTag.allCases {
                let spelled = code.filter { $0.contains("\"\(tag.rawValue)\"") }
                #expect(spelled.isEmpty, "\(file.lastPathComponent)")
            }
        }
        #expect(read > 20, "the sources were not found")
    }
}
