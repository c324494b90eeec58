package import Foundation

/// The number of files that the process may open.
package enum DescriptorLimit {
    /// The most that is asked for, even if the hard limit is higher or unlimited (`RLIM_INFINITY`). Linux grants a
    /// process this many unless `fs.nr_open` was changed, and links never need more.
    package static let most: rlim_t = 1_048_576
    /// The number that is assumed if the limit cannot be read: the usual soft limit.
    private static let usual = 1_024

    /// Raises the soft limit of this process as far as possible; returns the limit in force.
    static func raised() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        return raised(
            read: {
                var limit = rlimit()
                return getrlimit(resource, &limit) == 0 ? limit : nil
            },
            write: { limit in
                var limit = limit
                return setrlimit(resource, &limit) == 0
            })
    }

    /// Raises the soft limit to the hard limit, at most to ``most``. Returns the limit in force, also at most ``most``.
    /// The hard limit is never changed.
    package static func raised(read: () -> rlimit?, write: (rlimit) -> Bool) -> Int {
        guard let limit = read() else { return usual }
        let wanted = min(limit.rlim_max, most)
        let isRaised = limit.rlim_cur < wanted && write(rlimit(rlim_cur: wanted, rlim_max: limit.rlim_max))
        return Int(min(isRaised ? wanted : limit.rlim_cur, most))
    }
}
