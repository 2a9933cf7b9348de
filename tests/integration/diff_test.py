#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`switchyard trace` and `switchyard diff`: equal executions, and faults put into traces and into another build's output."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]
ADDRESS = "0x" + "55" * 20

# Calls a contract that stores 42, then keeps the call's result: PUSH1 0 x5, PUSH2 0x7777, GAS, CALL, PUSH1 1, SSTORE, STOP.
CALLER = "0x60006000600060006000617777" + "5af1600155" + "00"
CALLEE = "0x602a60005500"


def run(*arguments):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)


def state_test():
    """One transaction under two forks. What `post` states does not matter to traces."""
    return {"calls": {
        "env": {"currentCoinbase": "0x" + "22" * 20, "currentGasLimit": "0x1c9c380", "currentNumber": "0x1", "currentTimestamp": "0x1",
                "currentDifficulty": "0x20000", "currentBaseFee": "0x7"},
        "pre": {"0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b": {"balance": "0xde0b6b3a7640000", "nonce": "0x0", "code": "0x", "storage": {}},
                ADDRESS: {"balance": "0x0", "nonce": "0x1", "code": CALLER, "storage": {}},
                "0x" + "00" * 18 + "7777": {"balance": "0x0", "nonce": "0x1", "code": CALLEE, "storage": {}}},
        "transaction": {"data": ["0x"], "gasLimit": ["0x30d40"], "value": ["0x0"], "gasPrice": "0xa", "nonce": "0x0", "to": ADDRESS,
                        "sender": "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
                        "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"},
        "post": {fork: [{"indexes": {"data": 0, "gas": 0, "value": 0}, "hash": "0x" + "00" * 32, "logs": "0x" + "00" * 32}]
                 for fork in ("Istanbul", "London")}}}


class TraceAndDiff(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.test = self.write("calls.json", json.dumps(state_test()))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def trace(self, *arguments):
        done = run("trace", self.test, "--fork", "London", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def diff(self, *arguments, code):
        done = run("diff", self.test, "--json", *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout) if code < 2 else done.stderr

    def test_the_trace_is_that_of_the_yellow_paper(self):
        """Prices of London: 2,600 for the cold account, 22,100 for a new cold slot, all but one 64th of the gas handed on."""
        lines = [json.loads(line) for line in self.trace()]
        gas = 200_000 - 21_000
        expected = []
        for pc in (0, 2, 4, 6, 8):
            expected.append((pc, 0x60, gas, 3, 1))
            gas -= 3
        expected += [(10, 0x61, gas, 3, 1), (13, 0x5a, gas - 3, 2, 1)]
        gas -= 5
        handed_on = (gas - 2600) - (gas - 2600) // 64
        expected.append((14, 0xf1, gas, 2600 + handed_on, 1))
        expected += [(0, 0x60, handed_on, 3, 2), (2, 0x60, handed_on - 3, 3, 2), (4, 0x55, handed_on - 6, 22_100, 2),
                     (5, 0x00, handed_on - 22_106, 0, 2)]
        gas -= 2600 + 22_106
        expected += [(15, 0x60, gas, 3, 1), (17, 0x55, gas - 3, 22_100, 1), (18, 0x00, gas - 22_103, 0, 1)]
        self.assertEqual([(line["pc"], line["op"], int(line["gas"], 16), int(line["gasCost"], 16), line["depth"]) for line in lines[:-1]], expected)
        self.assertEqual(lines[13]["stack"], ["0x1", "0x1"])
        self.assertEqual(lines[-1], {"output": "", "gasUsed": hex(200_000 - 21_000 - (gas - 22_103))})

    def test_serial_and_parallel_print_the_same_trace(self):
        self.assertEqual(self.trace("--execution", "serial"), self.trace("--execution", "parallel"))

    def test_switches_choose_what_is_printed(self):
        whole = json.loads(self.trace("--trace.memory", "--trace.returndata")[12])
        self.assertEqual((whole["memory"], whole["returnData"]), ("0x", "0x"))
        self.assertNotIn("stack", json.loads(self.trace("--trace.nostack")[12]))

    def test_statetest_traces_to_standard_error_and_ends_with_the_summary(self):
        """EIP-3155: the state root after the transaction, its output, all of its gas, whether the test passes, and the fork."""
        plain = [line for line in self.trace() if '"pc"' in line]
        for execution in ("serial", "parallel", "both"):
            done = run("statetest", self.test, "--fork", "London", "--trace", "--json", "--execution", execution)
            lines = done.stderr.splitlines()
            self.assertEqual(lines[:-1], plain, execution)
            summary = json.loads(lines[-1])
            (record,) = json.loads(done.stdout)
            self.assertEqual(summary, {"stateRoot": record["stateRoot"], "output": "", "gasUsed": hex(21_000 + 46_829), "pass": False,
                                       "fork": "London"})
        done = run("statetest", self.test, "--fork", "London", "--trace", "--trace.nostack", "--trace.memory", "--trace.returndata")
        line = json.loads(done.stderr.splitlines()[0])
        self.assertNotIn("stack", line)
        self.assertEqual((line["memory"], line["returnData"]), ("0x", "0x"))
        self.assertEqual(run("statetest", self.test, "--fork", "London").stderr, "")

    def test_serial_and_parallel_are_equal(self):
        report = self.diff(code=0)
        self.assertTrue(report["equal"])
        self.assertEqual((report["cases"], report["transactions"], report["instructions"]), (2, 2, 30))

    def test_a_trace_file_is_equal_until_it_is_changed(self):
        lines = self.trace()
        select = ("--fork", "London", "--trace-file")
        self.assertTrue(self.diff(*select, self.write("same.jsonl", "\n".join(lines)), code=0)["equal"])
        self.assertTrue(self.diff(*select, self.folder / "same.jsonl", "--execution", "parallel", code=0)["equal"])
        for old, new, field in (('"gas":"0x', '"gas":"0x2', "gas"), ('"stack":["0x2a"', '"stack":["0x2b"', "stack[1]"), ('"pc":4', '"pc":3', "pc"),
                                ('"op":85', '"op":84', "op"), ('"depth":2', '"depth":1', "depth"), ('"refund":0', '"refund":1', "refund")):
            with self.subTest(field=field):
                changed = list(lines)
                self.assertIn(old, changed[10])
                changed[10] = changed[10].replace(old, new, 1)
                divergence = self.diff(*select, self.write("changed.jsonl", "\n".join(changed)), code=1)["divergence"]
                self.assertEqual(divergence["field"], field)
                self.assertEqual((divergence["block"], divergence["transaction"], divergence["step"]), (1, 0, 10))
                self.assertEqual((divergence["pc"], divergence["op"], divergence["depth"]), (4, "SSTORE", 2))
                self.assertNotEqual(divergence["expected"], divergence["found"])
                self.assertIn("calls, fork London", divergence["text"])
        cut = self.diff(*select, self.write("cut.jsonl", "\n".join(lines[:10])), code=1)["divergence"]
        self.assertEqual((cut["field"], cut["found"], cut["step"]), ("instruction", "the end of the trace", 10))
        longer = self.diff(*select, self.write("longer.jsonl", "\n".join(lines + lines)), code=1)["divergence"]
        self.assertEqual(longer["expected"], "the end of the trace")

    def test_a_state_root_in_the_trace_is_compared(self):
        lines = self.trace()
        root = json.dumps({"stateRoot": "0x" + "00" * 32})
        wrong = self.write("root.jsonl", "\n".join(lines + [root]))
        self.assertEqual(self.diff("--fork", "London", "--trace-file", wrong, code=1)["divergence"]["field"], "stateRoot")

    def another_build(self, edit):
        """A program that runs this build and passes its output through `edit`, a line of Python on the list `lines`."""
        file = self.write("other", f"""#!{sys.executable}
import subprocess, sys
done = subprocess.run([{COMMAND!r}] + sys.argv[1:], capture_output=True, text=True)
lines = done.stdout.splitlines()
{edit}
sys.stdout.write("\\n".join(lines) + "\\n")
sys.stderr.write(done.stderr)
sys.exit(done.returncode)
""")
        file.chmod(0o755)
        return file

    def test_two_builds_are_equal_until_one_is_wrong(self):
        self.assertTrue(self.diff("--against", COMMAND, code=0)["equal"])
        self.assertTrue(self.diff("--against", COMMAND, "--execution", "parallel", "--memory", code=0)["equal"])
        priced = self.another_build("""lines = [line.replace('"gasCost":"0x5654"', '"gasCost":"0x5653"') for line in lines]""")
        divergence = self.diff("--against", priced, "--fork", "London", code=1)["divergence"]
        self.assertEqual((divergence["field"], divergence["op"], divergence["expected"]), ("gasCost", "SSTORE", "22100 (0x5654)"))
        state = self.another_build("""lines = [line.replace('slot 0x0","value":"0x2a"', 'slot 0x0","value":"0x2b"') for line in lines]""")
        divergence = self.diff("--against", state, "--fork", "London", code=1)["divergence"]
        self.assertEqual((divergence["field"], divergence["expected"], divergence["found"]),
                         ("account 0x" + "00" * 18 + "7777, slot 0x0", "0x2a", "0x2b"))
        self.assertNotIn("step", divergence)

    def test_bad_input_is_one_line_and_exit_code_2(self):
        broken = self.write("broken.jsonl", self.trace()[0] + '\n{"pc":1,"op":"x","gas":"0x1"}\n')
        for arguments, wanted in ((("--trace-file", broken), "broken.jsonl:2: op"), (("--trace-file", self.folder / "none"), "none"),
                                  (("--against", self.folder / "none"), "none"), (("--against", "/bin/true"), "/bin/true"),
                                  (("--fork", "Nowhere"), "selected")):
            with self.subTest(wanted=wanted):
                line = self.diff(*arguments, code=2)
                self.assertEqual(len(line.strip().splitlines()), 1, line)
                self.assertIn(wanted, line)
        for command in ("trace", "diff"):
            done = run(command, self.write("no.json", '{"a":{"b":1}}'))
            self.assertEqual(done.returncode, 2)
            self.assertIn("no.json", done.stderr)
            self.assertEqual(run(command, self.folder / "absent.json").returncode, 2)
            help_text = run(command, "--help")
            self.assertEqual(help_text.returncode, 0)
            self.assertIn("Example", help_text.stdout)


if __name__ == "__main__":
    unittest.main()
