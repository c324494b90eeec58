import Simulation
import Testing

/// Episodes of long runs in which a promise was broken once.
@Suite struct FoundEpisodeTests {
    @Test(
        "An episode that once broke a promise keeps every promise",
        arguments: [
            // DU5: a signature that came together with the block after its action's end left.
            (seed: UInt64(20_261_202), episode: UInt64(733)),
            // HC7: a source gave another parent under the hash of a block that was told before.
            (seed: UInt64(20_261_202), episode: UInt64(6_287)),
            // HC7: the monitor compared heads by more than their hashes.
            (seed: UInt64(20_261_203), episode: UInt64(3_357)),
            // S5: the monitor took an operator for honest that lied in a window after the one whose signing it spoiled.
            (seed: UInt64(20_261_203), episode: UInt64(62)),
            // A3: a share left for a transaction that was prepared before another spend of its input came to light.
            (seed: UInt64(20_261_203), episode: UInt64(4_743)),
        ])
    func kept(seed: UInt64, episode: UInt64) throws {
        var settings = SimulationRun.Settings()
        settings.seed = seed
        let result = Episode(cast: try SimulationRun(settings: settings).cast, settings: settings.episode(episode))
            .run()
        #expect(result.violation == nil)
        #expect(result.windows > 20)
    }
}
