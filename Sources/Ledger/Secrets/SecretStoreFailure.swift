import Foundation

/// The reason for which a secret cannot be stored or read.
package enum SecretStoreFailure: Error, Hashable, Sendable {
    /// The password does not match the check value beside the salt.
    case password
    /// A file with that name exists already; files are never overwritten.
    case exists(String)
    /// There is no secret with that name.
    case missing(String)
    /// The file is not a sealed secret of that name, or it was altered.
    case altered(String)
    /// The parameters of the password's key are outside the range that this build accepts.
    case parameters(String)
    /// The store's scrypt cost is below the minimum, both as powers of two.
    case weak(stored: Int, least: Int)
    /// The file system refused this path, with its error number.
    case system(String, code: Int32)

    /// The cause as text for the operator; `folder` is the directory of the secrets as the operator knows it.
    package func cause(in folder: String) -> String {
        switch self {
        case .password: "the password does not open \(folder)/key"
        case .exists(let name): "\(folder)/\(name) is there already, and no secret is overwritten"
        case .missing(let name): "\(folder)/\(name) is missing"
        case .altered(let name): "\(folder)/\(name) was cut or altered, or is another file under this name"
        case .parameters(let text): "the scrypt cost of \(folder)/key is outside 2^10 to 2^22: \(text)"
        case .weak(let stored, let least): "the secret store has scrypt cost 2^\(stored), and 2^\(least) is required"
        case .system(let path, let code): "\(path) cannot be read or written: \(String(cString: strerror(code)))"
        }
    }

    /// The remedy as text for the operator.
    package var fix: String {
        switch self {
        case .password: "check the password in storage.password_file"
        case .exists: "give an empty folder"
        case .missing, .altered, .parameters: "check storage.directory, and restore this file from a backup"
        case .weak(_, let least):
            "seal the secrets anew in a store made with storage.scrypt_log_n = \(least)"
        case .system: "check storage.directory, and that this user owns it and everything in secrets/"
        }
    }
}
