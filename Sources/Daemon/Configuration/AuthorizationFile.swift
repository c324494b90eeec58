import Foundation

/// A file with the value of a source's `Authorization` header: the whole value, or `user:password`.
///
/// It is read again whenever the source refuses the value, because Bitcoin Core writes a new cookie at each start.
package struct AuthorizationFile: Sendable {
    package let path: String

    /// Refers to the file at a path.
    package init(path: String) { self.path = path }

    /// The value of the header; nil if the file cannot be read.
    package func value() -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return secret.contains(" ") ? secret : "Basic " + Data(secret.utf8).base64EncodedString()
    }
}
