#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`switchyard workload` as a person runs it: the list, the files, the errors."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]


def run(*arguments, code=0):
    done = subprocess.run([COMMAND, "workload", *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done


class Workload(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)

    def test_list_is_text_and_json(self):
        kinds = json.loads(run("list", "--json").stdout)
        names = [kind["name"] for kind in kinds]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue({"payments", "erc20", "exchange", "hot30", "chain"} <= set(names))
        text = run("list").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in text[1:]], names)
        self.assertTrue(all(kind["summary"] and kind["contention"] for kind in kinds))
        contracts = {kind["name"]: kind["contracts"] for kind in kinds}
        self.assertEqual(contracts["payments"], [])
        self.assertEqual(set(contracts["exchange"]), {"ExchangeToken", "Factory", "Pair", "Router"})

    def test_generate_writes_the_same_files_for_the_same_options(self):
        files = []
        for turn in "ab":
            out, genesis = self.at / f"{turn}.hex", self.at / f"{turn}.json"
            done = run("generate", "exchange", "--transactions", 60, "--users", 20, "--instances", 3, "--zipf", 1, "--seed", 5,
                       "--out", out, "--genesis", genesis)
            self.assertIn("60 signed transactions", done.stdout)
            files.append((out.read_text(), genesis.read_text()))
        self.assertEqual(files[0], files[1])
        lines = files[0][0].splitlines()
        self.assertEqual(len(lines), 60)
        self.assertTrue(all(line.startswith("0x02f8") or line.startswith("0x02f9") for line in lines), "type 2 and a list")
        genesis = json.loads(files[0][1])
        self.assertEqual(genesis["config"]["chainId"], 1337)
        with_code = [account for account in genesis["alloc"].values() if "code" in account]
        self.assertGreaterEqual(len(with_code), 3 + 3 + 1 + 1 + 1)  # tokens, pairs, hub, factory, router
        self.assertEqual(sum(int(account["nonce"], 16) == 0 and "code" not in account for account in genesis["alloc"].values()) > 0, True)

    def test_binary_holds_the_same_transactions(self):
        text, binary = self.at / "t.hex", self.at / "t.bin"
        for out, flags in ((text, []), (binary, ["--binary"])):
            run("generate", "payments", "--transactions", 40, "--users", 5, "--out", out, *flags)
        data, found = binary.read_bytes(), []
        while data:
            size = int.from_bytes(data[:4], "big")
            found.append("0x" + data[4:4 + size].hex())
            data = data[4 + size:]
        self.assertEqual(found, text.read_text().splitlines())

    def test_another_chain_id_and_fork(self):
        report = json.loads(run("generate", "erc20", "--transactions", 10, "--users", 5, "--chain-id", 99, "--fork", "Prague",
                                "--out", self.at / "t", "--genesis", self.at / "g", "--json").stdout)
        self.assertEqual((report["transactions"], report["chain_id"]), (10, 99))
        config = json.loads((self.at / "g").read_text())["config"]
        self.assertEqual(config["chainId"], 99)
        self.assertIn("pragueTime", config)
        self.assertNotIn("osakaTime", config)

    def test_errors_say_what_there_is(self):
        self.assertIn("payments, erc20", run("generate", "lottery", "--out", self.at / "t", code=2).stderr)
        self.assertIn("0 to 4", run("generate", "erc20", "--zipf", 9, "--out", self.at / "t", code=2).stderr)
        self.assertIn("Cancun", run("generate", "erc20", "--fork", "London", "--out", self.at / "t", code=2).stderr)
        self.assertIn("--out", run("generate", "erc20", code=2).stderr)
        self.assertIn("No such file", run("generate", "payments", "--users", 2, "--transactions", 1,
                                          "--out", "/nonexistent/t", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
