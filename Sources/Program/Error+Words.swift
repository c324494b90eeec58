import Foundation

extension Error {
    /// The system's words for a Foundation error, or the error's own description.
    package var systemWords: String {
        var error = self as NSError
        while let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = underlying }
        return error.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(error.code))) : localizedDescription
    }
}
