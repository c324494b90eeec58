import Coordination
import Primitives
import Testing

@testable import Simulation

@Suite("SimulationRun")
struct SimulationRunTests {
    @Test("A seed played twice gives one digest of everything that happened; another seed gives another")
    func digest() throws {
        var settings = SimulationRun.Settings()
        settings.episodeWindows = 6
        settings.healedWindows = 0
        settings.windows = 12
        func digest(_ seed: UInt64) throws -> Hash32 {
            settings.seed = seed
            var run = try SimulationRun(settings: settings)
            while !run.isOver { run.playNext() }
            #expect(run.played == 2, "\(String(describing: run.violation))")
            return run.sums.digest
        }
        let once = try digest(7)
        #expect(try digest(7) == once)
        #expect(try digest(8) != once)
    }

    @Test(
        "No preset of faults breaks a promise, and all is well when they are over", arguments: InjectedFault.presets)
    func promises(preset: String) throws {
        var settings = SimulationRun.Settings()
        settings.faults = try #require(InjectedFault.preset(preset))
        settings.windows = 64
        settings.seed = 11
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        #expect(
            run.violation == nil,
            "coord-sim replay --seed 11 --faults \(preset) --episode \(run.violation?.episode ?? 0)")
        #expect(run.sums.windows >= 64)
        #expect(run.sums.transactions > 0)
        #expect(run.sums.faults.isEmpty == (preset == "none"))
    }

    @Test(
        "Two digests are agreed in one window only where 2t - n operators lie, and then both still cannot confirm",
        arguments: [(liars: 2, isBeyond: false), (liars: 3, isBeyond: true)])
    func bound(liars: Int, isBeyond: Bool) throws {
        var settings = SimulationRun.Settings()
        settings.threshold = 4
        settings.faults = []
        settings.liars = liars
        settings.windows = 32
        settings.seed = 9
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        #expect(run.violation == nil)
        #expect((run.sums.agreedTwice > 0) == isBeyond)
    }

    @Test(
        "Seats held unequally break no promise, in the whole swarm",
        arguments: [(operators: 5, seats: 9, windows: UInt64(96)), (5, 20, 64), (20, 100, 8)])
    func seats(operators: Int, seats: Int, windows: UInt64) throws {
        var settings = SimulationRun.Settings()
        settings.operators = operators
        settings.seats = seats
        settings.threshold = seats / 2 + 1
        settings.windows = windows
        settings.episodeWindows = min(24, windows / 2)
        settings.healedWindows = min(8, windows / 2)
        settings.seed = 13
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        #expect(run.violation == nil)
        #expect(run.sums.transactions > 0)
        #expect(!run.sums.faults.isEmpty)
        let held = run.cast.wallets[0].group.operators.map { run.cast.wallets[0].group.seats(of: $0).count }
        #expect(held.reduce(0, +) == seats)
        #expect((held.max() ?? 0) - (held.min() ?? 0) == (seats.isMultiple(of: operators) ? 0 : 1))
    }

    @Test("What must be up is seats: with 5 of 9 two of five operators may be down, and not three")
    func seatsUp() throws {
        for (down, isLost) in [(2, false), (3, true)] {
            var settings = SimulationRun.Settings()
            settings.seats = 9
            settings.threshold = 5
            settings.operatorsDown = down
            settings.faults = []
            settings.windows = 32
            settings.seed = 9
            var run = try SimulationRun(settings: settings)
            while !run.isOver { run.playNext() }
            #expect(run.violation == nil)
            #expect(run.sums.lost == (isLost ? run.sums.windows : 0))
        }
    }

    @Test(
        "The bound of two agreed digests is of seats: with 6 of 9 one liar of two seats is within, two are beyond",
        arguments: [(liars: 1, isBeyond: false), (liars: 2, isBeyond: true)])
    func boundOfSeats(liars: Int, isBeyond: Bool) throws {
        var settings = SimulationRun.Settings()
        settings.seats = 9
        settings.threshold = 6
        settings.faults = []
        settings.liars = liars
        settings.windows = 64
        settings.seed = 9
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        #expect(run.violation == nil)
        #expect((run.sums.agreedTwice > 0) == isBeyond)
    }

    @Test("No cast has fewer seats than operators, more than a wallet takes, or a threshold of half of them")
    func noCast() {
        func failure(_ seats: Int, _ threshold: Int) -> Cast.Failure? {
            do throws(Cast.Failure) {
                _ = try Cast(operators: 5, seats: seats, threshold: threshold, wallets: 1, seed: 1)
                return nil
            } catch { return error }
        }
        #expect(failure(4, 3) == .seats(4, operators: 5))
        #expect(failure(256, 129) == .seats(256, operators: 5))
        #expect(failure(10, 5) == .threshold(5, seats: 10))
        #expect(failure(10, 11) == .threshold(11, seats: 10))
        #expect(failure(10, 6) == nil)
    }

    @Test("By ideal functionalities and on the curve a run takes the same course, message for message")
    func crypto() throws {
        var settings = SimulationRun.Settings()
        settings.windows = 32
        settings.seed = 12
        // A wrong byte in a nonce may still leave a point.
        settings.faults.remove(.lyingSigning)
        func sums(real: Bool) throws -> SimulationRun.Sums {
            settings.realSignatures = real
            var run = try SimulationRun(settings: settings)
            while !run.isOver { run.playNext() }
            #expect(run.violation == nil)
            return run.sums
        }
        let (ideal, real) = (try sums(real: false), try sums(real: true))
        #expect(ideal.outcomes == real.outcomes)
        #expect(ideal.charges == real.charges)
        #expect(ideal.transactions == real.transactions)
        #expect(
            [ideal.steps, ideal.inputs, ideal.messages, ideal.bytes]
                == [real.steps, real.inputs, real.messages, real.bytes])
        #expect(ideal.transactions > 0)
        #expect(ideal.digest != real.digest, "the signatures are others")
    }

    @Test("A run stands on its seed and settings: an episode is the same alone and within its run")
    func alone() throws {
        var settings = SimulationRun.Settings()
        settings.episodeWindows = 3
        settings.healedWindows = 0
        settings.windows = 6
        var run = try SimulationRun(settings: settings)
        let second = run.playing(1)
        run.playNext()
        run.playNext()
        let first = run.playing(0)
        #expect(run.sums.digest == sha256(sha256(Hash32.zero.bytes + first.digest.bytes).bytes + second.digest.bytes))
        #expect(run.sums.inputs == first.inputs + second.inputs)
    }

    @Test("Settings that no run can have are refused, each with what is wrong")
    func refused() {
        func failure(_ change: (inout SimulationRun.Settings) -> Void) -> Cast.Failure? {
            var settings = SimulationRun.Settings()
            change(&settings)
            do throws(Cast.Failure) {
                _ = try SimulationRun(settings: settings)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure { _ in } == nil)
        #expect(failure { $0.operators = 256 } == .operators(256))
        #expect(failure { $0.threshold = 2 } == .threshold(2, seats: 5))
        #expect(failure { $0.threshold = 6 } == .threshold(6, seats: 5))
        #expect(failure { $0.wallets = 0 } == .wallets(0))
        #expect(failure { $0.operatorsDown = 5 } == .operatorsDown(5, of: 5))
        #expect(failure { $0.reserveLeaders = 3 } == .profile(.slots))
    }
}
