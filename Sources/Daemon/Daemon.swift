import Bitcoin
import BitcoinClient
import ChainFollowing
import Coordination
import CurlHTTP
import Foundation
import HostChainClient
import JSONRPC
import Ledger
package import Logging
import Node
import Peers
package import Primitives
import Secp256k1
import ServiceLifecycle
import ThresholdSigning
import UnixSignals
import WalletActions

/// The failure that ends the daemon or keeps it from starting, with its exit code (durability-and-events.md PM9).
package struct DaemonFailure: Error, Hashable, Sendable {
    package let reason: ExitReason
    package let cause: String
    package let fix: String

    /// Describes wrong usage of a command that reads the data directory.
    init(usage reason: UsageReason, cause: String, fix: String) {
        (self.reason, self.cause, self.fix) = (.usage(reason), cause, fix)
    }

    /// Describes a failure.
    init(_ reason: CommandReason, cause: String, fix: String) {
        (self.reason, self.cause, self.fix) = (.failure(reason), cause, fix)
    }
}

/// The composition root of `coord run`: read this file and you know the system (durability-and-events.md PM1).
///
/// It starts configuration, lock, store, secrets, wallets, sources and services, in that order. A failure stops the
/// parts that were started before it.
package enum Daemon {
    /// Runs the node until it is told to stop. `lifeline` ends when the parent process is gone.
    ///
    /// - Throws: ``DaemonFailure`` if the node cannot start, and if a part of it fails or ends by itself.
    package static func run(
        configuration: DaemonConfiguration, build: String, logger: Logger,
        lifeline: (@Sendable () async -> Void)?
    ) async throws(DaemonFailure) {
        try forbidCoreDumps()
        // The ledger and its log are readable by the operator only, like the secrets.
        umask(0o077)
        let descriptors = DescriptorLimit.raised()
        let directory = configuration.directory
        // A directory without an operator's secrets may be mistyped, so no file is made in it.
        try requireSecrets(configuration, logger)
        let lock = try DirectoryLock(directory)
        defer { lock.release() }
        let (store, start) = try await openStore(configuration)
        if store.lacksAnchor {
            logger.warning(
                "no anchor",
                metadata: [
                    "reason": "\(StartNote.noAnchor)",
                    "cause":
                        "\(directory.path) holds no run/anchor, so nothing shows whether coord.db is the newest ledger",
                    "do": "nothing if an earlier build ran here last; otherwise stop, and see store.behind_anchor",
                ])
        }
        let (secrets, key) = try openSecrets(configuration)
        let loadWallets = walletLoader(configuration, key.key.ethereumAddress, secrets)
        let wallets: [HeldWallet]
        do throws(WalletFile.Failure) { wallets = try loadWallets(nil) } catch { throw failure(of: error) }
        let schedule: ProfileSchedule
        do throws(ProfileSchedule.Failure) {
            schedule = try ProfileSchedule(first: configuration.profile)
        } catch {
            throw DaemonFailure(.profile, cause: error.cause, fix: "mend [profile]")
        }
        var random = SystemRandom()
        let node = NodeConfiguration(
            me: key.key.ethereumAddress, chainID: configuration.chainID, profiles: schedule, wallets: wallets,
            finalDepth: configuration.finalDepth, blockMilliseconds: 1_000 * configuration.blockSeconds,
            bootNonce: random.publicBytes(16), build: build)

        let http = CurlClient()
        defer { http.shutDown() }
        let host = try hostChain(configuration, http, logger)
        let bitcoin = try bitcoinChain(configuration, http, logger)
        let peers = try peerService(configuration, node, key, descriptors: descriptors, logger)
        let service = NodeService(
            configuration: node, signatures: KeySignatures(key: key), start: start, host: host, bitcoin: bitcoin,
            store: store, peers: peers, statusSeconds: configuration.statusSeconds,
            drainSeconds: configuration.drainSeconds, watch: PauseWatch(clocks: SystemClocks.read),
            wallets: WalletWatch(
                folder: directory.appending(component: "wallets"), held: wallets.map(\.identity.hash), logger: logger,
                load: { (file) throws(WalletFile.Failure) in
                    guard let wallet = try loadWallets(file).first else {
                        throw .unreadable("wallets/\(file)", "it is gone")
                    }
                    return wallet
                }),
            logger: logger)
        for name in configuration.ignoredVariables {
            logger.warning(
                "variable ignored",
                metadata: [
                    "reason": "\(StartNote.variableIgnored)", "variable": "\(name)",
                    "cause": "a container platform sets it; it is no configuration of ours",
                ])
        }
        if wallets.isEmpty {
            logger.warning(
                "no wallets",
                metadata: [
                    "reason": "\(StartNote.noWallets)",
                    "cause": "\(directory.appending(component: "wallets").path) holds no wallet file",
                    "do":
                        "put the wallet's file and shares there and start again; until then nothing is coordinated",
                ])
        }
        for wallet in wallets {
            guard let reason = start.ledger.halted[wallet.identity.hash] else { continue }
            logger.warning(
                "a wallet is halted",
                metadata: [
                    "reason": "\(StartNote.walletHalted)", "wallet": "\(wallet.identity.hash)", "cause": "\(reason)",
                    "do":
                        "what docs/reasons.md says of it; then stop the node: coord wallet resume \(wallet.identity.hash)",
                ])
        }
        logger.info(
            "starting", metadata: ["operator": "\(node.me)", "wallets": "\(wallets.count)", "build": "\(build)"])
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            // The links and sources stop only after the node has finished its work in progress.
            .init(service: host), .init(service: BitcoinUpkeep(bitcoin: bitcoin)), .init(service: peers),
            .init(
                service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .cancelGroup),
        ]
        if let lifeline {
            services.append(
                .init(service: Lifeline(wait: lifeline), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            throw failure(of: error)
        }
        logger.info("drained")
    }

    // MARK: - Parts

    /// Forbids core dumps, because a dump would contain the secrets (durability-and-events.md ST6).
    private static func forbidCoreDumps() throws(DaemonFailure) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 else {
            throw DaemonFailure(
                .coreDumps, cause: "core dumps cannot be switched off: error \(errno)",
                fix: "let the process lower its own limits")
        }
    }

    /// The number of file descriptors that the links leave for the store, the sources and the runtime.
    private static let descriptorReserve = 256

    /// Opens the ledger of a data directory, verifies its chain and folds it. Opens no socket and changes no row.
    static func openStore(_ configuration: DaemonConfiguration) async throws(DaemonFailure) -> (
        LedgerStore, LedgerStart
    ) {
        let directory = configuration.directory
        do {
            let path = directory.appending(component: "coord.db").path
            let store = try LedgerStore(
                path: path, anchor: directory.appending(components: "run", "anchor").path,
                journalBlocks: 8 * configuration.profile.frequency)
            return (store, try await store.start())
        } catch {
            throw failure(opening: error)
        }
    }

    /// The failure for a store that cannot be read or must not be used.
    static func failure(opening error: StoreFailure) -> DaemonFailure {
        let reason: CommandReason =
            switch error {
            case .newer: .storeNewer
            case .behindAnchor: .storeBehindAnchor
            case .anchorDamaged: .storeAnchorDamaged
            default: .store
            }
        return DaemonFailure(reason, cause: error.cause, fix: error.fix)
    }

    /// Refuses a secret file that other users may read. A missing file is reported by its reader.
    private static func requirePrivate(_ path: String) throws(DaemonFailure) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return }
        throw DaemonFailure(
            .secretsPermissions,
            cause: "\(path) has mode \(String(status.st_mode & 0o777, radix: 8)), so others can read it",
            fix: "chmod go= \(path)")
    }

    /// Refuses a data directory without an operator's secrets and, outside `local`, one whose secrets other users may
    /// read.
    private static func requireSecrets(
        _ configuration: DaemonConfiguration, _ logger: Logger
    ) throws(DaemonFailure) {
        let open: URL?
        do throws(SecretStoreFailure) {
            try SecretStore.requireBegun(in: secretsFolder(configuration))
            open = try SecretStore.openToOthers(in: secretsFolder(configuration))
        } catch {
            throw failure(of: error, configuration)
        }
        guard let open else { return }
        do throws(DaemonFailure) {
            try requirePrivate(open.path)
        } catch {
            guard configuration.environment == .local else { throw error }
            logger.warning(
                "secrets are open to others",
                metadata: ["reason": "\(error.reason)", "cause": "\(error.cause)", "do": "\(error.fix)"])
        }
    }

    private static func openSecrets(
        _ configuration: DaemonConfiguration
    ) throws(DaemonFailure) -> (SecretStore, OperatorKey) {
        var password = Bytes()
        if let file = configuration.passwordFile {
            try requirePrivate(file.path)
            guard let data = ReadFile.contents(file.path) else {
                throw DaemonFailure(
                    .secretsPassword,
                    cause: "\(file.path) cannot be read: \(ReadFile.trouble(file.path))",
                    fix: "check storage.password_file")
            }
            password = Bytes(data)
            while password.last == UInt8(ascii: "\n") || password.last == UInt8(ascii: "\r") { password.removeLast() }
        }
        guard !password.isEmpty || configuration.environment == .local else {
            throw DaemonFailure(
                .secretsPasswordEmpty, cause: "the password is empty",
                fix: "seal the secrets under a password, and put it into storage.password_file")
        }
        let opened: (SecretStore, key: OperatorKey)
        do throws(SecretStoreFailure) {
            let secrets = try SecretStore(
                directory: secretsFolder(configuration), password: SecretBytes(wiping: &password),
                leastLogN: configuration.environment == .local ? nil : configuration.scryptLogN)
            guard let key = PrivateKey(secret: try secrets.open(.operatorKey)) else {
                throw SecretStoreFailure.altered(SecretName.operatorKey.fileName)
            }
            opened = (secrets, OperatorKey(key))
        } catch {
            throw failure(of: error, configuration)
        }
        let address = opened.key.key.ethereumAddress
        if let expected = configuration.operatorAddress, expected != address {
            throw DaemonFailure(
                .secrets,
                cause: "general.operator_address is \(expected), and the operator key in secrets/ is of \(address)",
                fix: "mend general.operator_address, or storage.directory if it is another operator's")
        }
        return opened
    }

    private static func secretsFolder(_ configuration: DaemonConfiguration) -> URL {
        configuration.directory.appending(component: "secrets")
    }

    private static func failure(of error: SecretStoreFailure, _ configuration: DaemonConfiguration) -> DaemonFailure {
        var reason = CommandReason.secrets
        if case .weak = error { reason = .secretsCost }
        return DaemonFailure(
            reason, cause: error.cause(in: secretsFolder(configuration).path), fix: error.fix)
    }

    /// The wallets whose files are in the data directory.
    static func heldWallets(_ configuration: DaemonConfiguration) throws(DaemonFailure) -> [WalletPublicKeyHash] {
        do throws(WalletFile.Failure) {
            return try WalletFile.described(in: configuration.directory.appending(component: "wallets"))
                .map(\.identity.hash)
        } catch {
            throw failure(of: error)
        }
    }

    private static func failure(of error: WalletFile.Failure) -> DaemonFailure {
        var reason = CommandReason.wallet
        if case .dealerOrigin = error { reason = .walletDealerOrigin }
        return DaemonFailure(reason, cause: error.cause, fix: error.fix)
    }

    /// Reads one wallet's file with our shares, or all wallets' files if no name is given.
    private static func walletLoader(
        _ configuration: DaemonConfiguration, _ operatorAddress: EthereumAddress, _ secrets: SecretStore
    ) -> @Sendable (_ file: String?) throws(WalletFile.Failure) -> [HeldWallet] {
        let folder = configuration.directory.appending(component: "wallets")
        let allowsDealt = configuration.environment == .local && configuration.bitcoinNetwork == .regtest
        return { (file) throws(WalletFile.Failure) in
            try WalletFile.load(
                from: folder, only: file, allowsDealt: allowsDealt, operatorAddress: operatorAddress, secrets: secrets)
        }
    }

    private static func client(
        _ source: DaemonConfiguration.Source, _ http: CurlClient
    ) throws(DaemonFailure) -> JSONRPCClient {
        let file = source.authorizationFile.map(AuthorizationFile.init)
        if let file { try requirePrivate(file.path) }
        if let file, file.value() == nil {
            throw DaemonFailure(
                .sourceAuthFile,
                cause: "\(file.path) cannot be read: \(ReadFile.trouble(file.path))", fix: "check auth_file")
        }
        let authorization: (@Sendable () -> String?)?
        if let file { authorization = { file.value() } } else { authorization = nil }
        return JSONRPCClient(
            http: http, url: source.url, authorization: authorization,
            timeoutMilliseconds: source.timeoutMilliseconds)
    }

    private static func hostChain(
        _ configuration: DaemonConfiguration, _ http: CurlClient, _ logger: Logger
    ) throws(DaemonFailure) -> HostChainService {
        let source = configuration.hostSources[0]
        return HostChainService(
            configuration: HostChainConfiguration(
                chainID: configuration.chainID, bridge: configuration.profile.bridge,
                validator: configuration.profile.proposalValidator, startBlock: configuration.startBlock,
                poll: .milliseconds(Int64(configuration.pollMilliseconds)), logRange: source.logRange,
                maxRange: configuration.maximumRange,
                maximumHeadAge: configuration.environment == .local ? nil : 3 * configuration.blockSeconds),
            rpc: EthereumRPC(
                client: try client(source, http),
                limits: EthereumRPC.Limits(requestsPerSecond: source.requestsPerSecond)),
            logger: logger)
    }

    private static func bitcoinChain(
        _ configuration: DaemonConfiguration, _ http: CurlClient, _ logger: Logger
    ) throws(DaemonFailure) -> BitcoinCoreClient {
        BitcoinCoreClient(
            rpc: try client(configuration.bitcoinSources[0], http), network: configuration.bitcoinNetwork,
            maximumTipAge: configuration.maximumTipAge, logger: logger)
    }

    private static func peerService(
        _ configuration: DaemonConfiguration, _ node: NodeConfiguration, _ key: OperatorKey, descriptors: Int,
        _ logger: Logger
    ) throws(DaemonFailure) -> PeerService {
        let (chainID, profile, nonce, build) = (node.chainID, configuration.profile, node.bootNonce, node.build)
        do throws(PeersFailure) {
            return try PeerService(
                configuration: PeersConfiguration(
                    listen: configuration.listen, members: Set(node.members), bootstrap: configuration.bootstrap,
                    messagesPerSecond: configuration.messagesPerSecond, bytesPerSecond: configuration.bytesPerSecond,
                    clockWarning: configuration.clockWarning, mostLinks: max(64, descriptors - descriptorReserve)),
                me: node.me, logger: logger, certificate: { try PeerCertificate(operatorKey: key.key, now: $0) },
                hello: {
                    Hello(
                        chainID: chainID, bridge: profile.bridge, profile: profile.digest, bootNonce: nonce,
                        clock: UInt64(Date().timeIntervalSince1970 * 1_000), build: build)
                })
        } catch {
            throw failure(of: error)
        }
    }

    /// The failure that ends the process after an error of one of its parts.
    static func failure(of error: any Error) -> DaemonFailure {
        switch error {
        case let failure as DaemonFailure: return failure
        case let failure as StoreFailure:
            return DaemonFailure(
                .storeCommit, cause: "\(failure.cause); nothing was sent", fix: failure.fix)
        case HostChainFailure.wrongChain(let expected, let actual):
            return DaemonFailure(
                .wrongChain,
                cause: "the source is on chain \(actual), and host_chain.chain_id is \(expected)",
                fix: "check host_chain.chain_id and the source's url")
        case NodeFailure.feederEnded(let name):
            return DaemonFailure(
                .feeder, cause: "nothing tells the node of the \(name) any more",
                fix: "start coord again; report this with the log, it is a bug")
        case PeersFailure.portTaken(let port):
            return DaemonFailure(
                .portTaken, cause: "another program listens on port \(port)",
                fix: "give another port in peers.listen")
        case PeersFailure.certificate(let why):
            return DaemonFailure(
                .failed, cause: "the certificate of the links cannot be made: \(why)",
                fix: "start coord again; report this with the log, it is a bug")
        case PeersFailure.listen(let endpoint, let why):
            return DaemonFailure(
                .listen,
                cause: "cannot listen on \(endpoint.host):\(endpoint.port): \(why)",
                fix: "peers.listen must be an address of this machine, such as 0.0.0.0, with a port that it may use")
        default:
            // No part of ours throws such an error, so there is no better text for it.
            let text = String(describing: error)
            return DaemonFailure(
                .failed, cause: "a part of the node ended: \(text)",
                fix: "start coord again; report this with the log, it is a bug")
        }
    }
}

/// The operator key in memory: one owner, used by links and envelopes.
final class OperatorKey: Sendable {
    let key: PrivateKey

    init(_ key: consuming PrivateKey) { self.key = key }
}

/// The operator's real signatures.
private struct KeySignatures: OperatorSignatures {
    let key: OperatorKey

    func sign(_ content: Envelope.Content) -> RecoverableSignature { key.key.signRecoverable(content.signingHash) }

    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress? { envelope.signer(in: domain) }
}

/// Reads Bitcoin's newest blocks beside the node (`bitcoin.poll_seconds` of durability-and-events.md §9, fixed here).
private struct BitcoinUpkeep: Service {
    private static let pause = Duration.seconds(10)
    let bitcoin: BitcoinCoreClient

    func run() async throws {
        let bitcoin = bitcoin
        do {
            try await cancelWhenGracefulShutdown { try await bitcoin.keepUp(every: Self.pause) }
        } catch is CancellationError {}
    }
}

/// A service that ends when the parent process is gone. Its end stops the whole group.
private struct Lifeline: Service {
    let wait: @Sendable () async -> Void

    func run() async throws {
        let wait = wait
        await cancelWhenGracefulShutdown { await wait() }
    }
}
