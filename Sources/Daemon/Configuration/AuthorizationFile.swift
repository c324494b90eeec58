import Foundation

/// A file with what a source asks for as `Authorization`: a whole value of that header, or `user:password`.
///
/// It is read again whenever the source refuses what it held: Bitcoin Core writes a new cookie at each start.
package struct AuthorizationFile: Sendable {
    package let path: String

    /// Names the file.
    package init(path: String) { self.path = path }

    /// The value of the header; nil where the file cannot be read.
    package func value() -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return secret.contains(" ") ? secret : "Basic " + Data(secret.utf8).base64EncodedString()
    }
}
