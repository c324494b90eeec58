/// The reason that one of our commands, or the node, ends: printed as `error: <id>`, with cause and fix.
package enum CommandReason: String, Reason {
    // The configuration.
    case configuration
    case profile
    case sourceNotOwn = "source.not_own"
    case sourcePlainHTTP = "source.plain_http"
    case sourceAuthFile = "source.auth_file"
    // Secrets and wallets.
    case secretsPermissions = "secrets.permissions"
    case secretsPassword = "secrets.password"
    case secretsPasswordEmpty = "secrets.password_empty"
    case secretsCost = "secrets.cost"
    case secrets
    case wallet
    case walletDealerOrigin = "wallet.dealer_origin"
    // The data directory and the ledger.
    case storageLocked = "storage.locked"
    case storageDirectory = "storage.directory"
    case store
    case storeBehindAnchor = "store.behind_anchor"
    case storeAnchorDamaged = "store.anchor_damaged"
    case storeCommit = "store.commit"
    case storeNewer = "store.newer"
    // Conditions of the running node.
    case wrongChain = "host_chain.wrong_chain"
    case portTaken = "peers.port_taken"
    case listen = "peers.listen"
    case feeder = "node.feeder"
    case coreDumps = "core_dumps"
    // Any command.
    case output
    case failed
    // coord devnet.
    case devnetDirectory = "devnet.directory"
    case devnetStart = "devnet.start"
    case devnetOperator = "devnet.operator"
    case devnetLog = "devnet.log"
    case devnetPorts = "devnet.ports"
    case processStart = "process.start"
    // coord-sim.
    case fairnessUnfair = "fairness.unfair"
    case shrinkPasses = "shrink.passes"
    case replayDiffers = "replay.differs"

    /// The exit code of a command that ends with this reason (docs/cli.md).
    package var exitCode: Int32 {
        switch self {
        case .configuration, .profile, .sourceNotOwn, .sourcePlainHTTP, .sourceAuthFile, .secretsPermissions,
            .walletDealerOrigin, .fairnessUnfair:
            10
        case .storageLocked: 11
        case .storageDirectory, .store, .storeCommit, .replayDiffers: 12
        case .storeNewer: 13
        case .secretsPassword, .secretsPasswordEmpty, .secretsCost, .secrets, .wallet: 14
        case .wrongChain: 15
        case .storeBehindAnchor, .storeAnchorDamaged: 16
        case .feeder, .coreDumps: 17
        case .portTaken, .listen, .output, .failed, .devnetDirectory, .devnetStart, .devnetOperator, .devnetLog,
            .devnetPorts, .processStart, .shrinkPasses:
            1
        }
    }

    package var row: ReasonRow {
        switch self {
        case .configuration:
            ReasonRow(
                "a key, a value or a variable is refused",
                do: "the cause names it: [configuration.md](configuration.md)")
        case .profile: ReasonRow("the profile breaks a rule", do: "mend `[profile]`")
        case .sourceNotOwn:
            ReasonRow(
                "the only source of a chain is not the operator's own, and the environment is not local",
                do: "run a node of your own and set `own = true`")
        case .sourcePlainHTTP:
            ReasonRow(
                "a source of another machine is asked over plain http, and the environment is not local",
                do: "use https, or a tunnel that ends on 127.0.0.1")
        case .sourceAuthFile:
            ReasonRow("a source's `auth_file` cannot be read", do: "check its path and mode")
        case .secretsPermissions:
            ReasonRow(
                "a password or auth file, or outside `local` `secrets/` or a file in it, can be read by group or others."
                    + " In `local` the last is a warning", do: "`chmod go=`")
        case .secretsPassword:
            ReasonRow("the password file cannot be read", do: "check `storage.password_file`")
        case .secretsPasswordEmpty:
            ReasonRow(
                "the password is empty, and the environment is not local", do: "seal the secrets under a password")
        case .secretsCost:
            ReasonRow(
                "the secret store has a lower scrypt cost than `storage.scrypt_log_n`, and the environment is not local",
                do: "seal the secrets anew in a store of that cost")
        case .secrets:
            ReasonRow(
                "the password does not fit, or the operator key or `secrets/key` is missing, altered, or not that of"
                    + " `general.operator_address`. Nothing is made where a file is missing",
                do: "check `storage.directory` and the password; restore the file that the cause names")
        case .wallet:
            ReasonRow(
                "a wallet file or share is malformed, missing, or does not fit, or a wallet file has another name than its"
                    + " wallet, as a copy has", do: "the fix says whether to restore, rename or take away")
        case .walletDealerOrigin:
            ReasonRow(
                "the wallet was dealt by one party, and the environment is not local, or Bitcoin is not regtest",
                do: "never put money on a dealt key")
        case .storageLocked:
            ReasonRow(
                "another process uses the data directory", do: "stop it; never copy a running node's directory")
        case .storageDirectory:
            ReasonRow(
                "the directory cannot be written in",
                do: "check `storage.directory`, its owner and mode, and its disk")
        case .store:
            ReasonRow(
                "the ledger or its anchor cannot be read or written (disk full, read-only, another owner); or `coord.db` is"
                    + " damaged: its content or its chain of hashes is broken. The cause says which",
                do:
                    "in the first case mend the disk or the modes and leave `coord.db` as it is. In the second check the"
                    + " disk, and put the newest `coord.db` back with its `-wal`. An older copy must not run: if there is no"
                    + " other, do as with `store.behind_anchor`")
        case .storeBehindAnchor:
            ReasonRow(
                "the ledger is from the past: this node has voted, signed or started with an entry that `coord.db` lacks,"
                    + " or holds otherwise",
                do:
                    "do not run it: it does not know what it said, and would say something else. Put the newest `coord.db`"
                    + " back with its `-wal`. If that is lost, start with an older one only when all it may have spoken of"
                    + " is over: (1) the longest validity of an action in the profile has passed since the node last ran,"
                    + " counted from the end of the window of that moment; (2) the other operators say that no action of"
                    + " your wallets is under way, and that every transaction for which shares were given is confirmed, or"
                    + " its inputs are spent otherwise. Then remove `run/anchor` by hand and start. Removing it earlier"
                    + " switches this guard off and nothing else")
        case .storeAnchorDamaged:
            ReasonRow(
                "neither half of `run/anchor` is sound, which no crash leaves behind",
                do:
                    "check the disk. If `coord.db` is the one with which the node last ran, remove `run/anchor` and start;"
                    + " if you are not sure, do as with `store.behind_anchor`")
        case .storeCommit:
            ReasonRow(
                "a commit failed; nothing of that input was sent",
                do:
                    "where the cause is the disk, mend it and start again. Where it says that the ledger is older than what"
                    + " this node has said, or from the past, it is a restored copy, or two nodes run with one key: do not"
                    + " start again; ask")
        case .storeNewer:
            ReasonRow("a newer build wrote the ledger", do: "run that build, or a newer one")
        case .wrongChain:
            ReasonRow("the source is on another chain", do: "check `host_chain.chain_id` and the source")
        case .portTaken:
            ReasonRow("another program listens there", do: "give another port in `peers.listen`")
        case .listen:
            ReasonRow(
                "`peers.listen` is no address of this machine, its name has no address, or its port is not allowed",
                do: "give an address of this machine, such as `0.0.0.0`")
        case .feeder:
            ReasonRow(
                "a part of the process that feeds the node ended by itself: the heads of the host chain, or the links",
                do: "start again, and report it with the log: a bug")
        case .coreDumps:
            ReasonRow(
                "`setrlimit(RLIMIT_CORE)` was refused (seccomp or container policy)", do: "allow it and start again")
        case .output:
            ReasonRow(
                "standard output cannot be written: the disk is full, it is closed, or its reader went away",
                do: "let it go to a file with room, or to a reader that stays")
        case .failed: ReasonRow("anything else", do: "the cause and the log say more; report it")
        case .devnetDirectory:
            ReasonRow("`--dir` holds a network already, or cannot be made", do: "give an empty one")
        case .devnetStart:
            ReasonRow("an operator's process did not start in time", do: "read `coord.log` in the operators' folders")
        case .devnetOperator:
            ReasonRow(
                "an operator's process ended; the cause says by which exit code or signal",
                do: "read `coord.log` in its folder; keep the folders with `--dir`")
        case .devnetLog: ReasonRow("an operator's log cannot be made", do: "check the folder of `--dir`")
        case .devnetPorts: ReasonRow("no free port can be had", do: "close other programs")
        case .processStart: ReasonRow("a process cannot be started", do: "check memory and open files")
        case .fairnessUnfair:
            ReasonRow("a test of `coord-sim fairness` failed", do: "a bug, or a random seed in a million runs")
        case .shrinkPasses:
            ReasonRow(
                "the episode that `coord-sim shrink` is to make smaller keeps every promise",
                do: "give the options that the failing run printed")
        case .replayDiffers:
            ReasonRow(
                "a bundle plays otherwise than its node wrote it; the cause names the first line, and both sides",
                do: "play it with the build that wrote it; if that is this one, a bug: report it with the file")
        }
    }
}
