"""The development node answers as an Ethereum node does, as far as a client can tell."""
import unittest

from eth_account import Account

from evmchain import ETHER, Chain, Node, account

GENESIS = 1_700_000_000


class EvmChainTests(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node(Chain(31337, 12, GENESIS, 5))
        self.node.evm_setBalance(account(0).address, ETHER)

    def call(self, method: str, *params: object) -> object:
        reply = self.node.handle({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        self.assertNotIn("error", reply)
        return reply["result"]

    def error(self, method: str, *params: object) -> dict:
        return self.node.handle({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})["error"]

    def transfer(self, nonce: int, **changes: object) -> str:
        fields = {"chainId": 31337, "nonce": nonce, "to": "0x" + "42" * 20, "value": 7, "gas": 21_000,
                  "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9, "type": 2}
        return "0x" + bytes(Account.sign_transaction(fields | changes, account(0).key).raw_transaction).hex()

    def test_blocks_are_linked_and_a_tick_apart(self) -> None:
        self.assertEqual(self.call("eth_blockNumber"), "0x5")
        self.assertEqual(self.call("evm_mine", 3), "0x8")
        blocks = [self.call("eth_getBlockByNumber", hex(n), False) for n in range(5, 9)]
        for parent, child in zip(blocks, blocks[1:]):
            self.assertEqual(child["parentHash"], parent["hash"])
            self.assertEqual(int(child["timestamp"], 16) - int(parent["timestamp"], 16), 12)
        self.assertEqual(self.call("eth_getBlockByHash", blocks[2]["hash"]), blocks[2])
        self.assertIsNone(self.call("eth_getBlockByNumber", "0x9", False))
        self.assertIsNone(self.call("eth_getBlockByNumber", "0x4", False))

    def test_a_rollback_gives_the_same_heights_other_hashes(self) -> None:
        self.call("evm_mine", 3)
        before = [self.call("eth_getBlockByNumber", hex(n))["hash"] for n in range(5, 9)]
        self.call("evm_rollback", 2)
        self.call("evm_mine", 2)
        after = [self.call("eth_getBlockByNumber", hex(n))["hash"] for n in range(5, 9)]
        self.assertEqual([x == y for x, y in zip(before, after)], [True, True, False, False])
        self.assertIsNone(self.call("eth_getBlockByHash", before[3]))
        self.assertEqual(self.error("eth_call", {"to": "0x" + "42" * 20}, {"blockHash": before[3]})["message"],
                         "header for hash not found")

    def test_a_signed_transaction_is_mined_and_rolled_back_with_its_effects(self) -> None:
        digest = self.call("eth_sendRawTransaction", self.transfer(0))
        self.assertIsNone(self.call("eth_getTransactionReceipt", digest))
        self.call("evm_mine")
        receipt = self.call("eth_getTransactionReceipt", digest)
        self.assertEqual((receipt["status"], receipt["gasUsed"], receipt["blockNumber"]), ("0x1", "0x5208", "0x6"))
        self.assertEqual(self.call("eth_getBalance", "0x" + "42" * 20), "0x7")
        self.assertEqual(self.call("eth_getBalance", "0x" + "42" * 20, "0x5"), "0x0")
        self.call("evm_rollback", 1)
        self.assertEqual(self.call("eth_getBalance", "0x" + "42" * 20), "0x0")
        self.assertIsNone(self.call("eth_getTransactionReceipt", digest))

    def test_what_a_node_would_not_take_is_refused_in_its_words(self) -> None:
        self.call("eth_sendRawTransaction", self.transfer(0))
        self.call("evm_mine")
        for changes, message in (
            ({"nonce": 0, "value": 8}, "nonce too low"),
            ({"nonce": 1, "chainId": 1}, "invalid chain id for signer"),
            ({"nonce": 1, "gas": 20_999}, "intrinsic gas too low"),
            ({"nonce": 1, "maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "max fee per gas less than block base fee"),
            ({"nonce": 1, "value": ETHER}, "insufficient funds"),
        ):
            with self.subTest(message):
                self.assertIn(message, self.error("eth_sendRawTransaction", self.transfer(**changes))["message"])

    def test_bad_requests_get_an_error_each_and_the_rest_of_the_batch_an_answer(self) -> None:
        replies = self.node.handle([{"id": 1, "method": "eth_chainId"}, 7, {"id": 3, "method": "eth_nonesuch"},
                                    {"id": 4, "method": "eth_getBlockByNumber", "params": ["zz"]}])
        self.assertEqual(replies[0]["result"], "0x7a69")
        self.assertEqual([reply["error"]["code"] for reply in replies[1:]], [-32600, -32601, -32602])


if __name__ == "__main__":
    unittest.main()
