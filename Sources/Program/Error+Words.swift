import Foundation

extension Error {
    /// The system's words for an error of Foundation's, or its own description.
    package var systemWords: String {
        var error = self as NSError
        while let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = underlying }
        return error.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(error.code))) : localizedDescription
    }
}
