import Foundation
import Primitives
import Program
import Simulation

/// The report of `coord-sim run` (schema 1, docs/simulation.md). It has no time, speed or path, so equal seeds give
/// equal bytes, whatever the number of jobs.
struct RunReport: Encodable {
    let schema = 1
    let scenario: Story
    let operators: Int
    let seats: Int
    let threshold: Int
    let wallets: Int
    let seed: UInt64
    let faults: [String]
    let without: [String]
    let operatorsDown: Int
    let reserves: UInt64
    let liars: Int
    let episodeWindows: UInt64
    let realSignatures: Bool
    let episodes: UInt64
    let windows: UInt64
    let lost: UInt64
    let agreedTwice: UInt64
    let outcomes: [String: UInt64]
    let faultsMade: [String: UInt64]
    let charges: [String: UInt64]
    let transactions: UInt64
    let messages: UInt64
    let bytes: UInt64
    let steps: UInt64
    let inputs: UInt64
    let digest: String
    let violation: Verdict

    /// The verdict on the promises: null where every promise held, or else the first broken one.
    enum Verdict: Encodable {
        case kept
        case broken(Broken)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .kept: try container.encodeNil()
            case .broken(let broken): try container.encode(broken)
            }
        }
    }

    /// The named arrangement: null, or its name and the unmet demand.
    enum Story: Encodable {
        case none
        case named(Named)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .none: try container.encodeNil()
            case .named(let named): try container.encode(named)
            }
        }
    }

    /// A named arrangement.
    struct Named: Encodable {
        let name: String
        /// How often its arrangements besides faults took effect.
        let arranged: UInt64
        /// A description of the unmet demand; left out where all were met.
        let unmet: String?
    }

    /// The first promise that did not hold.
    struct Broken: Encodable {
        let invariant: String
        let what: String
        let episode: UInt64
        let step: UInt64
        let block: UInt64
        let replay: String
    }

    /// Takes the results of a run.
    init(_ run: SimulationRun) {
        let (settings, sums) = (run.settings, run.sums)
        scenario =
            settings.scenario.map { scenario in
                let unmet = run.unmet?.1 ?? (run.violation == nil ? scenario.unmet(by: sums) : nil)
                return .named(Named(name: scenario.rawValue, arranged: sums.arranged, unmet: unmet?.what))
            } ?? .none
        operators = settings.operators
        seats = settings.seatCount
        threshold = settings.threshold
        wallets = settings.wallets
        seed = settings.seed
        faults = settings.faults.map(\.rawValue).sorted()
        without = settings.suppressed.sorted().map(\.description)
        operatorsDown = settings.operatorsDown
        reserves = settings.reserveLeaders
        liars = settings.liars
        episodeWindows = settings.episodeWindows
        realSignatures = settings.realSignatures
        episodes = run.played
        windows = sums.windows
        lost = sums.lost
        agreedTwice = sums.agreedTwice
        outcomes = sums.outcomes
        faultsMade = sums.faults
        charges = sums.charges
        transactions = sums.transactions
        messages = sums.messages
        bytes = sums.bytes
        steps = sums.steps
        inputs = sums.inputs
        digest = "\(sums.digest)"
        guard let (episode, found) = run.violation else {
            violation = .kept
            return
        }
        violation = .broken(
            Broken(
                invariant: found.breach.invariant.rawValue, what: found.breach.what, episode: episode, step: found.step,
                block: found.block.rawValue, replay: SimulationOptions.replay(settings, episode: episode)))
    }
}
