"""Core's consensus code accepts what the published figures sign, and nothing that was changed since."""
import json
import subprocess
import sys
import unittest
from pathlib import Path

from oracle import Coin, verify

HERE = Path(__file__).parent
VECTORS = HERE.parent / "Vectors"


def compact(count: int) -> bytes:
    assert count < 0xFD
    return bytes([count])


def spends() -> list[tuple[str, bytes, list[Coin]]]:
    """Every signed transaction of the Bitcoin figures: name, bytes, spent outputs."""
    actions = json.loads((VECTORS / "bitcoin.json").read_text())["transactions"]
    return [
        (f"{action}/{case['id']}", bytes.fromhex(form["signedTx"]),
         [Coin(bytes.fromhex(spent["script"]), spent["value"]) for spent in case["inputs"]])
        for action, cases in actions.items() for case in cases for form in case["expected"]
    ]


def taproot_spend() -> tuple[bytes, list[Coin], list[int]]:
    """BIP-341's key path example: two of its nine inputs are of other kinds and stay unsigned here."""
    case = json.loads((VECTORS / "frost.json").read_text())["bip341"]["key_path"][0]
    witnesses = {entry["index"]: entry["witness"] for entry in case["inputs"]}
    unsigned = bytes.fromhex(case["unsigned_tx"])
    stacks = b""
    for index in range(len(case["spent"])):
        items = [bytes.fromhex(item) for item in witnesses.get(index, [])]
        stacks += compact(len(items)) + b"".join(compact(len(item)) + item for item in items)
    signed = unsigned[:4] + b"\x00\x01" + unsigned[4:-4] + stacks + unsigned[-4:]
    coins = [Coin(bytes.fromhex(spent["script"]), spent["sats"]) for spent in case["spent"]]
    return signed, coins, sorted(witnesses)


class OracleTests(unittest.TestCase):
    def test_every_signed_figure_is_valid(self) -> None:
        self.assertGreater(len(spends()), 10)
        for name, raw, coins in spends():
            with self.subTest(name):
                verdict = verify(raw, coins)
                self.assertEqual((verdict.valid, verdict.problem), (True, None))
                self.assertEqual(verdict.inputs, [True] * len(coins))

    def test_the_published_taproot_signatures_pass_and_commit_to_every_amount(self) -> None:
        raw, coins, signed = taproot_spend()
        verdict = verify(raw, coins)
        self.assertEqual([i for i, passed in enumerate(verdict.inputs) if passed], signed)
        changed = [Coin(coin.script, coin.amount + 1) for coin in coins]
        self.assertEqual(verify(raw, changed).inputs, [False] * len(coins))

    def test_a_changed_amount_fails_the_script(self) -> None:
        _, raw, coins = spends()[0]
        verdict = verify(raw, [Coin(coins[0].script, coins[0].amount + 1), *coins[1:]])
        self.assertEqual((verdict.valid, verdict.problem), (False, "script of input 0 fails"))

    def test_a_changed_output_fails_the_script(self) -> None:
        _, raw, coins = next(spend for spend in spends() if spend[0] == "redemption/one-p2pkh")
        script = bytes.fromhex("76a9144130879211c54df460e484ddf9aac009cb38ee7488ac")
        self.assertIn(script, raw)
        verdict = verify(raw.replace(script, script[:3] + bytes(20) + script[-2:]), coins)
        self.assertEqual((verdict.valid, verdict.inputs), (False, [False]))

    def test_outputs_above_inputs_are_refused(self) -> None:
        # An output that anyone may spend, so that only the sum can be wrong.
        raw = bytes.fromhex("0200000001" + "11" * 32 + "00000000" + "00" + "ffffffff" + "01") \
            + (1_001).to_bytes(8, "little") + bytes.fromhex("0151" + "00000000")
        self.assertTrue(verify(raw, [Coin(b"\x51", 1_001)]).valid)
        self.assertEqual(verify(raw, [Coin(b"\x51", 1_000)]).problem, "outputs exceed inputs by 1 sats")

    def test_bytes_that_are_no_transaction_are_refused(self) -> None:
        _, raw, coins = spends()[0]
        self.assertEqual(verify(b"", coins).problem, "does not parse")
        self.assertEqual(verify(raw[:-1], coins).problem, "does not parse")
        self.assertEqual(verify(raw + b"\x00", coins).problem, "trailing bytes, or not in canonical form")
        self.assertEqual(verify(raw, coins[1:]).problem, f"{len(coins)} inputs but {len(coins) - 1} spent outputs")

    def test_a_rule_that_needs_no_context_is_checked(self) -> None:
        # The same coin twice.
        coin = "11" * 32 + "00000000" + "00" + "ffffffff"
        raw = bytes.fromhex("0200000002" + coin + coin + "01" + "e803000000000000" + "0151" + "00000000")
        self.assertEqual(verify(raw, [Coin(b"\x51", 1_000)] * 2).problem, "breaks a context-free transaction rule")

    def test_the_command_answers_line_by_line_and_exits_1_if_one_was_not_valid(self) -> None:
        def ask(raw: bytes, coins: list[Coin]) -> str:
            spent = [{"script": coin.script.hex(), "amount": coin.amount} for coin in coins]
            return json.dumps({"tx": raw.hex(), "spent": spent}) + "\n"

        _, raw, coins = spends()[0]
        good, bad = ask(raw, coins), ask(raw, [Coin(b"\x00", 0)] * len(coins))
        for lines, valid, code in (([good, good], [True, True], 0), ([bad, good], [False, True], 1)):
            run = subprocess.run([sys.executable, HERE / "oracle.py"], input="".join(lines), text=True,
                                 capture_output=True, timeout=60)
            self.assertEqual([json.loads(line)["valid"] for line in run.stdout.splitlines()], valid)
            self.assertEqual(run.returncode, code)


if __name__ == "__main__":
    unittest.main()
