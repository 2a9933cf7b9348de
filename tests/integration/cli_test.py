#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the switchyard command as a person or a script would, with good and with bad input."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import tempfile
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]


def run(*arguments, timeout=600):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


def mainnet_blocks():
    """The folder of block files, or None; unpacked by whoever needs it first."""
    data = os.environ.get("SWITCHYARD_DATA")
    if data and (pathlib.Path(data) / "mainnet").is_dir():
        return pathlib.Path(data) / "mainnet" / "blocks"
    packed = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"]) / ".." / "shared" / "data"
    if not (packed / "unpack").exists():
        return None
    target = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"]) / "conformance-data"
    subprocess.run(["flock", str(target) + ".lock", "bash", str(packed / "unpack"), str(target), "mainnet"], check=True,
                   stdout=subprocess.DEVNULL)
    return target / "mainnet" / "blocks"


class Demo(unittest.TestCase):
    def test_every_transaction_ends_in_a_block_that_equals_serial_execution(self):
        for detector in ("reference", "software", "emulation"):
            done = run("demo", "--transactions", 3000, "--accounts", 100, "--detector", detector, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertEqual(report["transactions"], 3000)
            self.assertTrue(report["parallel_equals_serial"])
            self.assertEqual(report["detector_fallbacks"], 0)
            # Each account is a stranger once; after that its hints count.
            self.assertGreater(report["signatures_proven"], 2000)
            self.assertEqual(report["signatures_proven"] + report["signatures_recovered"], 3000)
            for station in ("ingress", "verify", "pool", "plan", "detect", "execute", "commit"):
                self.assertEqual(report["stations"][station]["transactions"], 3000, station)
                self.assertGreater(report["stations"][station]["busy_ns"], 0, station)

    def test_the_state_root_does_not_depend_on_lanes_threads_or_detector(self):
        roots = set()
        for lanes, threads, detector in ((1, 1, "reference"), (8, 2, "emulation"), (64, 3, "software")):
            done = run("demo", "--transactions", 1000, "--accounts", 40, "--hot-percent", 30, "--lanes", lanes,
                       "--threads", threads, "--detector", detector, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            roots.add(json.loads(done.stdout)["state_root"])
        self.assertEqual(len(roots), 1)

    def test_hints_change_how_signatures_are_verified_and_nothing_else(self):
        arguments = ("demo", "--transactions", 2000, "--accounts", 50, "--json")
        reports = []
        for flags in ((), ("--no-hints",)):
            done = run(*arguments, *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            reports.append(json.loads(done.stdout))
        self.assertEqual(reports[0]["state_root"], reports[1]["state_root"])
        self.assertGreater(reports[0]["signatures_proven"], 1500)
        self.assertEqual(reports[1]["signatures_proven"], 0)
        self.assertEqual(reports[1]["signatures_recovered"], 2000)

    def test_the_table_ends_with_the_verdict(self):
        done = run("demo", "--transactions", 500, "--accounts", 20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip().splitlines()[-1], "parallel = serial: yes")
        self.assertRegex(done.stdout, r"station +transactions +per second +ns each")

    def test_the_store_holds_the_chain_and_sqlite_reads_it(self):
        with tempfile.TemporaryDirectory() as folder:
            store = pathlib.Path(folder) / "store"
            self.assertEqual(run("demo", "--transactions", 200, "--accounts", 10, "--store", store).returncode, 0)
            accounts = 0
            for shard in (store / "flat").glob("state-*.db"):
                with sqlite3.connect(shard) as connection:
                    accounts += connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
            self.assertGreaterEqual(accounts, 11)
            again = run("demo", "--transactions", 200, "--accounts", 10, "--store", store)
            self.assertEqual(again.returncode, 2)
            self.assertIn("holds a chain already", again.stderr)

    def test_wrong_options_are_one_line_and_exit_code_2(self):
        for arguments in (("--accounts", 1), ("--token-percent", 101), ("--lanes", 65), ("--threads", 0)):
            done = run("demo", "--transactions", 10, *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_a_detector_that_is_absent_is_an_error_and_no_silent_change(self):
        done = run("demo", "--transactions", 10, "--detector", "card")
        if done.returncode == 0:
            self.skipTest("this machine has a card")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertEqual(run("demo", "--detector", "nonesuch").returncode, 2)


class Card(unittest.TestCase):
    def setUp(self):
        listed = json.loads(run("card", "list", "--json").stdout)
        self.card = listed["usable"]
        if not listed["emulation"]:
            self.skipTest(listed["emulation_reason"])

    def test_validates_the_emulated_device_and_says_what_it_is(self):
        done = run("card", "validate", "--emulation", "--repeats", 2, "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["emulated"])
        self.assertTrue(report["passed"])
        names = [row["test"] for row in report["tests"]]
        for name in ("one chain", "several in flight", "block in many parts", "fault: hang", "fault: wrong plan"):
            self.assertIn(name, names)
        # Either it ran or the reason is there.
        self.assertNotEqual("controller resets a hang" in names, "left_out" in report, report)
        text = run("card", "validate", "--emulation", "--repeats", 1)
        self.assertIn("emulation, not hardware", text.stdout)
        self.assertIn("PASS", text.stdout)
        self.assertNotIn("FAIL", text.stdout)

    def test_the_other_verbs_work_on_emulation(self):
        for verb in ("status", "program", "reset"):
            done = run("card", verb, "--emulation", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(json.loads(done.stdout)["emulated"], verb)

    def test_without_a_card_every_verb_says_so_and_how_to_use_emulation(self):
        if self.card:
            self.skipTest("this machine has a card")
        for verb in ("status", "program", "validate", "reset"):
            done = run("card", verb)
            self.assertEqual(done.returncode, 3, verb)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            self.assertIn("--emulation", done.stderr)

    def test_blocks_go_on_while_the_emulated_device_fails(self):
        done = run("demo", "--transactions", 20000, "--detector", "emulation", "--card-faults", 2, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["parallel_equals_serial"])
        self.assertEqual(run("demo", "--transactions", 10, "--card-faults", 5).returncode, 2)


class Replay(unittest.TestCase):
    def setUp(self):
        self.blocks = mainnet_blocks()
        if self.blocks is None:
            if os.environ.get("SWITCHYARD_REQUIRE_DATA"):
                self.fail("the mainnet blocks are required and were not found")
            self.skipTest("no conformance data: set SWITCHYARD_DATA to a folder that holds 'mainnet'")

    def test_every_block_passes_in_every_way(self):
        done = run("replay", self.blocks, "--matrix", "--json", timeout=800)
        report = json.loads(done.stdout)
        failures = [block for block in report["blocks"] if not block["passed"]]
        self.assertEqual(failures, [])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(report["passed"], len(list(self.blocks.glob("*.json"))))
        self.assertGreater(report["passed"], 0)
        self.assertEqual(report["detector_fallbacks"], 0)
        for block in report["blocks"]:
            names = [check["name"] for check in block["checks"]]
            self.assertIn("gas used", names)
            self.assertIn("logs bloom", names)
            self.assertGreaterEqual(sum(name.startswith("parallel = serial") for name in names), 11)

    def test_a_file_cut_in_half_is_one_line_and_the_others_go_on(self):
        whole = self.blocks / "2179522.json"
        with tempfile.TemporaryDirectory() as folder:
            half = pathlib.Path(folder) / "100.json"
            text = whole.read_bytes()
            half.write_bytes(text[: len(text) // 2])
            done = run("replay", half, whole)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            self.assertIn(str(half), done.stderr)
            self.assertRegex(done.stdout, r"1 passed, 1 failed")

    def test_a_changed_block_fails_with_expected_and_found(self):
        block = json.loads((self.blocks / "2179522.json").read_text())
        sender = block["transactions"][0]["from"]
        account = next(key for key in block["pre"] if key.lower() == sender.lower())
        block["pre"][account]["balance"] = "0x1"
        with tempfile.TemporaryDirectory() as folder:
            changed = pathlib.Path(folder) / "2179522.json"
            changed.write_text(json.dumps(block))
            done = run("replay", changed)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, r"InsufficientBalance|expected")

    def test_a_path_that_is_not_there_is_exit_code_2(self):
        done = run("replay", "/nowhere/at/all")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nowhere/at/all", done.stderr)


class Bench(unittest.TestCase):
    def test_json_carries_ratios_and_the_machine(self):
        for name in ("recover", "keccak"):
            done = run("bench", name, "--rounds", 1, "--batch", 64, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertTrue(report["ratios"], name)
            self.assertIn("cpu", report["machine"])
            for ratio in report["ratios"].values():
                self.assertGreater(ratio, 0)

    def test_precompiles_are_all_rated(self):
        done = run("bench", "precompiles", "--rounds", 1, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        # 18 precompiles, MODEXP under three price tables.
        self.assertEqual(len(report["precompiles"]), 20)
        for name, rated in report["precompiles"].items():
            for input in (rated["typical"], rated["lowest"]):
                self.assertGreater(input["gas"], 0, name)
                self.assertGreater(input["mgas_per_second"]["median"], 0, name)
            self.assertGreaterEqual(rated["lowest"]["gas"], 100, name)
        self.assertEqual(run("bench", "precompiles", "--batch", 64).returncode, 2)


class Wire(unittest.TestCase):
    def test_port_list_names_drivers_and_memory(self):
        report = json.loads(run("port", "list", "--json").stdout)
        names = [driver["name"] for driver in report["drivers"]]
        self.assertIn("net_ring", names)
        self.assertIn("net_af_packet", names)
        for driver in report["drivers"]:
            self.assertEqual(driver["usable"], driver["needs"] == "")
        self.assertGreater(report["huge_pages"]["page_kib"], 0)
        self.assertIn("huge pages", run("port", "list").stdout)

    def test_port_test_loops_frames_through(self):
        done = run("port", "test", "net_ring0", "--frames", 3000, "--json")
        if done.returncode == 3:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["frames"], report["returned"]), (3000, 3000))

    def test_port_stats_records_and_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            capture = pathlib.Path(folder) / "empty.pcap"
            done = run("port", "stats", "net_ring0", "--seconds", 0.2, "--record", capture, "--json")
            if done.returncode == 3:
                self.skipTest(done.stderr.strip())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(json.loads(done.stdout)["adds_up"])
            self.assertEqual(capture.stat().st_size, 24, "a header and no frame")
            replayed = run("port", "stats", f"net_pcap0,rx_pcap={capture}", "--seconds", 5, "--json")
            self.assertEqual(replayed.returncode, 0, replayed.stderr)
            self.assertEqual(json.loads(replayed.stdout)["received"]["frames"], 0)

    def test_port_refuses_what_is_no_port(self):
        self.assertEqual(run("port", "test", "eth0").returncode, 2)
        self.assertEqual(run("port", "test", "net_ring0", "--listen", "10.0.0").returncode, 2)
        self.assertEqual(run("port").returncode, 2)

    def test_send_says_what_is_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "txs.hex"
            file.write_text("0x01\n\n02ff\n")
            done = run("send", "127.0.0.1:1", file, "--patience", 1)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is it listening", done.stderr)
            file.write_text("0x01\nnot hex\n")
            done = run("send", "127.0.0.1:1", file)
            self.assertEqual(done.returncode, 2)
            self.assertIn("line 2", done.stderr)
        self.assertEqual(run("send", "127.0.0.1:99999", "-").returncode, 2)
        self.assertEqual(run("send", "127.0.0.1:1").returncode, 2, "nothing to send")
        self.assertEqual(run("send", "127.0.0.1:1", "/nowhere/txs.hex").returncode, 2)


class Help(unittest.TestCase):
    def test_every_command_explains_itself(self):
        top = run("--help")
        self.assertEqual(top.returncode, 0)
        for command in ("demo", "replay", "bench", "send", "generate-load", "version"):
            self.assertIn(command, top.stdout)
            done = run(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("--json" if command != "bench" else "recover", done.stdout)

    def test_no_or_unknown_command_is_exit_code_2(self):
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("nonesuch").returncode, 2)

    def test_bench_ingest_measures_stations_and_refusals(self):
        done = run("bench", "ingest", "--rounds", 1, "--json")
        if done.returncode == 3:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual({"ingest", "ingest_whole", "ingest_groups", "ingest_rebuilt", "ingest_jumbo"}, set(report["ratios"]))
        self.assertGreater(report["transactions_per_second"], 0)
        self.assertEqual(5, len(report["stations"]))
        self.assertEqual(4, len(report["refused"]))
        for refused in report["refused"]:
            self.assertGreater(refused["ns_per_frame"], 0)

    def test_bench_plan_measures_backends_and_labels_what_is_modelled(self):
        done = run("bench", "plan", "--rounds", 1, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertGreater(report["software_keys_per_second"], 0)
        self.assertGreater(report["modelled_keys_per_second"], 0)
        self.assertEqual(len(report["batches"]), 16)
        for batch in report["batches"]:
            self.assertEqual(batch["keys"], 8 * batch["transactions"])
            self.assertGreaterEqual(batch["software_keys_per_second"], report["software_keys_per_second"])
            self.assertIn("keys_per_second", batch["modelled_not_measured"])

    def test_version_names_backends_and_targets(self):
        report = json.loads(run("version", "--json").stdout)
        self.assertIn("reference", [detector["name"] for detector in report["detectors"]])
        self.assertTrue(report["simd"]["supported"])
        self.assertTrue(re.match(r"\d+\.\d+", report["version"]))


if __name__ == "__main__":
    unittest.main()
