#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Workloads, their reports and simulations as a person or a script would ask the command for them."""
import json
import os
import pathlib
import subprocess
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]


def run(*arguments, timeout=300):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


def a_mainnet_block():
    """A small block file, or None."""
    data = os.environ.get("SWITCHYARD_DATA")
    folder = pathlib.Path(data) / "mainnet" / "blocks" if data else None
    if folder is None or not folder.is_dir():
        return None
    files = [file for file in sorted(folder.glob("*.json")) if 50_000 < file.stat().st_size < 5_000_000]
    return files[-1] if files else None


class Simulate(unittest.TestCase):
    def simulate(self, *arguments):
        done = run("simulate", *arguments, "--rounds", 1, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_number_of_cores_and_lanes_is_there_and_adds_up(self):
        report = self.simulate("payments", "--transactions", 600, "--users", 100, "--block", 200, "--cores", "1,4,16",
                               "--lanes", "4,16")
        self.assertEqual(report["what"], "simulated from measured costs")
        # Three blocks, of which the road learns from one.
        self.assertEqual((report["blocks"], report["transactions"]), (2, 400))
        self.assertEqual([row["lanes"] for row in report["lanes"]], [4, 16])
        for row in report["lanes"]:
            self.assertEqual([point["cores"] for point in row["points"]], [1, 4, 16])
            measured = row["measured"]
            for point in row["points"]:
                inside = point["total_ns"] - measured["before_ns"] - measured["after_ns"]
                spent = sum(point[part] for part in
                            ("execute_ns", "take_ns", "commit_ns", "rerun_ns", "wait_ns", "drain_ns"))
                self.assertEqual(point["cores"] * inside, spent)
                self.assertLessEqual(point["speed_up_execute"], point["speed_up_bound"] * 1.000001)
                self.assertLessEqual(point["speed_up_plan_and_execute"], point["speed_up_planned_ahead"])
            one, two = row["validation"]
            self.assertEqual(one["simulated_ns"], row["points"][0]["total_ns"])
            self.assertGreater(two["measured_ns"], 0)

    def test_a_mainnet_block(self):
        block = a_mainnet_block()
        if block is None:
            self.skipTest("no mainnet blocks: SWITCHYARD_DATA is not set")
        report = self.simulate(block, "--cores", "2,8", "--lanes", "8")
        self.assertEqual(report["subject"], block.name)
        self.assertEqual(report["blocks"], 1)
        self.assertGreater(report["transactions"], 0)

    def test_the_text_says_that_it_is_simulated(self):
        done = run("simulate", "payments", "--transactions", 300, "--block", 100, "--rounds", 1, "--cores", "2", "--lanes", "4")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("simulated from measured costs", done.stdout)
        self.assertIn("2 threads measured", done.stdout)

    def test_what_is_wrong_is_named(self):
        for arguments, expected in (
                (("no-such-workload",), "payments"),
                (("payments", "erc20"), "name one workload"),
                (("payments", "--lanes", "65"), "lanes: 65"),
                (("payments", "--cores", "0"), "cores: 0"),
                (("payments", "--block", "1"), "--block"),
                (("payments", "--transactions", "100", "--block", "100"), "--transactions"),
                (("payments", "--detector", "nonesuch"), "nonesuch")):
            done = run("simulate", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(expected, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
