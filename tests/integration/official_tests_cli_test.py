#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs statetest, blocktest and transactiontest as a person, a script and the test authors' drivers would."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

COMMAND = pathlib.Path(os.environ["SWITCHYARD_COMMAND"])
STATE_FILE = "state-eest/frontier/opcodes/test_dup.json"
LEGACY_STATE_FOLDER = "state-legacy/legacytests-Cancun/stShift"
CHAIN_FILE = "blockchain-eest/shanghai/eip4895_withdrawals/test_withdrawing_to_precompiles.json"
REFUSING_CHAIN_FILE = "blockchain-eest/cancun/eip4844_blobs/test_invalid_static_excess_blob_gas.json"
PAYLOAD_FILE = "bench-eest/engine_x/benchmark/compute/instruction/system/selfdestruct_created.json"
TRANSACTION_FOLDER = "misc/TransactionTests/ttEIP2930"


def run(*arguments, command=COMMAND, stdin=None):
    return subprocess.run([command, *map(str, arguments)], capture_output=True, text=True, timeout=600, check=False, input=stdin)


def data(path):
    """A path in the data, unpacked by whoever needs it first; None without the data."""
    unpacked = os.environ.get("SWITCHYARD_DATA")
    if unpacked and (pathlib.Path(unpacked) / path).exists():
        return pathlib.Path(unpacked) / path
    packed = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"]) / ".." / "shared" / "data"
    if not (packed / "unpack").exists():
        return None
    target = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"]) / "conformance-data"
    if not (target / path).exists():
        subprocess.run(["flock", f"{target}.lock", "bash", str(packed / "unpack"), str(target), path.split("/")[0]], check=True,
                       stdout=subprocess.DEVNULL)
    return target / path


class OfficialTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def data(self, path):
        found = data(path)
        if found is None:
            if os.environ.get("SWITCHYARD_REQUIRE_DATA"):
                self.fail(f"{path} is required and was not found")
            self.skipTest("no conformance data: set SWITCHYARD_DATA")
        return found

    def written(self, name, content):
        file = pathlib.Path(self.folder.name) / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def altered(self, path, change):
        """A copy of a test file with `change` made to its first test."""
        tests = json.loads(self.data(path).read_text())
        change(next(iter(tests.values())))
        return self.written("altered.json", tests)

    def assert_last_line(self, done, passed, failed):
        self.assertEqual(done.stdout.strip().splitlines()[-1], f"{passed} passed, {failed} failed", done.stderr)


class Passing(OfficialTests):
    def test_every_execution_passes_and_counts_the_same(self):
        for command, path in (("statetest", STATE_FILE), ("blocktest", CHAIN_FILE), ("blocktest", REFUSING_CHAIN_FILE)):
            lines = set()
            for execution in ("serial", "parallel", "both"):
                done = run(command, "--execution", execution, self.data(path))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                lines.add(done.stdout)
            self.assertEqual(len(lines), 1)
            self.assertRegex(lines.pop(), r"^[1-9][0-9]* passed, 0 failed\n$")

    def test_a_folder_is_searched_and_each_case_of_each_fork_is_counted(self):
        folder = self.data(LEGACY_STATE_FOLDER)
        cases = sum(len(cases) for file in folder.glob("*.json") for test in json.loads(file.read_text()).values()
                    for cases in test["post"].values())
        self.assert_last_line(run("statetest", folder, "--jobs", 3), cases, 0)

    def test_transactions_are_counted_by_fork(self):
        folder = self.data(TRANSACTION_FOLDER)
        cases = sum(len(test["result"]) for file in folder.glob("*.json") for test in json.loads(file.read_text()).values())
        done = run("transactiontest", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_last_line(done, cases, 0)

    def test_payloads_run_over_the_state_beside_them(self):
        done = run("blocktest", self.data(PAYLOAD_FILE), "--run", "value_1M")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^[1-9][0-9]* passed, 0 failed\n$")

    def test_payloads_without_their_state_are_not_run_and_it_is_said_why(self):
        moved = self.written("moved.json", self.data(PAYLOAD_FILE).read_text())
        done = run("blocktest", moved)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stdout, r"not run: the state before the test, pre_alloc/0x[0-9a-f]+\.json")
        self.assert_last_line(done, 0, 0)

    def test_selections_narrow_the_cases(self):
        file = self.data(STATE_FILE)
        tests = json.loads(file.read_text())
        cancun = [name for name, test in tests.items() if "Cancun" in test["post"]]
        self.assert_last_line(run("statetest", file, "--fork", "Cancun"), len(cancun), 0)
        self.assert_last_line(run("statetest", file, "--statetest.fork", "Cancun", "--run", "DUP1[0-2]]$"),
                              sum(re.search(r"DUP1[0-2]]$", name) is not None for name in cancun), 0)
        self.assert_last_line(run("statetest", file, "--run", re.escape(cancun[0])), 1, 0)
        several = self.data(LEGACY_STATE_FOLDER)
        second = sum(len(cases) > 1 for one in several.glob("*.json") for test in json.loads(one.read_text()).values()
                     for cases in test["post"].values())
        if second:
            self.assert_last_line(run("statetest", several, "--statetest.index", 1), second, 0)


class Failing(OfficialTests):
    def test_another_state_root_is_shown_with_both_and_the_account(self):
        def change(test):
            fork = next(iter(test["post"]))
            case = test["post"][fork][0]
            case["hash"] = "0x" + "11" * 32
            account = next(iter(case["state"].values()))
            account["balance"] = "0x77"

        done = run("statetest", self.altered(STATE_FILE, change), self.data(STATE_FILE))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"FAIL \S+altered\.json tests/frontier\S+ \w+ d0/g0/v0\n +"
                                      r"state root: expected 0x(11){32}, found 0x[0-9a-f]{64}; account 0x[0-9a-f]{40} balance: "
                                      r"expected 119, found \d+")
        count = len(json.loads(self.data(STATE_FILE).read_text()))
        self.assert_last_line(done, 2 * count - 1, 1)

    def test_other_logs_and_a_missing_refusal_are_shown(self):
        def other_logs(test):
            next(iter(test["post"].values()))[0]["logs"] = "0x" + "22" * 32

        done = run("statetest", self.altered(STATE_FILE, other_logs))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"logs hash: expected 0x(22){32}, found 0x[0-9a-f]{64}")

        def refusal(test):
            next(iter(test["post"].values()))[0]["expectException"] = "TransactionException.NONCE_IS_MAX"

        done = run("statetest", self.altered(STATE_FILE, refusal))
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected TransactionException.NONCE_IS_MAX, found success", done.stdout)

    def test_a_changed_state_before_a_chain_is_its_genesis_root(self):
        def change(test):
            next(iter(test["pre"].values()))["balance"] = "0x123456"

        done = run("blocktest", self.altered(CHAIN_FILE, change))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"genesis: state root: expected 0x[0-9a-f]{64}, found 0x[0-9a-f]{64}")

    def test_a_wrong_head_and_a_wrong_refusal_are_shown(self):
        def head(test):
            test["lastblockhash"] = "0x" + "33" * 32

        done = run("blocktest", self.altered(CHAIN_FILE, head))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"last block hash: expected 0x(33){32}, found 0x[0-9a-f]{64}")

        def refusal(test):
            next(block for block in test["blocks"] if "expectException" in block)["expectException"] = "BlockException.INVALID_STATE_ROOT"

        done = run("blocktest", self.altered(REFUSING_CHAIN_FILE, refusal))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"block \d+: import: expected refusal for BlockException.INVALID_STATE_ROOT, found refusal for '")

    def test_a_changed_payload_does_not_have_its_hash(self):
        def change(test):
            test["engineNewPayloads"][0]["params"][0]["gasUsed"] = "0x1"

        done = run("blocktest", self.altered(PAYLOAD_FILE, change))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, r"block 0: block hash: 0x[0-9a-f]{64} is stated, the header's is 0x[0-9a-f]{64}")


class Malformed(OfficialTests):
    def test_one_line_with_file_and_field_and_the_others_run(self):
        good = self.data(STATE_FILE)
        count = len(json.loads(good.read_text()))
        cut = self.written("cut.json", good.read_text()[:1000])
        field = self.altered(STATE_FILE, lambda test: test["env"].update(currentNumber="0xzz"))
        for bad, message in ((cut, "is not valid JSON"), (field, r"env\.currentNumber is not a quantity"), ("/nowhere/x.json", "no such file")):
            for execution in ("serial", "parallel"):
                done = run("statetest", "--execution", execution, bad, good)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
                self.assertIn(str(bad), done.stderr)
                self.assertRegex(done.stderr, message)
                self.assert_last_line(done, count, 1)

    def test_a_test_of_another_kind_names_the_command_for_it(self):
        for command, path, other in (("statetest", CHAIN_FILE, "blocktest"), ("blocktest", STATE_FILE, "statetest")):
            done = run(command, self.data(path))
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, f"run it with '{other}'")

    def test_wrong_arguments_are_exit_code_2(self):
        file = self.data(STATE_FILE)
        for arguments in (("--run", "("), ("--execution", "fast"), ("--jobs", 0), ("--lanes", 1), ("--run", "no such test")):
            done = run("statetest", file, *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertGreater(len(done.stderr), 0)
        self.assertEqual(run("blocktest", self.folder.name).returncode, 2)


class Drivers(OfficialTests):
    """What the test authors' drivers do with go-ethereum's evm."""

    def setUp(self):
        super().setUp()
        self.evm = COMMAND.parent / "evm"

    def test_json_is_an_array_of_results(self):
        file = self.altered(STATE_FILE, lambda test: next(iter(test["post"].values()))[0].update(hash="0x" + "11" * 32))
        done = run("statetest", "--json", file)
        self.assertEqual(done.returncode, 1)
        results = json.loads(done.stdout)
        tests = json.loads(file.read_text())
        self.assertEqual([result["name"] for result in results], list(tests))
        self.assertEqual([result["pass"] for result in results], [False] + [True] * (len(tests) - 1))
        self.assertRegex(results[0]["error"], "state root: expected 0x")
        for result in results[1:]:
            self.assertNotIn("error", result)
            self.assertEqual(result["stateRoot"], tests[result["name"]]["post"][result["fork"]][0]["hash"])

    def test_dump_holds_the_state_afterwards(self):
        file = self.data(STATE_FILE)
        name, test = next(iter(json.loads(file.read_text()).items()))
        (result,) = json.loads(run("statetest", "--dump", "--run", re.escape(name), file).stdout)
        expected = test["post"][result["fork"]][0]["state"]
        found = result["state"]["accounts"]
        self.assertEqual(result["state"]["root"], result["stateRoot"])
        self.assertEqual(set(found), set(expected))
        for address, account in expected.items():
            self.assertEqual(int(found[address]["balance"]), int(account["balance"], 16))
            self.assertEqual(found[address]["nonce"], int(account["nonce"], 16))
            self.assertEqual(found[address].get("code", "0x"), account["code"])
            self.assertEqual({int(k, 16): int(v, 16) for k, v in found[address].get("storage", {}).items()},
                             {int(k, 16): int(v, 16) for k, v in account["storage"].items()})

    def test_a_chain_gives_its_head(self):
        file = self.data(CHAIN_FILE)
        tests = json.loads(file.read_text())
        for result in json.loads(run("blocktest", "--json", file).stdout):
            self.assertTrue(result["pass"])
            self.assertEqual(result["lastBlockHash"], tests[result["name"]]["lastblockhash"])

    def test_consume_direct_finds_and_runs_it(self):
        for flag in ("-v", "--version"):
            self.assertRegex(run(flag, command=self.evm).stdout, r"^evm(.exe)? version\b")
        state = self.altered(STATE_FILE, lambda test: next(iter(test["post"].values()))[0].update(hash="0x" + "11" * 32))
        done = run("--verbosity", 100, "statetest", state, command=self.evm)
        self.assertEqual(done.returncode, 0, done.stderr)
        by_name = {result["name"]: result for result in json.loads(done.stdout)}
        self.assertEqual(set(by_name), set(json.loads(state.read_text())))
        self.assertEqual(sum(not result["pass"] for result in by_name.values()), 1)
        chain = self.data(CHAIN_FILE)
        name = next(iter(json.loads(chain.read_text())))
        done = run("blocktest", "--run", re.escape(name), chain, command=self.evm)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(result["name"], result["pass"]) for result in json.loads(done.stdout)], [(name, True)])

    def test_names_come_from_standard_input_and_each_is_answered(self):
        state = self.data(STATE_FILE)
        count = len(json.loads(state.read_text()))
        self.assert_last_line(run("statetest", stdin=f"{state}\n{state}\n"), 2 * count, 0)
        with subprocess.Popen([self.evm, "statetest"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(2):
                process.stdin.write(f"{state}\n")
                process.stdin.flush()
                lines = []
                while not lines or lines[-1] != "]\n":
                    lines.append(process.stdout.readline())
                self.assertEqual(len(json.loads("".join(lines))), count)
            process.stdin.close()
            self.assertEqual(process.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
