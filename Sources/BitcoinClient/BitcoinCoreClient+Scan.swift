import Bitcoin
import CurlHTTP
import JSONRPC
import Primitives
import WalletActions

/// The scan of all unspent outputs. A node runs one scan at a time.
extension BitcoinCoreClient {
    /// Scans for a script, and returns the result with the tip that was read before the scan began.
    ///
    /// Another client's scan is waited for by polling its status. Our own scan is aborted if no answer comes in time,
    /// because the node would continue it and refuse the next one meanwhile.
    func scanResult(_ script: Script) async throws(BitcoinClientFailure) -> (BitcoinTip, ScanResult) {
        let clock = ContinuousClock()
        let deadline = clock.now + scanTimeout
        var backoff = Backoff(first: .milliseconds(250), longest: .seconds(5))
        while true {
            let tip = try await tip()
            do throws(JSONRPCFailure) {
                let result = try await rpc.call(
                    "scantxoutset", [.string("start"), .list([.string("raw(\(script.hex))")])], as: ScanResult.self,
                    largestBody: Self.largestAnswer, timeout: deadline - clock.now)
                return (tip, result)
            } catch {
                if case .transport(.timeout) = error {
                    // The result is ignored: the next step is the same whether or not the scan still runs.
                    _ = try? await rpc.call("scantxoutset", [.string("abort")], as: Bool.self)
                }
                guard case .error(let refusal) = error, refusal.code == CoreError.invalidParameter else {
                    throw .rpc(error)
                }
            }
            repeat {
                guard clock.now < deadline else { throw .stale }
                do {
                    try await clock.sleep(for: backoff.next(jitter: .random(in: 0...1)))
                } catch {
                    throw .stale
                }
            } while try await isScanning()
        }
    }

    private func isScanning() async throws(BitcoinClientFailure) -> Bool {
        do throws(JSONRPCFailure) {
            return try await rpc.call("scantxoutset", [.string("status")], as: ScanStatus?.self) != nil
        } catch {
            throw .rpc(error)
        }
    }
}
