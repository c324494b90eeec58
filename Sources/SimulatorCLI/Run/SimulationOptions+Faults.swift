import Foundation
import Primitives
import Program
import Simulation

extension SimulationOptions {
    /// The faults that `--faults` names: presets and kinds separated by commas, or a file that lists kinds.
    ///
    /// A value is a file where it has a slash or a dot, which no kind has. It is also a file where it is not a known
    /// name and such a file exists.
    static func faults(of value: String) throws -> Set<InjectedFault> {
        let names = value.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        var faults: Set<InjectedFault> = []
        for name in names {
            if let preset = InjectedFault.preset(name) {
                faults.formUnion(preset)
            } else if names.count == 1, value.contains(where: { "/.".contains($0) }) || isFile(value) {
                return try listed(in: value)
            } else {
                throw CommandFailure.usage(
                    .faults, "\"\(name)\" in --faults is no fault and no preset", fix: fix(for: name))
            }
        }
        return faults
    }

    private static func isFile(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private static func listed(in path: String) throws -> Set<InjectedFault> {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure.usage(
                .faultsFile, "--faults \(path) cannot be read", fix: "give a file that can be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure.usage(.faultsFile, "\(path) is no UTF-8 text", fix: "write one kind of fault a line")
        }
        do throws(FaultFile.Failure) {
            return try FaultFile.kinds(in: text)
        } catch {
            switch error {
            case .unknown(let name, let line, _):
                throw CommandFailure.usage(
                    .faultsFile, "\(path):\(line): \"\(name)\" is no kind of fault", fix: fix(for: name))
            case .repeated(let name, let line):
                throw CommandFailure.usage(
                    .faultsFile, "\(path):\(line): \(name) stands there twice", fix: "write it once")
            case .empty:
                throw CommandFailure.usage(
                    .faultsFile, "\(path) names no fault",
                    fix: "write one kind of fault a line, or give --faults none")
            }
        }
    }

    private static func fix(for name: String) -> String {
        let kinds = InjectedFault.allCases.map(\.rawValue)
        let nearest = (kinds + InjectedFault.presets).nearest(to: name).map { "did you mean \($0)? " } ?? ""
        return nearest + "presets: \(InjectedFault.presets.joined(separator: ", "));"
            + " kinds: \(kinds.joined(separator: ", "))"
    }
}
