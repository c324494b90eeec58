import Coordination
import Foundation
import Node
import Primitives
import Program
import Simulation

/// `coord-sim replay BUNDLE`: reads a bundle, replays it, and reports where the replay and the record differ.
struct BundleReplay {
    let path: String
    let edits: [String]
    let isQuiet: Bool

    /// Lists the lines.
    func list() throws {
        let edits = try parsedEdits()
        for line in try Self.replay(bundle(), edits: edits).lines { try Output.line(Self.words(line)) }
    }

    /// Replays the bundle; fails where nothing was edited and the results differ.
    func play() throws {
        let whatIfs = try parsedEdits()
        let bundle = try bundle()
        let replay = try Self.replay(bundle, edits: whatIfs)
        let isQuiet = isQuiet
        let lines = TraceLines()
        let result = replay.play { remark in
            if !isQuiet { lines.line(Self.words(remark)) }
        }
        try lines.finish()
        let counts = "\(result.inputs) inputs, \(result.events) events, \(result.envelopes) envelopes"
        let past =
            result.inherited > 0 ? "; \(result.inherited) lines differ about windows that it does not hold whole" : ""
        switch (result.difference, edits.isEmpty) {
        case (nil, true): try Output.line("played again: \(counts), all equal\(past)")
        case (nil, false): try Output.line("played otherwise: \(counts), all as in the record\(past)")
        case (let difference?, true): try Output.line("played again: \(counts), \(Self.words(difference))\(past)")
        case (let difference?, false): try Output.line("played otherwise: \(counts), \(Self.words(difference))\(past)")
        }
        let recorded = Self.words(result.recorded)
        let ending = Self.words(result.outcome)
        try Output.line(
            "window \(bundle.window.coordinationBlock) of \(bundle.window.wallet): \(ending)"
                + (ending == recorded ? "" : ", in the record \(recorded)"))
        try Output.line("digest \(result.digest)")
        if let difference = result.difference, edits.isEmpty {
            throw CommandFailure(
                .replayDiffers, cause: Self.words(difference),
                fix:
                    "play it with the build that wrote it, \(bundle.build); if this is that one, report it with the file"
            )
        }
    }

    // MARK: - Reading

    private func bundle() throws(CommandFailure) -> WindowBundle {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .usage(.bundleFile, "\(path) cannot be read", fix: "name a file that `coord window export` wrote")
        }
        do throws(WindowBundle.Failure) {
            return try WindowBundle(decoding: Bytes(data))
        } catch {
            throw .usage(error.reason, "\(path): \(error.cause)", fix: error.fix)
        }
    }

    private func parsedEdits() throws(CommandFailure) -> [ReplayEdit] {
        var parsed: [ReplayEdit] = []
        for text in edits {
            guard let edit = ReplayEdit(text) else {
                throw .usage(
                    .edit, "--edit \(text) is no edit",
                    fix: "give drop:N, delay:N:MILLISECONDS, silent:OPERATOR, restart:N, continue:N or set:FIELD=NUMBER"
                )
            }
            parsed.append(edit)
        }
        return parsed
    }

    private static func replay(_ bundle: WindowBundle, edits: [ReplayEdit]) throws(CommandFailure) -> Replay {
        do throws(Replay.Failure) {
            return try Replay(bundle, edits: edits)
        } catch {
            if case .edit(let failure) = error {
                throw .usage(.edit, failure.cause, fix: "see the lines with --lines")
            }
            throw .usage(.bundleContent, error.cause, fix: "export the window again")
        }
    }

    // MARK: - Words

    private static func words(_ remark: Replay.Remark) -> String {
        "\(seconds(remark.time)) block \(remark.block) line \(remark.line) \(remark.text)"
    }

    /// Formats milliseconds as seconds.
    static func seconds(_ time: UInt64) -> String { "\(time / 1_000).\(String(1_000 + time % 1_000).dropFirst())" }

    private static func words(_ difference: Replay.Difference) -> String {
        let place = difference.sequence.map { ", event \($0)" } ?? ""
        return "from line \(difference.line) on, block \(difference.block)\(place):"
            + " in the record \"\(difference.written)\", here \"\(difference.played)\""
    }

    private static func words(_ outcome: Outcome?) -> String {
        outcome.map { "\($0.code)\($0.rule.map { " (\($0.name))" } ?? "")" } ?? "no outcome"
    }
}

extension WindowBundle.Failure {
    fileprivate var reason: UsageReason {
        switch self {
        case .version: .bundleVersion
        case .digest: .bundleDigest
        case .line: .bundleLine
        case .part: .bundlePart
        }
    }

    fileprivate var cause: String {
        switch self {
        case .version(let found?): "byte 0: its format is \(found), and this build reads \(WindowBundle.format)"
        case .version(nil): "byte 0: it does not begin as a bundle; this build reads \(WindowBundle.format)"
        case .digest(let count):
            "it was altered or cut: the digest in its last 32 bytes, from byte \(max(0, count - 32)) on, does not fit the rest"
        case .line(let number, let kind):
            "line \(number) is of kind \(kind), and this build reads the kinds \(JournalStep.kinds)"
        case .part(let name, let offset, let failure): "\(name), at byte \(offset): \(failure.words)"
        }
    }
}

extension WindowBundle.Failure {
    fileprivate var fix: String {
        switch self {
        case .version(.some), .line: "replay it with the build that wrote it, or export the window again with this one"
        case .version(nil): "name a file that `coord window export` wrote"
        case .digest, .part: "export the window again"
        }
    }
}

extension DecodingFailure {
    fileprivate var words: String {
        switch self {
        case .truncated(_, let missing): "\(missing) bytes are missing"
        case .trailing(let count): "\(count) bytes are left over"
        case .length(let field, let value): "\(field) cannot be \(value) long"
        case .value(let field): "\(field) has a value that it cannot have"
        }
    }
}

extension Replay.Failure {
    fileprivate var cause: String {
        switch self {
        case .profile(let rule): "its profile breaks a rule: \(rule.rawValue)"
        case .wallet(let number): "wallet \(number) has seats that do not fit its key, or none of the operator"
        case .line(let number): "line \(number) does not follow from the one before"
        case .event(let sequence): "event \(sequence) does not follow the one before"
        case .edit(let failure): failure.cause
        }
    }
}

extension ReplayEdit.Failure {
    fileprivate var cause: String {
        switch self {
        case .noLine(let line, let count): "there is no line \(line): the bundle has 1 to \(count)"
        case .otherLine(let line, let wanted): "line \(line) is not \(wanted)"
        case .operator(let text, let matches): "\(matches) other operators of the bundle begin with \(text)"
        case .field(let name): "\(name) is no number of the profile that a play can change"
        case .range(let name, let range): "\(name) takes \(range.lowerBound) to \(range.upperBound)"
        case .rule(let rule): "the profile would break a rule: \(rule.rawValue)"
        }
    }
}
