import ChainModels
import Coordination
import Ethereum
import Foundation
import Primitives
import WalletActions

/// The host chain's model behind Ethereum JSON-RPC, with the contracts' ABI.
struct EthereumEndpoint {
    let chainID: UInt64
    let bridge: EthereumAddress
    let validator: EthereumAddress

    /// Answers a call from the chain as it is now.
    func answer(_ method: String, _ parameters: [JSON], _ chain: HostChainModel) throws(RPCError) -> JSON {
        switch method {
        case "eth_chainId": return quantity(chainID)
        case "net_version": return .text(String(chainID))
        case "eth_syncing": return .flag(false)
        case "eth_blockNumber": return quantity(chain.head.block.number.rawValue)
        case "eth_getCode":
            let address = try address(parameters.first)
            return .text(address == bridge || address == validator ? "0xfe" : "0x")
        case "eth_getBlockByNumber":
            return block(try entry(number: parameters.first, chain))
        case "eth_getBlockByHash": return block(chain.entry(hash: try hash(parameters.first)))
        case "eth_getLogs": return .list(try logs(parameters.first ?? .null, chain))
        case "eth_call": return try call(parameters, chain)
        default: throw RPCError(code: -32601, message: "the method \(method) does not exist")
        }
    }

    // MARK: - Blocks and logs

    private func block(_ entry: HostChainModel.Entry?) -> JSON {
        guard let entry else { return .null }
        return .object([
            "number": quantity(entry.block.number.rawValue), "hash": .text(entry.block.hash.description),
            "parentHash": .text(entry.block.parentHash.description),
            "timestamp": quantity(entry.block.timestamp.seconds), "transactions": .list([]),
        ])
    }

    private func entry(number: JSON?, _ chain: HostChainModel) throws(RPCError) -> HostChainModel.Entry? {
        guard let text = number?.text else { throw .parameters }
        switch text {
        case "latest", "pending": return chain.head
        case "earliest": return chain[BlockNumber(0)]
        case "safe", "finalized": return chain[chain.head.block.number.subtracting(4)]
        default:
            guard text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16) else { throw .parameters }
            return chain[BlockNumber(number)]
        }
    }

    private func logs(_ filter: JSON, _ chain: HostChainModel) throws(RPCError) -> [JSON] {
        let entries: [HostChainModel.Entry]
        if let hash = filter["blockHash"] {
            guard let found = chain.entry(hash: try self.hash(hash)) else {
                throw RPCError(code: -32000, message: "unknown block")
            }
            entries = [found]
        } else {
            let from = try entry(number: filter["fromBlock"] ?? .text("latest"), chain) ?? chain.head
            let to = try entry(number: filter["toBlock"] ?? .text("latest"), chain) ?? chain.head
            entries = chain.entries.filter { (from.block.number...to.block.number).contains($0.block.number) }
        }
        let topics = filter["topics"]?.list ?? []
        var found: [JSON] = []
        for entry in entries {
            for (index, event) in entry.events.enumerated() {
                let log = event.log(from: bridge)
                guard matches(log, filter["address"], topics) else { continue }
                found.append(
                    .object([
                        "address": .text(log.address.description),
                        "topics": .list(log.topics.map { .text($0.description) }),
                        "data": .text(log.data.prefixedHex), "blockNumber": quantity(entry.block.number.rawValue),
                        "blockHash": .text(entry.block.hash.description), "logIndex": quantity(UInt64(index)),
                        "transactionHash": .text(sha256(log.data).description), "transactionIndex": quantity(0),
                        "removed": .flag(false),
                    ]))
            }
        }
        return found
    }

    private func matches(_ log: EventLog, _ address: JSON?, _ topics: [JSON]) -> Bool {
        let addresses = (address?.list ?? address.map { [$0] } ?? []).compactMap(\.text).map { $0.lowercased() }
        guard addresses.isEmpty || addresses.contains(log.address.description) else { return false }
        return topics.enumerated().allSatisfy { index, wanted in
            if case .null = wanted { return true }
            let names = (wanted.list ?? [wanted]).compactMap(\.text).map { $0.lowercased() }
            return log.topics.indices.contains(index) && names.contains(log.topics[index].description)
        }
    }

    // MARK: - Calls

    private func call(_ parameters: [JSON], _ chain: HostChainModel) throws(RPCError) -> JSON {
        guard let call = parameters.first, let text = call["data"]?.text ?? call["input"]?.text,
            let data = try? Bytes(hex: text)
        else { throw .parameters }
        let place = parameters.count > 1 ? parameters[1] : .text("latest")
        let found: HostChainModel.Entry?
        if let hash = place["blockHash"] {
            found = chain.entry(hash: try self.hash(hash))
        } else {
            found = try entry(number: place["blockNumber"] ?? place, chain)
        }
        guard let entry = found else { throw RPCError(code: -32000, message: "header not found") }
        let target = try address(call["to"])
        let contract: HostContract = target == bridge ? .bridge : target == validator ? .validator : .at(target)
        switch entry.state.answer(contract, data, at: entry.block.timestamp) {
        case .success(let result): return .text(result.prefixedHex)
        case .failure(let revert):
            var words = "execution reverted"
            if case .error(let text) = revert.reason { words += ": \(text)" }
            throw RPCError(code: 3, message: words, data: revert.reason.encoded.prefixedHex)
        }
    }

    // MARK: - Fields

    private func quantity(_ value: UInt64) -> JSON { .text("0x" + String(value, radix: 16)) }

    private func hash(_ value: JSON?) throws(RPCError) -> Hash32 {
        guard let text = value?.text, let hash = try? Hash32(hex: text) else { throw .parameters }
        return hash
    }

    private func address(_ value: JSON?) throws(RPCError) -> EthereumAddress {
        guard let text = value?.text, let address = try? EthereumAddress(hex: text) else { throw .parameters }
        return address
    }
}
