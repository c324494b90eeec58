/// An error in a command line that our commands detect, rather than the parser: exit code 3.
package enum UsageReason: String, Reason {
    // The value of an option; the id is its name.
    case block
    case profile
    case seats
    case threshold
    case wallets
    case windows
    case operators
    case operatorsDown = "operators-down"
    case reserves
    case liars
    case seed
    case faults
    case faultsFile = "faults.file"
    case without
    case episodeWindows = "episode-windows"
    case jobs
    case down
    case loss
    case scenario
    case scenarioFixed = "scenario.fixed"
    case edit
    case json
    case out
    case svg
    case report
    case reportWindows = "report-windows"
    case hex
    // Bundles.
    case bundle
    case bundleFile = "bundle.file"
    case bundleVersion = "bundle.version"
    case bundleDigest = "bundle.digest"
    case bundleLine = "bundle.line"
    case bundlePart = "bundle.part"
    case bundleContent = "bundle.content"
    // coord window export.
    case exportWallet = "export.wallet"
    case exportStore = "export.store"
    case exportOperator = "export.operator"
    case exportWindow = "export.window"
    // coord wallet resume.
    case walletNotHalted = "wallet.not_halted"
    case walletUnknown = "wallet.unknown"

    package var row: ReasonRow {
        switch self {
        case .block: ReasonRow("no block number, or one that opens no window of the profile")
        case .profile: ReasonRow("no profile of that name")
        case .seats: ReasonRow("no list of seats, or a number of seats that the operators cannot hold")
        case .threshold: ReasonRow("no threshold of the wallet's seats")
        case .wallets: ReasonRow("a number of wallets that no run has, or that with so many seats no run gets through")
        case .windows: ReasonRow("a number of windows that no run has")
        case .operators: ReasonRow("a number of operators that no run has, or one twice")
        case .operatorsDown: ReasonRow("more operators down than there are, or all")
        case .reserves: ReasonRow("more reserves than fit into the active phase")
        case .liars: ReasonRow("more liars than operators")
        case .seed: ReasonRow("no seed")
        case .faults: ReasonRow("no fault and no preset of that name")
        case .faultsFile: ReasonRow("a file of faults that cannot be read, or with a line that is no fault")
        case .without: ReasonRow("no fault of a window, or one of a kind that is not played")
        case .episodeWindows: ReasonRow("a number of windows that no episode has")
        case .jobs: ReasonRow("a number of jobs that cannot run at a time")
        case .down: ReasonRow("no number of operators that are down, or nobody left up")
        case .loss: ReasonRow("no percentage")
        case .scenario: ReasonRow("no scenario of that name")
        case .scenarioFixed: ReasonRow("an option that the scenario fixes")
        case .edit: ReasonRow("no edit of a bundle, or one that does not fit it")
        case .json, .out, .svg:
            ReasonRow("the result file cannot be made there; with exit code 1, it could not be written at the end")
        case .report: ReasonRow("the report's folder cannot be made or written")
        case .reportWindows: ReasonRow("a number of windows that no report's run has")
        case .hex: ReasonRow("no hexadecimal of the length that is wanted")
        case .bundle: ReasonRow("a file and an episode's options are given, or an option of a file and no file")
        case .bundleFile: ReasonRow("the bundle cannot be read")
        case .bundleVersion: ReasonRow("the bundle has the format of another build, or is none")
        case .bundleDigest: ReasonRow("the bundle was altered or cut")
        case .bundleLine: ReasonRow("a line of the bundle's journal is of a kind that only other builds read")
        case .bundlePart: ReasonRow("a part of the bundle cannot be decoded")
        case .bundleContent: ReasonRow("the bundle's parts do not fit each other")
        case .exportWallet:
            ReasonRow(
                "the wallet's files cannot be read, or the node holds several and none is named, or not the named")
        case .exportStore: ReasonRow("there is no ledger")
        case .exportOperator:
            ReasonRow("nothing that was sent says whose node it is", do: "set `general.operator_address`")
        case .exportWindow: ReasonRow("the ledger and the journal do not hold the window whole")
        case .walletNotHalted: ReasonRow("a wallet that is named is not halted", do: "the fix names those that are")
        case .walletUnknown:
            ReasonRow("this node holds no wallet of that hash", do: "the fix names those that it holds")
        }
    }
}
