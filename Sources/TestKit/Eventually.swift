/// Polls a condition until it holds; false where it does not hold within the time.
package func eventually(
    within limit: Duration = .seconds(30), every pause: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if try await condition() { return true }
        try? await clock.sleep(for: pause)
    }
    return try await condition()
}
