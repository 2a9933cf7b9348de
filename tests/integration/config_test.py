#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`switchyard config` as a person and a script use it."""
import json
import os
import stat
import subprocess
import tempfile
import tomllib
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]


def run(*arguments):
    return subprocess.run([COMMAND, "config", *arguments], capture_output=True, text=True, timeout=60)


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = os.path.join(self.folder.name, "switchyard.toml")

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self):
        with open(self.file, encoding="utf-8") as file:
            return file.read()

    def test_the_example_is_valid_and_read_by_another_parser(self):
        example = run("example")
        self.assertEqual(example.returncode, 0)
        self.write(example.stdout)
        self.assertEqual(run("check", self.file).returncode, 0)
        self.assertIn("pool", tomllib.loads(example.stdout))

    def test_what_it_shows_is_what_another_parser_reads(self):
        self.write('[pool]\nbytes = "3 GiB"\n[http]\nenabled = true\napis = ["eth"]\n')
        shown = tomllib.loads(run("show", self.file).stdout)
        self.assertEqual(shown["pool"]["bytes"], "3 GiB")
        values = json.loads(run("show", self.file, "--json").stdout)
        self.assertEqual(values["pool"]["bytes"], 3 << 30)
        self.assertEqual(values["http"]["apis"], ["eth"])
        self.assertEqual({t: sorted(k) for t, k in shown.items()}, {t: sorted(k) for t, k in values.items()})

    def test_a_wrong_file_is_told_line_by_line(self):
        self.write("[execute]\nlanes = 65\nthread = 2\n")
        checked = run("check", self.file)
        self.assertEqual(checked.returncode, 2)
        self.assertIn(f"{self.file}:2:9: execute.lanes: 65 is not in 1 to 64 lanes", checked.stdout)
        self.assertIn("did you mean execute.threads?", checked.stdout)
        found = json.loads(run("check", self.file, "--json").stdout)
        self.assertFalse(found["valid"])
        self.assertEqual([(p["line"], p["column"]) for p in found["problems"]], [(2, 9), (3, 1)])
        self.assertEqual(run("show", self.file).returncode, 2)

    def test_a_file_that_is_not_there(self):
        for command in ("check", "show"):
            missing = run(command, self.file)
            self.assertNotEqual(missing.returncode, 0)
            self.assertEqual(len(missing.stderr.splitlines()), 1)

    def test_set_changes_one_key_and_no_more(self):
        self.write("# mine\n[pool]\ntransactions = 5000 # enough\n")
        os.chmod(self.file, 0o600)
        self.assertEqual(run("set", self.file, "pool.transactions", "6000").returncode, 0)
        self.assertEqual(run("set", self.file, "log.level", "debug").returncode, 0)
        self.assertEqual(self.read(), '# mine\n[pool]\ntransactions = 6000 # enough\n\n[log]\nlevel = "debug"\n')
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        before = self.read()
        refused = run("set", self.file, "pool.transactions", "0")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("0 is not in 1 to 100000000 transactions", refused.stderr)
        self.assertEqual(self.read(), before)

    def test_explain_knows_tables_and_keys(self):
        self.assertIn("pool.lifetime", run("explain", "pool").stdout)
        self.assertEqual(run("explain", "pool.lifetime").stdout.count("default"), 1)
        self.assertEqual(run("explain", "nothing.like_it").returncode, 2)


if __name__ == "__main__":
    unittest.main()
