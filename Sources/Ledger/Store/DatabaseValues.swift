import Coordination
import Foundation
import GRDB
import Node
import Primitives

extension Array where Element == UInt8 {
    /// The bytes as SQLite stores them.
    var data: Data { Data(self) }
}

extension FixedBytes {
    /// The bytes as SQLite stores them.
    var data: Data { Data(bytes) }
}

extension WindowKey {
    /// The columns that identify a window in the tables.
    var columns: [(String, any DatabaseValueConvertible)] {
        [("wallet", wallet.data), ("window", Int64(clamping: coordinationBlock.rawValue))]
    }
}

extension Row {
    /// An integer column that is never negative; a row of another shape is a database failure.
    func int(_ column: String) throws -> Int64 {
        guard let value = Int64.fromDatabaseValue(self[column]), value >= 0 else {
            throw StoreFailure.database("column \(column) holds no count")
        }
        return value
    }

    /// A blob column.
    func bytes(_ column: String) throws -> Bytes {
        // The bytes are not copied first, because a start reads hundreds of thousands of them.
        let bytes = try withUnsafeData(named: column) { data in
            data.map { $0.withUnsafeBytes { Bytes($0) } }
        }
        guard let bytes else { throw StoreFailure.database("column \(column) holds no bytes") }
        return bytes
    }

    /// A blob column of a fixed length.
    func fixed<Value: FixedBytes>(_ column: String) throws -> Value {
        guard let value = Value(try bytes(column)) else {
            throw StoreFailure.database("column \(column) is no \(Value.self)")
        }
        return value
    }
}

extension StoreFailure {
    /// Keeps our own refusal as it is; wraps the database's error with its text.
    init(_ error: any Error) {
        switch error {
        case let failure as StoreFailure: self = failure
        case let failure as DatabaseError:
            let text = "\(failure.message ?? "no words") (SQLite \(failure.extendedResultCode.rawValue))"
            self = Self.ofDisk.contains(failure.resultCode) ? .disk(text) : .database(text)
        default: self = .database("\(error)")
        }
    }

    /// SQLite's result codes for a refusal by the file system, and for a file that another process locks.
    private static let ofDisk: [ResultCode] = [
        .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_NOLFS,
    ]
}
