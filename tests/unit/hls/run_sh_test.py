#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hls/synthesis/run.sh without an HLS compiler, and with stand-ins that print what one would.

usage: run_sh_test.py SOURCE_DIR
"""
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = sys.argv.pop(1)
SCRIPT = os.path.join(SOURCE, "hls", "synthesis", "run.sh")


def run(step, folder, path="/usr/bin:/bin", **environment):
    command = ["/bin/sh", SCRIPT, *step.split(), folder]
    return subprocess.run(command, env={"PATH": path, **environment}, capture_output=True, text=True, check=False)


class RunSh(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.out = os.path.join(self.place.name, "out")
        self.bin = os.path.join(self.place.name, "bin")
        os.mkdir(self.bin)

    def tearDown(self):
        self.place.cleanup()

    def tool(self, name, script):
        file = os.path.join(self.bin, name)
        with open(file, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n" + script + "\n")
        os.chmod(file, 0o755)

    def path(self):
        return self.bin + ":/usr/bin:/bin"

    def test_says_what_to_install(self):
        for step in ("synthesize", "cosimulate", "report"):
            done = run(step, self.out, path="/usr/bin:/bin", HLS_TOOL="bambu-that-is-not-here")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("Install one of", done.stderr)
            self.assertIn("verilator", done.stderr)

    def test_explains_its_arguments(self):
        for arguments in ("", "compile"):
            done = run(arguments, self.out)
            self.assertEqual(done.returncode, 2)
            self.assertIn("usage: run.sh synthesize|cosimulate|report", done.stderr)

    def test_hands_bambu_files_that_exist_and_one_size_for_both_sides(self):
        self.tool("bambu", 'for a in "$@"; do echo "ARG $a"; done; echo PASS')
        done = run("cosimulate", self.out, self.path(), HLS_BUCKET_BITS="7")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        arguments = [line[4:] for line in done.stdout.splitlines() if line.startswith("ARG ")]
        files = [a.split("=", 1)[-1] for a in arguments if a.endswith(".cpp")]
        self.assertEqual(len(files), 3)
        for file in files:
            self.assertTrue(os.path.exists(file), file)
        self.assertIn("-DSWITCHYARD_DETECTOR_BUCKET_BITS=7", arguments)
        testbench = [a for a in arguments if a.startswith("--tb-extra-gcc-options=")]
        self.assertIn("-DSWITCHYARD_DETECTOR_BUCKET_BITS=7", testbench[0])

    def test_synthesizes_the_full_table(self):
        self.tool("bambu", 'echo "$@"')
        done = run("synthesize", self.out, self.path())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("BUCKET_BITS", done.stdout)

    def test_believes_the_text_and_not_the_exit_code(self):
        for output, expected in (("PASS", 0), ("case 1 DIFFERS; echo FAIL", 1), ("nothing", 1), ("PASS; echo FAIL", 1)):
            self.tool("bambu", "echo " + output)
            self.assertEqual(run("cosimulate", self.out, self.path()).returncode, expected, output)

    def test_fails_when_the_tool_does(self):
        self.tool("bambu", "echo PASS; exit 4")
        for step in ("synthesize", "cosimulate"):
            self.assertEqual(run(step, self.out, self.path()).returncode, 1)

    def test_fills_in_the_configuration_of_vpp(self):
        self.tool("v++", 'cat hls.cfg')
        done = run("synthesize", self.out, self.path(), HLS_TOOL="v++")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("@", done.stdout)
        for line in done.stdout.splitlines():
            if ".file=/" in line:
                self.assertTrue(os.path.exists(line.split("=", 1)[1]), line)

    def test_reports_what_the_synthesis_said(self):
        self.tool("bambu", 'echo "Total estimated area: 12345"')
        self.assertEqual(run("report", self.out, self.path()).returncode, 1)
        run("synthesize", self.out, self.path())
        done = run("report", self.out, self.path())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Total estimated area: 12345", done.stdout)


if __name__ == "__main__":
    unittest.main()
