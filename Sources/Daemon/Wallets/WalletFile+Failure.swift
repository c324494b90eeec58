package import Coordination
import Foundation
package import Primitives

extension WalletFile {
    /// The reason for which a wallet file is refused; each with the file's name in `wallets/`.
    package enum Failure: Error, Hashable, Sendable {
        /// The file or the folder at this path cannot be read, with the reason.
        case unreadable(String, String)
        /// The file is not a wallet file of this schema, with the reason.
        case malformed(String, String)
        /// The file's name is not its wallet's: it is a copy and would be a second wallet with the same key.
        case misnamed(String, WalletPublicKeyHash)
        /// The key is dealt, and `general.environment` is not `"local"` or the network is not regtest.
        case dealerOrigin(String)
        /// This operator holds no seat.
        case noSeat(String, EthereumAddress)
        /// The share of a seat is missing, altered, or does not fit its public share.
        case share(String, SeatNumber, String)

        /// The cause as text for the operator.
        package var cause: String {
            switch self {
            case .unreadable(let path, let why): "\(path) cannot be read: \(why)"
            case .malformed(let name, let why): "wallets/\(name) is no wallet file: \(why)"
            case .misnamed(let name, let wallet):
                "wallets/\(name) holds the wallet \(wallet), whose file is wallets/\(wallet.hex).json"
            case .dealerOrigin(let name):
                "\(name) was dealt by one party; that takes general.environment = local and bitcoin.network = regtest"
            case .noSeat(let name, let me): "wallets/\(name) gives no seat to this operator, \(me)"
            case .share(let name, let seat, let why): "wallets/\(name), seat \(seat): \(why)"
            }
        }

        /// The remedy as text for the operator.
        package var fix: String {
            switch self {
            case .unreadable: "see that this user owns wallets/ and everything in it"
            case .malformed: "restore the file from a backup, or take it away if it is no wallet of this operator"
            case .misnamed(let name, let wallet):
                "take \(name) away if it is a copy; else give it the name \(wallet.hex).json"
            case .dealerOrigin: "generate the wallet's key together; dealt keys are for development"
            case .noSeat: "take the file away if another operator holds the wallet; else check the key in secrets/"
            case .share: "restore the share from a backup"
            }
        }

        /// The error of a JSON decoder as text.
        static func words(of error: any Error) -> String {
            switch error {
            case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
                "\(path(context)) has a value of another type"
            case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
                "\(path(context)) has a value that this build does not know"
            default: "it is no JSON, or only a part of it"
            }
        }

        private static func path(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty ? "the whole" : context.codingPath.map(\.stringValue).joined(separator: ".")
        }
    }
}
