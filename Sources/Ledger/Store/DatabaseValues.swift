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
    /// The columns by which tables name a window.
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
        // Without a copy of its own: a start reads hundreds of thousands.
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
    /// Our own refusal as it is; what the database threw, in its words.
    init(_ error: any Error) {
        switch error {
        case let failure as StoreFailure: self = failure
        case let failure as DatabaseError:
            let text = "\(failure.message ?? "no words") (SQLite \(failure.extendedResultCode.rawValue))"
            self = Self.ofDisk.contains(failure.resultCode) ? .disk(text) : .database(text)
        default: self = .database("\(error)")
        }
    }

    /// What SQLite says where the file system refuses, and where another process keeps the file.
    private static let ofDisk: [ResultCode] = [
        .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_NOLFS,
    ]
}
