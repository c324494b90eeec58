/// What is remembered of a server between requests.
struct SourceState {
    /// The value of the `Authorization` header, as last read.
    var authorization: String?
    /// Until when the server wants to be left alone, and the status by which it said so.
    var busy: (until: ContinuousClock.Instant, status: Int)?
    /// The most calls of one request that the server has not refused.
    var largestBatch = Int.max
}
