"""The test contracts keep the rules, the order and the words of docs/protocol/contracts.md, on a real EVM."""
import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, Optional
from urllib.request import Request, urlopen

from eth_abi import encode as abi_encode
from eth_hash.auto import keccak

from contract import compiled, selector, signature
from evm_bridge import CONSTANTS, PARAMETERS, BridgeChain, main_utxo_hash, prefixed, redemption_key
from evmchain import Chain, Node
from evmstate import RpcError, hx

HERE = Path(__file__).parent
GENESIS = 1_700_000_000
TICK = 12
WALLET, OTHER = "0x" + "11" * 20, "0x" + "12" * 20
WALLET_ID = "0x" + "22" * 32
MAIN_UTXO = ["0x" + "33" * 32, 1, 500_000_000]
REDEEMER = "0x" + "44" * 20
P2WPKH, P2TR = "0x0014" + "55" * 20, "0x5120" + "66" * 32
PANIC_OVERFLOW = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")

# docs/protocol/contracts.md sections 2.1, 2.2, 5 and 6.
SELECTORS = {
    "TestBridge": {
        "wallets(bytes20)": "e65e19d5", "pendingRedemptions(uint256)": "03d952f7",
        "redemptionParameters()": "6e70ce41", "getRedemptionWatchtower()": "5f3281ca"},
    "TestValidator": {
        "validateRedemptionProposal((bytes20,bytes[],uint256))": "0fde6c76",
        "validateHeartbeatProposal((bytes20,bytes))": "f03a4bc5",
        "DEPOSIT_MIN_AGE()": "6b562cec", "DEPOSIT_REFUND_SAFETY_MARGIN()": "765f28f9",
        "DEPOSIT_SWEEP_MAX_SIZE()": "996a756b", "REDEMPTION_REQUEST_MIN_AGE()": "d09520f7",
        "REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN()": "0538ac1b", "REDEMPTION_MAX_SIZE()": "e0276b26",
        "bridge()": "e78cea92"},
    "TestWatchtower": {"getRedemptionDelay(uint256)": "0df5db70", "defaultDelay()": "27e72e41"},
}
TOPICS = {
    "NewWalletRegistered": "2dbb47dce81d6b11cca1f1e3b10143d6f7e1e7e92d2dd9aacbb1f875379d308e",
    "RedemptionRequested": "97a0199072f487232635d50ab75860891afe0b91c976ed2fc76502c4d82d0d95",
    "RedemptionsCompleted": "a45596c10f758d32ec8cca64a0fbfe776052b08fdb3f026e0a87f52118bf8fbe",
    "RedemptionTimedOut": "013dddc8debc4730cd01232fdcea9ae6013689837732356c187fe5edb9a8a8d5",
}


class BridgeTestCase(unittest.TestCase):
    """Each test has a chain of its own, with a wallet and one request of 2,000,000 satoshi at `requested_at`."""

    def setUp(self) -> None:
        self.held = BridgeChain(Node(Chain(31337, TICK, GENESIS, 0)), PARAMETERS, CONSTANTS)
        self.obey("register", wallet=WALLET, walletID=WALLET_ID, mainUtxo=MAIN_UTXO)
        answer = self.obey("request", wallet=WALLET, script=P2WPKH, amount=2_000_000, redeemer=REDEEMER)
        self.requested_at: int = answer["timestamp"]

    def obey(self, command: str, **arguments: Any) -> dict[str, Any]:
        answer = self.held.obey(json.dumps({"do": command, **arguments}).encode())
        self.assertTrue(answer["ok"], answer)
        return answer

    def at(self, timestamp: int) -> None:
        """Mines one block of this time."""
        self.held.node.evm_mine({"count": 1, "timestamp": timestamp})

    def old_enough(self) -> None:
        self.at(self.requested_at + CONSTANTS["redemptionRequestMinAge"] + 1)

    def redeem(self, *scripts: str, fee: int = 1_000, wallet: str = WALLET, block: Optional[int] = None) -> bool:
        proposal = (bytes.fromhex(wallet[2:]), [prefixed(script) for script in scripts], fee)
        return self.held.view(self.held.validator, "validateRedemptionProposal", proposal, block=block)[0]

    def assert_refused(self, reason: str, *scripts: str, **how: Any) -> None:
        with self.assertRaises(RpcError) as caught:
            self.redeem(*scripts, **how)
        error = caught.exception
        self.assertEqual((error.code, error.message), (3, f"execution reverted: {reason}"))
        self.assertEqual(error.data, hx(bytes.fromhex("08c379a0") + abi_encode(["string"], [reason])))

    def assert_panics(self, *scripts: str) -> None:
        with self.assertRaises(RpcError) as caught:
            self.redeem(*scripts)
        self.assertEqual((caught.exception.code, caught.exception.message), (3, "execution reverted"))
        self.assertEqual(caught.exception.data, hx(PANIC_OVERFLOW))


class AbiTests(unittest.TestCase):
    def test_selectors_and_topics_are_the_published_ones(self) -> None:
        for name, expected in SELECTORS.items():
            functions = {signature(e): selector(e).hex() for e in compiled(name).abi if e["type"] == "function"}
            self.assertEqual({s: functions.get(s) for s in expected}, expected)
        events = {e["name"]: keccak(signature(e).encode()).hex() for e in compiled("TestBridge").abi
                  if e["type"] == "event"}
        self.assertEqual(events, TOPICS)

    def test_what_it_shares_with_the_published_abi_has_the_same_types(self) -> None:
        published = HERE.parents[1] / "contracts-abi"
        pairs = {"TestBridge": "Bridge", "TestValidator": "WalletProposalValidator",
                 "TestWatchtower": "RedemptionWatchtower"}
        for ours, theirs in pairs.items():
            entries = {signature(e): e for e in json.loads((published / f"{theirs}.json").read_text())
                       if e["type"] in ("function", "event")}
            shared = [e for e in compiled(ours).abi if e["type"] in ("function", "event") and signature(e) in entries]
            self.assertGreaterEqual({signature(e) for e in shared}, SELECTORS[ours].keys())
            for entry in shared:
                for side in ("inputs", "outputs"):
                    self.assertEqual(flat(entry.get(side, [])), flat(entries[signature(entry)].get(side, [])))


def flat(parameters: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Types as they are encoded: a static tuple is no different from its members one after the other."""
    return [part for p in parameters for part in
            (flat(p["components"]) if p["type"] == "tuple" else [(p["type"], p.get("indexed", False))])]


class BridgeTests(BridgeTestCase):
    def view(self, function: str, *args: Any) -> Any:
        answer = self.held.view(self.held.bridge, function, *args)
        return answer[0] if len(answer) == 1 else answer

    def wallet(self) -> tuple[Any, ...]:
        return self.view("wallets", bytes.fromhex(WALLET[2:]))

    def request(self, script: str) -> tuple[Any, ...]:
        return self.view("pendingRedemptions", int.from_bytes(redemption_key(WALLET, script), "big"))

    def logs(self) -> list[dict[str, Any]]:
        return self.held.node.eth_getLogs({"fromBlock": "0x0", "address": self.held.bridge.address})

    def test_a_wallet_and_a_request_are_found_under_their_keys(self) -> None:
        registered_at = self.requested_at - TICK
        treasury_fee = 2_000_000 // PARAMETERS["redemptionTreasuryFeeDivisor"]
        self.assertEqual(self.wallet(), (bytes.fromhex(WALLET_ID[2:]), main_utxo_hash(MAIN_UTXO),
                                         2_000_000 - treasury_fee, registered_at, 0, 0, 0, 1, bytes(32)))
        self.assertEqual(self.request(P2WPKH), (REDEEMER, 2_000_000, treasury_fee,
                                                PARAMETERS["redemptionTxMaxFee"], self.requested_at))
        self.assertEqual(self.request(P2TR), ("0x" + "00" * 20, 0, 0, 0, 0))
        self.assertEqual(self.view("redemptionParameters"), tuple(PARAMETERS.values()))
        self.assertEqual(self.view("getRedemptionWatchtower"), "0x" + "00" * 20)

    def test_keys_are_hashed_as_the_specification_says(self) -> None:
        self.assertEqual(redemption_key(WALLET, P2WPKH),
                         keccak(keccak(bytes.fromhex("160014" + "55" * 20)) + bytes.fromhex("11" * 20)))
        # A published figure: Tests/Vectors/bitcoin.json, main_utxo_hash.
        self.assertEqual(
            main_utxo_hash(["089bd0671a4481c3584919b4b9b6751cb3f8586dab41cb157adec43fd10ccc00", 5, 143_565_433]).hex(),
            "1216f8e993c4c57d3c4c971c0d2651140fc4ab09d41960d9ccd7b41fdcd270d6")

    def test_events_have_the_published_topics_and_data(self) -> None:
        self.obey("request", wallet=WALLET, script=P2TR, amount=3_000_000, redeemer=REDEEMER)
        self.obey("complete", wallet=WALLET, transaction="0x" + "77" * 32, scripts=[P2WPKH], mainUtxo=None)
        self.obey("timeOut", wallet=WALLET, script=P2TR)
        registered, first, _, completed, timed_out = self.logs()
        wallet_topic = WALLET.ljust(2 + 64, "0")
        self.assertEqual(registered["topics"], ["0x" + TOPICS["NewWalletRegistered"], WALLET_ID, wallet_topic])
        self.assertEqual(registered["data"], "0x")
        self.assertEqual(first["topics"], ["0x" + TOPICS["RedemptionRequested"], wallet_topic,
                                           "0x" + "00" * 12 + REDEEMER[2:]])
        self.assertEqual(first["data"], hx(abi_encode(["bytes", "uint64", "uint64", "uint64"],
                                                      [prefixed(P2WPKH), 2_000_000, 1_000, 100_000])))
        self.assertEqual(completed["topics"], ["0x" + TOPICS["RedemptionsCompleted"], wallet_topic])
        self.assertEqual(completed["data"], "0x" + "77" * 32)
        self.assertEqual(timed_out["topics"], ["0x" + TOPICS["RedemptionTimedOut"], wallet_topic])
        self.assertEqual(timed_out["data"], hx(abi_encode(["bytes"], [prefixed(P2TR)])))

    def test_completing_takes_the_requests_away_and_moves_the_main_utxo(self) -> None:
        change = ["0x" + "77" * 32, 0, 498_001_000]
        self.obey("request", wallet=WALLET, script=P2TR, amount=3_000_000)
        self.obey("complete", wallet=WALLET, transaction=change[0], scripts=[P2WPKH], mainUtxo=change)
        self.assertEqual(self.request(P2WPKH)[4], 0)
        self.assertNotEqual(self.request(P2TR)[4], 0)
        self.assertEqual(self.wallet()[1:3], (main_utxo_hash(change), 3_000_000 - 1_500))
        self.obey("complete", wallet=WALLET, transaction=change[0], scripts=[P2TR], mainUtxo=None)
        self.assertEqual(self.wallet()[1:3], (bytes(32), 0))

    def test_what_makes_no_sense_is_refused_and_changes_nothing(self) -> None:
        before = self.held.state()
        request = {"wallet": WALLET, "script": P2TR, "amount": 2_000_000}
        for command, arguments, problem in (
            ("register", {"wallet": WALLET, "walletID": WALLET_ID, "mainUtxo": None}, "Wallet already registered"),
            ("request", request | {"wallet": OTHER}, "Wallet must be in Live state"),
            ("request", request | {"amount": 999_999}, "Redemption amount too small"),
            ("request", request | {"script": P2WPKH}, "Redemption already pending"),
            ("timeOut", {"wallet": WALLET, "script": P2TR}, "No such redemption"),
            ("wallet", {"wallet": OTHER, "state": 1, "mainUtxo": None}, "Unknown wallet"),
            ("complete", {"wallet": WALLET, "transaction": "0x" + "77" * 32, "scripts": [P2WPKH, P2WPKH],
                          "mainUtxo": None}, "No such redemption"),
            ("parameters", {"redemptionTimeOut": 1}, "no such parameter: redemptionTimeOut"),
            ("parameters", {"redemptionTimeout": 2**32}, "cannot be encoded"),
            ("request", {"wallet": WALLET}, "missing 2 required positional arguments"),
            ("nonesuch", {}, "no such command"),
        ):
            with self.subTest(command, problem=problem):
                answer = self.held.obey(json.dumps({"do": command, **arguments}).encode())
                self.assertFalse(answer["ok"])
                self.assertIn(problem, answer["problem"])
                self.assertEqual(self.held.state(), before)
        self.assertEqual(self.held.obey(b"{")["ok"], False)
        self.assertEqual(self.view("redemptionParameters"), tuple(PARAMETERS.values()))


class RedemptionRuleTests(BridgeTestCase):
    """contracts.md section 5.2, row by row; a case breaks later rows too where it can, which shows the order."""

    def test_0_a_proposal_that_keeps_every_rule_is_valid(self) -> None:
        self.obey("request", wallet=WALLET, script=P2TR, amount=3_000_000)
        self.at(self.requested_at + 1_000)
        self.assertTrue(self.redeem(P2WPKH))
        self.assertTrue(self.redeem(P2TR, P2WPKH, fee=200_000))
        self.obey("wallet", wallet=WALLET, state=2, mainUtxo=MAIN_UTXO)
        self.assertTrue(self.redeem(P2WPKH))

    def test_1_the_wallet_is_live_or_moving_funds(self) -> None:
        for state in (0, 3, 4, 5):
            self.obey("wallet", wallet=WALLET, state=state, mainUtxo=None)
            self.assert_refused("Wallet is not in Live or MovingFunds state", fee=0)
        self.assert_refused("Wallet is not in Live or MovingFunds state", fee=0, wallet=OTHER)

    def test_2_there_is_a_script(self) -> None:
        self.assert_refused("Redemption below the min size", fee=0)

    def test_3_there_are_not_too_many(self) -> None:
        scripts = ["0x0014" + f"{i:02x}" * 20 for i in range(21)]
        self.assert_refused("Redemption exceeds the max size", *scripts, fee=0)
        self.assert_refused("Proposed transaction fee cannot be zero", *scripts[:20], fee=0)

    def test_4_the_fee_is_not_zero(self) -> None:
        self.assert_refused("Proposed transaction fee cannot be zero", P2TR, fee=0)

    def test_5_the_fee_is_at_most_the_maximum_of_a_transaction(self) -> None:
        self.assert_refused("Proposed transaction fee is too high", P2TR, fee=1_000_001)
        self.assert_refused("Not a pending redemption request", P2TR, fee=1_000_000)

    def test_6_every_request_is_pending(self) -> None:
        self.assert_refused("Not a pending redemption request", P2TR)
        self.old_enough()
        self.assert_refused("Not a pending redemption request", P2WPKH, P2TR)
        self.obey("timeOut", wallet=WALLET, script=P2WPKH)
        self.assert_refused("Not a pending redemption request", P2WPKH)

    def test_7_a_request_is_older_than_the_minimum_age(self) -> None:
        self.at(self.requested_at + 24)
        self.assert_refused("Redemption request min age not achieved yet", P2WPKH, fee=200_000)
        self.at(self.requested_at + 25)
        self.assertTrue(self.redeem(P2WPKH))

    def test_7_a_watchtower_can_only_raise_the_minimum_age(self) -> None:
        self.obey("watchtower", delay=100)
        self.at(self.requested_at + 100)
        self.assert_refused("Redemption request min age not achieved yet", P2WPKH)
        self.at(self.requested_at + 101)
        self.assertTrue(self.redeem(P2WPKH))
        self.obey("watchtower", delay=300)
        self.assert_refused("Redemption request min age not achieved yet", P2WPKH)
        self.obey("watchtower", delay=0)
        self.assertTrue(self.redeem(P2WPKH))
        self.obey("watchtower", delay=None)
        self.assertTrue(self.redeem(P2WPKH))

    def test_8_the_margin_before_the_timeout_is_kept(self) -> None:
        end = self.requested_at + PARAMETERS["redemptionTimeout"] - 7_200
        self.at(end - 1)
        self.assertTrue(self.redeem(P2WPKH))
        self.at(end)
        self.assert_refused("Redemption request timeout safety margin is not preserved", P2WPKH, fee=200_000)

    def test_8_sums_that_leave_uint32_panic_without_a_reason(self) -> None:
        self.old_enough()
        self.obey("parameters", redemptionTimeout=2**32 - 1)
        self.assert_panics(P2WPKH)
        self.obey("parameters", redemptionTimeout=2**32 - 1 - self.requested_at)
        self.assertTrue(self.redeem(P2WPKH))
        self.obey("parameters", redemptionTimeout=172_800)
        self.obey("watchtower", delay=2**32 - 1)
        self.assert_panics(P2WPKH)

    def test_9_a_share_is_at_most_what_the_request_allows_and_the_last_bears_the_rest(self) -> None:
        self.old_enough()
        self.assertTrue(self.redeem(P2WPKH, fee=100_000))
        self.assert_refused("Proposed transaction per-request fee share is too high", P2WPKH, fee=100_001)
        self.obey("parameters", redemptionTxMaxFee=100_001)
        answer = self.obey("request", wallet=WALLET, script=P2TR, amount=2_000_000)
        self.at(answer["timestamp"] + 25)
        self.assertTrue(self.redeem(P2WPKH, P2TR, fee=200_001))
        self.assert_refused("Proposed transaction per-request fee share is too high", P2TR, P2WPKH, fee=200_001)

    def test_10_no_request_comes_twice(self) -> None:
        self.old_enough()
        self.assert_refused("Duplicated request", P2WPKH, P2WPKH)
        self.assert_refused("Proposed transaction per-request fee share is too high", P2WPKH, P2WPKH, fee=200_001)

    def test_a_call_at_an_old_block_judges_by_its_state_and_time(self) -> None:
        young = self.held.node.chain.head.number
        self.old_enough()
        old = self.held.node.chain.head.number
        self.obey("complete", wallet=WALLET, transaction="0x" + "77" * 32, scripts=[P2WPKH], mainUtxo=None)
        self.assert_refused("Not a pending redemption request", P2WPKH)
        self.assertTrue(self.redeem(P2WPKH, block=old))
        self.assert_refused("Redemption request min age not achieved yet", P2WPKH, block=young)
        self.assert_refused("Not a pending redemption request", P2WPKH, block=young - 1)


class HeartbeatRuleTests(BridgeTestCase):
    """contracts.md section 5.5."""

    def test_only_sixteen_bytes_with_eight_ones_in_front_are_a_heartbeat(self) -> None:
        def validate(message: str, wallet: str = WALLET) -> bool:
            proposal = (bytes.fromhex(wallet[2:]), bytes.fromhex(message))
            return self.held.view(self.held.validator, "validateHeartbeatProposal", proposal)[0]

        self.assertTrue(validate("ff" * 8 + "00" * 8))
        self.assertTrue(validate("ff" * 16, OTHER), "the wallet's state is not looked at")
        for message in ("", "ff" * 8, "ff" * 15, "ff" * 17, "ff" * 7 + "fe" + "ff" * 8, "00" * 16):
            with self.subTest(message), self.assertRaises(RpcError) as caught:
                validate(message)
            self.assertEqual(caught.exception.message, "execution reverted: Not a valid heartbeat message")

    def test_constants_are_those_it_was_deployed_with(self) -> None:
        names = ("DEPOSIT_MIN_AGE", "DEPOSIT_REFUND_SAFETY_MARGIN", "DEPOSIT_SWEEP_MAX_SIZE",
                 "REDEMPTION_REQUEST_MIN_AGE", "REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN", "REDEMPTION_MAX_SIZE")
        held = [self.held.view(self.held.validator, name)[0] for name in names]
        self.assertEqual(held, list(CONSTANTS.values()))
        self.assertEqual(self.held.view(self.held.validator, "bridge"), (self.held.bridge.address,))


class DriverTests(unittest.TestCase):
    """The process that a test in another language drives."""

    def test_it_says_where_it_listens_obeys_and_ends_with_its_input(self) -> None:
        command = [sys.executable, HERE / "evm_bridge.py", "--redemption-request-min-age", "600", "--start-block", "20"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
            ready = json.loads(driver.stdout.readline())
            self.assertEqual((ready["chainId"], ready["block"]), (31337, 22))
            driver.stdin.write('{"do": "mine", "blocks": 3}\n')
            driver.stdin.flush()
            self.assertEqual(json.loads(driver.stdout.readline())["block"], 25)
            call = {"to": ready["validator"], "data": "0xd09520f7"}
            self.assertEqual(rpc(ready["url"], "eth_call", call, "latest"), hx((600).to_bytes(32, "big")))
            self.assertEqual(rpc(ready["url"], "eth_blockNumber"), "0x19")
            driver.stdin.close()
            self.assertEqual(driver.wait(timeout=30), 0)
        with self.assertRaises(OSError):
            rpc(ready["url"], "eth_blockNumber")

    def test_it_mines_by_the_clock_when_told(self) -> None:
        command = [sys.executable, HERE / "evm_bridge.py"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
            ready = json.loads(driver.stdout.readline())
            driver.stdin.write('{"do": "interval", "seconds": 0.01}\n')
            driver.stdin.flush()
            driver.stdout.readline()
            for _ in range(1_000):  # ends as soon as the chain has grown, however slow the machine
                if int(rpc(ready["url"], "eth_blockNumber"), 16) >= ready["block"] + 3:
                    break
            else:
                self.fail("the chain does not grow")
            driver.stdin.close()
            self.assertEqual(driver.wait(timeout=30), 0)


def rpc(url: str, method: str, *params: Any) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
        return json.load(answer)["result"]


if __name__ == "__main__":
    unittest.main()
