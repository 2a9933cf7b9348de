#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns official tests into t8n input and compares roots, gas and logs with what the tests state; then bad input."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import rlp

COMMAND = os.environ["SWITCHYARD_COMMAND"]
FORKS_BY_AGE = ("Frontier Homestead EIP150 EIP158 Byzantium Constantinople ConstantinopleFix Istanbul Berlin London Paris Shanghai Cancun "
                "Prague Osaka BPO1 BPO2 BPO3 BPO4 Amsterdam").split()
SAMPLE = int(os.environ.get("SWITCHYARD_T8N_SAMPLE", "150"))  # tests of each suite


def suite(name):
    """The folder of an unpacked suite, or None; unpacked by whoever needs it first."""
    data = os.environ.get("SWITCHYARD_DATA")
    if data and (pathlib.Path(data) / name).is_dir():
        return pathlib.Path(data) / name
    packed = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"]) / ".." / "shared" / "data"
    if not (packed / "unpack").exists():
        return None
    target = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"]) / "conformance-data"
    subprocess.run(["flock", str(target) + ".lock", "bash", str(packed / "unpack"), str(target), name], check=True, stdout=subprocess.DEVNULL)
    return target / name


def t8n(given, *arguments, fork, reward=-1, execution="parallel", code=0):
    """Runs over standard input and output; gives the object printed, or the error's line."""
    done = subprocess.run([COMMAND, "t8n", "--input.alloc", "stdin", "--input.env", "stdin", "--input.txs", "stdin", "--output.alloc", "stdout",
                           "--output.result", "stdout", "--output.body", "stdout", "--state.fork", fork, "--state.reward", str(reward),
                           "--execution", execution, *map(str, arguments)],
                          input=given if isinstance(given, str) else json.dumps(given), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != code:
        raise AssertionError(f"exit code {done.returncode}, not {code}: {done.stderr}")
    return json.loads(done.stdout) if code == 0 else done.stderr


def hexed(data):
    return "0x" + data.hex()


def plain(value):
    """The same with quantities as numbers, whatever their leading zeros."""
    if isinstance(value, dict):
        return {key: plain(member) if key != "newCode" else member for key, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else int(value, 16)


def sample(items):
    """At most SAMPLE of the items, evenly spread."""
    return items[:: max(1, len(items) // SAMPLE)][:SAMPLE]


class Converted(unittest.TestCase):
    def folder(self, name):
        found = suite(name)
        if found is None:
            if os.environ.get("SWITCHYARD_REQUIRE_DATA"):
                self.fail(f"the suite {name} is required and was not found")
            self.skipTest(f"no conformance data: set SWITCHYARD_DATA to a folder that holds '{name}'")
        return found

    def test_state_tests_give_their_roots(self):
        """Up to Cancun: later blocks need system contracts, which state tests have not."""
        compared = 0
        for file in sample(sorted(self.folder("state-eest").rglob("*.json"))):
            for test in list(json.loads(file.read_text()).values())[:1]:
                for fork, cases in test["post"].items():
                    if FORKS_BY_AGE.index(fork) > FORKS_BY_AGE.index("Cancun") or "_info" in fork:
                        continue
                    for case in cases[:1]:
                        with self.subTest(file=str(file), fork=fork):
                            compared += self.compare_state_case(test, fork, case, as_json=compared % 2 == 0)
        self.assertGreater(compared, SAMPLE // 2)

    def compare_state_case(self, test, fork, case, as_json):
        at_least = lambda name: FORKS_BY_AGE.index(fork) >= FORKS_BY_AGE.index(name)
        if case.get("expectException") and not at_least("EIP158"):
            return 0
        env = {key: value for key, value in test["env"].items() if key != "currentDifficulty" or not at_least("Paris")}
        env["blockHashes"] = {}
        if at_least("Shanghai"):
            env["withdrawals"] = []
        if at_least("Cancun"):
            env["parentBeaconBlockRoot"] = "0x" + "00" * 32
        given = {"alloc": test["pre"], "env": env}
        transaction = test["transaction"]
        indexes = case["indexes"]
        legacy = "maxFeePerGas" not in transaction and "accessLists" not in transaction and "blobVersionedHashes" not in transaction
        if as_json and legacy and not case.get("expectException") and "secretKey" in transaction:
            given["txs"] = [{"nonce": transaction["nonce"], "gasPrice": transaction["gasPrice"], "gas": transaction["gasLimit"][indexes["gas"]],
                             "to": transaction["to"] or None, "value": transaction["value"][indexes["value"]],
                             "input": transaction["data"][indexes["data"]], "secretKey": transaction["secretKey"],
                             "protected": at_least("EIP158")}]
        else:
            encoded = bytes.fromhex(case["txbytes"][2:])
            given["txsRlp"] = hexed(rlp.list_of([encoded if encoded[0] >= 0xc0 else rlp.encode(encoded)]))
        serial = t8n(given, fork=fork, execution="serial")
        self.assertEqual(t8n(given, fork=fork), serial)
        self.assertEqual(serial["result"]["stateRoot"], case["hash"])
        self.assertEqual(serial["result"]["logsHash"], case["logs"])
        self.assertEqual(bool(serial["result"].get("rejected")), bool(case.get("expectException")))
        return 1

    def test_chains_give_the_values_of_their_headers(self):
        self.compare_chains("blockchain-eest")

    def test_legacy_chains_give_the_values_of_their_headers(self):
        self.compare_chains("blockchain-legacy")

    def test_amsterdam_chains_give_the_values_of_their_headers(self):
        self.compare_chains("blockchain-amsterdam-alpha")

    def compare_chains(self, name):
        compared = 0
        for file in sample(sorted(self.folder(name).rglob("*.json"))):
            for test in list(json.loads(file.read_text()).values())[:1]:
                if test.get("network") in FORKS_BY_AGE and "blocks" in test:
                    with self.subTest(file=str(file)):
                        compared += self.compare_chain(test)
        self.assertGreater(compared, SAMPLE // 2)

    def compare_chain(self, test):
        alloc, compared = test["pre"], 0
        headers = {test["genesisBlockHeader"]["hash"]: test["genesisBlockHeader"]}
        head = test["genesisBlockHeader"]["hash"]
        for block in test["blocks"][:4]:
            header = block.get("blockHeader")
            if header is None or any(key.startswith("expectException") for key in block) or header["parentHash"] != head:
                return compared
            head = header["hash"]
            headers[head] = header
            done = self.compare_block(test["network"], block, header, headers, alloc)
            alloc = done["alloc"]
            compared += 1
        return compared

    def compare_block(self, fork, block, header, headers, alloc):
        parent = headers[header["parentHash"]]
        env = {"currentCoinbase": header["coinbase"], "currentGasLimit": header["gasLimit"], "currentNumber": header["number"],
               "currentTimestamp": header["timestamp"], "withdrawals": block.get("withdrawals", []),
               "ommers": [{"delta": hex(int(header["number"], 16) - int(ommer["number"], 16)), "address": ommer["coinbase"]}
                          for ommer in block.get("uncleHeaders", [])],
               "blockHashes": {known["number"]: known["hash"] for known in headers.values() if known["hash"] != header["hash"]}}
        at_least = lambda name: FORKS_BY_AGE.index(fork) >= FORKS_BY_AGE.index(name)
        if at_least("Paris"):
            env["currentRandom"] = header["mixHash"]
        else:
            env.update(parentDifficulty=parent["difficulty"], parentTimestamp=parent["timestamp"], parentUncleHash=parent["uncleHash"])
        if at_least("London"):
            env.update(parentBaseFee=parent["baseFeePerGas"], parentGasUsed=parent["gasUsed"], parentGasLimit=parent["gasLimit"])
        if at_least("Cancun"):
            env.update(parentExcessBlobGas=parent["excessBlobGas"], parentBlobGasUsed=parent["blobGasUsed"],
                       parentBeaconBlockRoot=header["parentBeaconBlockRoot"])
        if at_least("Amsterdam"):
            env["slotNumber"] = header["slotNumber"]
        members = rlp.encodings(bytes.fromhex(block["rlp"][2:]))
        given = {"alloc": alloc, "env": env, "txsRlp": hexed(members[1])}
        reward = 0 if at_least("Paris") else 2 if at_least("Constantinople") else 3 if at_least("Byzantium") else 5
        serial = t8n(given, fork=fork, reward=reward * 10**18 if reward else -1, execution="serial")
        self.assertEqual(t8n(given, fork=fork, reward=reward * 10**18 if reward else -1), serial)
        if at_least("Amsterdam"):  # a trace that looked at the state would stand in the access list
            with tempfile.TemporaryDirectory() as folder:
                self.assertEqual(t8n(given, "--trace", "--output.basedir", folder, fork=fork, reward=-1), serial)
                self.assertEqual(len(list(pathlib.Path(folder).glob("trace-*.jsonl"))), len(serial["result"]["receipts"]))
        result = serial["result"]
        expected = {"stateRoot": "stateRoot", "txRoot": "transactionsTrie", "receiptsRoot": "receiptTrie", "logsBloom": "bloom",
                    "withdrawalsRoot": "withdrawalsRoot", "requestsHash": "requestsHash", "blockAccessListHash": "blockAccessListHash"}
        quantities = {"gasUsed": "gasUsed", "currentBaseFee": "baseFeePerGas", "currentExcessBlobGas": "excessBlobGas", "blobGasUsed": "blobGasUsed"}
        if not at_least("Paris"):
            quantities["currentDifficulty"] = "difficulty"
        for field, of_header in expected.items():
            if of_header in header:
                self.assertEqual(result[field], header[of_header], field)
        for field, of_header in quantities.items():
            if of_header in header:
                self.assertEqual(int(result[field], 16), int(header[of_header], 16), field)
        if "blockAccessList" in block:
            self.assertEqual(plain(result["blockAccessList"]), plain(block["blockAccessList"]))
        self.assertNotIn("rejected", result)
        self.assertEqual(serial["body"], hexed(members[1]))
        return serial


KEY = "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"
SENDER = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"


def payment(nonce, **changes):
    return {"nonce": hex(nonce), "gasPrice": "0xa", "gas": "0x5208", "to": "0x" + "11" * 20, "value": "0x1", "input": "0x", "secretKey": KEY} | changes


def london(transactions):
    return {"alloc": {SENDER: {"balance": "0xde0b6b3a7640000"}}, "txs": transactions,
            "env": {"currentCoinbase": "0x" + "22" * 20, "currentGasLimit": "0x1c9c380", "currentNumber": "0x1", "currentTimestamp": "0x1",
                    "currentDifficulty": "0x20000", "currentBaseFee": "0x7"}}


class Interface(unittest.TestCase):
    def test_invalid_transactions_are_rejected_and_the_others_go_on(self):
        only = t8n(london([payment(0), payment(1)]), fork="London")
        mixed = t8n(london([payment(7), payment(0), payment(0), payment(1, gas="0x5207"), payment(1), payment(2, value="0xde0b6b3a7640000")]),
                    fork="London")
        rejected = mixed["result"].pop("rejected")
        self.assertEqual(mixed, only)
        self.assertEqual([entry["index"] for entry in rejected], [0, 2, 3, 5])
        for entry, phrase in zip(rejected, ("nonce too high", "nonce too low", "intrinsic gas too low", "insufficient funds")):
            self.assertIn(phrase, entry["error"])

    def test_a_signature_without_a_key_is_rejected(self):
        broken = payment(0, v="0x1b", r="0x1", s="0x0")
        done = t8n(london([broken, payment(0)]), fork="London")
        self.assertEqual([entry["index"] for entry in done["result"]["rejected"]], [0])
        self.assertEqual(len(done["result"]["receipts"]), 1)

    def test_the_body_is_input_again(self):
        first = t8n(london([payment(0), payment(1, type="0x2", maxFeePerGas="0x10", maxPriorityFeePerGas="0x2", accessList=[])]), fork="London")
        given = london([])
        del given["txs"]
        again = t8n(given | {"txsRlp": first["body"]}, fork="London")
        self.assertEqual(again, first)

    def test_the_reward_goes_to_beneficiary_and_ommers(self):
        given = london([])
        given["env"]["ommers"] = [{"delta": 1, "address": "0x" + "33" * 20}, {"delta": "0x2", "address": "0x" + "44" * 20}]
        alloc = t8n(given, fork="London", reward=32)["alloc"]
        self.assertEqual(int(alloc["0x" + "22" * 20]["balance"], 16), 32 + 2)
        self.assertEqual(int(alloc["0x" + "33" * 20]["balance"], 16), 28)
        self.assertEqual(int(alloc["0x" + "44" * 20]["balance"], 16), 24)
        self.assertNotIn("0x" + "22" * 20, t8n(given, fork="London", reward=-1)["alloc"])

    def test_files_in_and_out_with_traces(self):
        given = london([payment(0, to="0x" + "55" * 20, gas="0xffff"), payment(1)])
        given["alloc"]["0x" + "55" * 20] = {"balance": "0x0", "code": "0x6001600255", "nonce": "0x1"}
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for part, name in (("alloc", "alloc.json"), ("env", "env.json"), ("txs", "txs.json")):
                (folder / name).write_text(json.dumps(given[part]))
            for execution in ("serial", "parallel"):
                out = folder / execution
                done = subprocess.run([COMMAND, "t8n", "--state.fork", "London", "--output.basedir", out, "--output.body", "body.rlp", "--trace",
                                       "--execution", execution], cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                result = json.loads((out / "result.json").read_text())
                self.assertIn("0x" + "55" * 20, json.loads((out / "alloc.json").read_text()))
                hashes = [receipt["transactionHash"] for receipt in result["receipts"]]
                lines = [json.loads(line) for line in (out / f"trace-0-{hashes[0]}.jsonl").read_text().splitlines()]
                self.assertEqual([line.get("opName") for line in lines], ["PUSH1", "PUSH1", "SSTORE", "STOP", None])
                # 65,535 less 21,000; SSTORE from zero to one in a cold slot (EIP-2929).
                self.assertEqual(lines[0], {"pc": 0, "op": 0x60, "gas": hex(44535), "gasCost": "0x3", "memSize": 0, "stack": [], "depth": 1,
                                            "refund": 0, "opName": "PUSH1"})
                self.assertEqual(lines[2]["gasCost"], hex(22100))
                self.assertEqual(lines[4], {"output": "", "gasUsed": hex(22106)})
                self.assertEqual((out / f"trace-1-{hashes[1]}.jsonl").read_text(), '{"output":"","gasUsed":"0x0"}\n')
            again = subprocess.run([COMMAND, "t8n", "--state.fork", "London", "--input.txs", folder / "parallel" / "body.rlp", "--output.alloc", "",
                                    "--output.result", "stdout"], cwd=folder, capture_output=True, text=True, check=False)
            self.assertEqual(json.loads(again.stdout)["result"]["stateRoot"], result["stateRoot"])

    def test_bad_input_is_one_line_with_file_and_field(self):
        whole = london([payment(0)])
        def without(part, field):
            return whole | {part: {key: value for key, value in whole[part].items() if key != field}}
        for given, fork, wanted in (
                ("{", "London", "stdin"),
                ("[]", "London", "not an object"),
                ({"env": whole["env"], "txs": []}, "London", "alloc"),
                (without("env", "currentCoinbase"), "London", "env.currentCoinbase"),
                (without("env", "currentBaseFee"), "London", "env.currentBaseFee"),
                (without("env", "currentDifficulty"), "London", "env.currentDifficulty"),
                (whole, "Shanghai", "env.currentRandom"),
                (whole | {"env": whole["env"] | {"currentNumber": "x"}}, "London", "env.currentNumber"),
                (whole | {"env": whole["env"] | {"ommers": [{"delta": 9, "address": SENDER}]}}, "London", "env.ommers[0].delta"),
                (whole | {"alloc": {SENDER: {"balance": "0x1", "code": "0x1"}}}, "London", "code"),
                (whole | {"alloc": {"0x12": {"balance": "0x1"}}}, "London", "alloc"),
                (whole | {"txs": [payment(0, secretKey="0x0")]}, "London", "txs[0].secretKey"),
                (whole | {"txs": [payment(0, gas=None)]}, "London", "txs[0].gas"),
                (whole | {"txs": [payment(0, type="0x9")]}, "London", "txs[0].type"),
                (whole | {"txs": [payment(0, v="0x5", r="0x1", s="0x1")]}, "London", "txs[0].v"),
                ({key: whole[key] for key in ("alloc", "env")} | {"txsRlp": "0x01"}, "London", "txsRlp"),
                (whole, "Nowhere", "Nowhere"),
                (whole, "London+3855", "--state.fork")):
            with self.subTest(wanted=wanted):
                line = t8n(given, fork=fork, code=2)
                self.assertEqual(len(line.strip().splitlines()), 1, line)
                self.assertIn(wanted, line)

    def test_an_absent_block_hash_is_an_error(self):
        given = london([payment(0, to="0x" + "55" * 20, gas="0xffff")])
        given["env"]["currentNumber"] = "0x5"
        given["alloc"]["0x" + "55" * 20] = {"balance": "0x0", "code": "0x600340600055"}
        self.assertIn("env.blockHashes[3]", t8n(given, fork="London", code=2))
        given["env"]["blockHashes"] = {"3": "0x" + "77" * 32}
        storage = t8n(given, fork="London")["alloc"]["0x" + "55" * 20]["storage"]
        self.assertEqual(storage, {"0x" + "00" * 32: "0x" + "77" * 32})

    def test_help_teaches(self):
        done = subprocess.run([COMMAND, "t8n", "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0)
        for word in ("--input.alloc", "--state.fork", "--trace", "rejected", "Example"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main()
