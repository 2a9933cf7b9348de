#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Foundry's cast, from npm, in its common verbs."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import packages
import servers

AT = packages.prepared()
CAST = packages.binary(AT, "cast")
HERE = pathlib.Path(__file__).resolve().parent
KEYS = ("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a")
ADDRESSES = ("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
ZERO = "0x" + "00" * 32


def compiled():
    done = subprocess.run(["node", "-e", f"console.log(require({json.dumps(str(HERE / 'toolkit.cjs'))}).compile('Probe').bytecode)"],
                          env=packages.environment(AT), capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.strip()


class Cast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = servers.appliance()
        cls.server = cls.running.__enter__()
        cls.bytecode = compiled()
        argument = "07".rjust(64, "0")
        made = cls.json_of("send", "--private-key", KEYS[0], "--value", "1000", "--create", cls.bytecode + argument)
        cls.probe = made["contractAddress"]
        cls.made_in = int(made["blockNumber"], 16)

    @classmethod
    def tearDownClass(cls):
        cls.running.__exit__(None, None, None)

    @classmethod
    def cast(cls, *arguments, status=0):
        """Standard output of cast, or its complaint when it is to end with another `status`."""
        done = subprocess.run([str(CAST), *map(str, arguments)], timeout=180, cwd=AT, capture_output=True, text=True, check=False,
                              env={**packages.environment(AT), "ETH_RPC_URL": cls.server.url})
        if done.returncode != status:
            raise AssertionError(f"cast {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"[:2000])
        return (done.stdout if status == 0 else done.stderr).strip()

    @classmethod
    def json_of(cls, *arguments):
        return json.loads(cls.cast(arguments[0], "--json", *arguments[1:]))

    def value(self, *more):
        return int(self.cast("call", self.probe, "value()(uint256)", *more).split()[0])

    def store(self, value, note, *options):
        sent = self.json_of("send", "--private-key", KEYS[1], *options, self.probe, "store(uint256,string)", value, note)
        self.assertEqual(sent["status"], "0x1")
        return sent

    def test_chain(self):
        self.assertEqual(self.cast("chain-id"), "31337")
        self.assertGreater(int(self.cast("gas-price")), 0)
        self.assertGreater(int(self.cast("base-fee")), 0)
        self.assertGreaterEqual(int(self.cast("block-number")), 1)
        self.assertIn("switchyard", self.cast("client").lower())


    def test_block(self):
        block = self.json_of("block", "latest")
        self.assertEqual(self.json_of("block", block["hash"])["number"], block["number"])
        self.assertEqual(self.cast("block", "0", "--field", "parentHash"), ZERO)
        full = self.json_of("block", str(self.made_in), "--full")
        self.assertEqual(full["transactions"][0]["from"].lower(), ADDRESSES[0].lower())
        self.cast("block", "1000000000", status=1)

    def test_account(self):
        self.assertGreater(int(self.cast("balance", ADDRESSES[0])), 10**21)
        self.assertEqual(self.cast("balance", self.probe), "1000")
        self.assertGreater(int(self.cast("nonce", ADDRESSES[0])), 0)
        code = self.cast("code", self.probe)
        self.assertGreater(len(code), 1000)
        self.assertEqual(self.cast("codesize", self.probe), str(len(code) // 2 - 1))
        self.assertEqual(self.cast("codehash", self.probe), self.cast("keccak", code))
        self.assertEqual(self.cast("code", ADDRESSES[1]), "0x")
        self.assertEqual(int(self.cast("storage", self.probe, "0", "--block", self.made_in), 16), 7)

    def test_sends_every_type(self):
        access_list = json.dumps([{"address": self.probe, "storageKeys": [ZERO]}])
        for number, (wanted, options) in enumerate((("0x0", ["--legacy"]), ("0x1", ["--legacy", "--access-list", access_list]), ("0x2", []))):
            with self.subTest(type=wanted):
                sent = self.store(100 + number, wanted, *options)
                self.assertEqual(sent["type"], wanted)
                self.assertEqual(self.value(), 100 + number)
                read = self.json_of("tx", sent["transactionHash"])
                self.assertEqual(read["type"], wanted)
                self.assertEqual(self.json_of("receipt", sent["transactionHash"])["blockHash"], sent["blockHash"])
        with self.subTest(type="0x4"):
            authorization = self.cast("wallet", "sign-auth", self.probe, "--private-key", KEYS[2])
            sent = self.json_of("send", "--private-key", KEYS[0], "--auth", authorization, ADDRESSES[2], "store(uint256,string)", 99, "on an account")
            self.assertEqual((sent["type"], sent["status"]), ("0x4", "0x1"))
            self.assertEqual(self.cast("code", ADDRESSES[2]).lower(), "0xef0100" + self.probe[2:].lower())
            self.assertEqual(self.cast("call", ADDRESSES[2], "value()(uint256)"), "99")

    def test_sends_a_blob(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("data that a rollup posts " * 40)
            file.flush()
            sent = self.json_of("send", "--private-key", KEYS[0], "--blob", "--path", file.name, "--blob-gas-price", "10gwei", self.probe,
                                "store(uint256,string)", 33, "with a blob")
        self.assertEqual((sent["type"], sent["status"]), ("0x3", "0x1"))
        self.assertEqual(int(sent["blobGasUsed"], 16), 131072)

    def test_calls_and_estimates(self):
        self.assertEqual(self.cast("call", self.probe, "sum(uint256[])(uint256)", "[1,2,3]"), "6")
        self.assertEqual(self.value("--block", self.made_in), 7)
        gas = int(self.cast("estimate", "--from", ADDRESSES[1], self.probe, "store(uint256,string)", 5, "estimated"))
        self.assertEqual(int(self.store(5, "estimated", "--gas-limit", gas)["status"], 16), 1)
        self.assertEqual(self.cast("estimate", "--from", ADDRESSES[1], ADDRESSES[2], "--value", "1"), "21000")
        listed = self.json_of("access-list", "--from", ADDRESSES[1], self.probe, "value()")
        self.assertEqual(listed["accessList"], [{"address": self.probe.lower(), "storageKeys": [ZERO]}])

    def test_says_why(self):
        self.assertIn("asked to fail", self.cast("call", self.probe, "failWithReason()", status=1))
        self.assertIn("0x677fd0e3", self.cast("call", self.probe, "failWithError(uint256)", 11, status=1))
        self.assertIn("asked to fail", self.cast("estimate", self.probe, "failWithReason()", status=1))
        self.assertIn("nonce too low", self.cast("send", "--private-key", KEYS[0], "--nonce", 0, ADDRESSES[1], status=1))
        self.assertIn("insufficient funds", self.cast("send", "--private-key", KEYS[1], "--value", "1000000000ether", "--gas-limit", 21000, ADDRESSES[0],
                                                      status=1).lower())

    def test_logs_and_proof(self):
        sent = self.store(77, "looked for")
        topic = "0x" + "0" * 62 + hex(77)[2:]
        found = self.json_of("logs", "--from-block", "0", "--address", self.probe, "Stored(address indexed,uint256 indexed,string)", ADDRESSES[1], "77")
        self.assertEqual([log["transactionHash"] for log in found], [sent["transactionHash"]])
        self.assertEqual(found[0]["topics"][2], topic)
        proof = self.json_of("proof", self.probe, "0x0")
        self.assertEqual(int(proof["storageProof"][0]["value"], 16), self.value())
        self.assertEqual(self.cast("storage-root", self.probe), proof["storageHash"])

    def test_signs_and_publishes(self):
        raw = self.cast("mktx", "--private-key", KEYS[2], "--value", "42", "0x00000000000000000000000000000000000c0ffe")
        published = self.cast("publish", raw)
        self.assertEqual(json.loads(published)["transactionHash"], self.cast("keccak", raw))
        self.assertEqual(self.cast("balance", "0x00000000000000000000000000000000000c0ffe"), "42")
        self.assertEqual(self.cast("tx", self.cast("keccak", raw), "--raw"), raw)

    def test_rpc(self):
        self.assertEqual(json.loads(self.cast("rpc", "eth_chainId")), "0x7a69")
        self.assertIn("-32601", self.cast("rpc", "eth_noSuchMethod", status=1))
        self.assertEqual(sorted(self.json_of("tx-pool", "status")), ["pending", "queued"])

    def test_runs_a_transaction_again(self):
        sent = self.store(61, "to be traced")
        replayed = self.cast("run", "--quick", sent["transactionHash"])
        self.assertIn("Transaction successfully executed", replayed)
        self.assertIn("Gas used: " + str(int(sent["gasUsed"], 16)), replayed)
        calls = json.loads(self.cast("rpc", "debug_traceTransaction", sent["transactionHash"], '{"tracer":"callTracer"}'))
        self.assertEqual(calls["gasUsed"], sent["gasUsed"])
        self.assertIn("emit topic 0: 0x", self.cast("call", "--trace", "--from", ADDRESSES[1], self.probe, "store(uint256,string)", 1, "x"))


if __name__ == "__main__":
    unittest.main()
