/// The state of a server that is kept between requests.
struct SourceState {
    /// The value of the `Authorization` header, as last read.
    var authorization: String?
    /// The time until which the server asked for a pause, and the status of that answer.
    var busy: (until: ContinuousClock.Instant, status: Int)?
    /// The largest number of calls in one request that the server has not refused.
    var largestBatch = Int.max
}
