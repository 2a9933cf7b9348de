#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`switchyard card firmware` as a person runs it, on the genuine firmware in QEMU: each call is a power cycle of the emulated card."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

COMMAND = os.environ["SWITCHYARD_COMMAND"]
IMAGES = pathlib.Path(os.environ["SWITCHYARD_FIRMWARE_DIR"])
DEADLINE = ["--deadline", "60000"]


class CardFirmware(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_plain(self, *arguments, code=0, environment=None):
        done = subprocess.run([COMMAND, "card", "firmware", *map(str, arguments)], capture_output=True, text=True, timeout=300,
                              check=False, env=environment)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def run_card(self, *arguments, code=0):
        return self.run_plain(*arguments, "--emulation", self.folder.name, "--boot-flash", IMAGES / "boot_flash.bin", *DEADLINE,
                              code=code)

    def state(self, *arguments):
        return json.loads(self.run_card(*arguments, "--json").stdout)

    def test_an_update_is_tried_kept_and_given_up(self):
        first = self.state("status")
        self.assertTrue(first["emulated"])
        self.assertEqual(first["firmware"]["slot"], "factory")
        self.assertEqual([slot["state"] for slot in first["slots"]], ["empty", "empty"])

        trial = self.state("update", IMAGES / "test/controller-0.2.0.swfw")
        self.assertEqual((trial["firmware"]["version"], trial["firmware"]["on_trial"]), ("0.2.0", True))
        kept = self.state("confirm")
        self.assertEqual((kept["firmware"]["version"], kept["firmware"]["on_trial"]), ("0.2.0", False))
        self.assertIn("nothing is on trial", self.run_card("confirm", code=2).stderr)

        at_once = self.state("update", "--confirm", IMAGES / "test/controller-0.3.0.swfw")
        self.assertEqual((at_once["firmware"]["version"], at_once["firmware"]["slot"]), ("0.3.0", "B"))
        back = self.state("rollback")
        self.assertEqual(back["firmware"]["version"], "0.2.0")
        self.assertEqual(back["slots"][1]["reason"], "rolled back")

    def test_a_trial_that_nobody_confirms_ends(self):
        self.run_card("update", IMAGES / "test/controller-0.2.0.swfw")
        self.assertTrue(self.state("status")["firmware"]["on_trial"])
        self.assertTrue(self.state("status")["firmware"]["on_trial"])
        over = self.state("status")
        self.assertEqual(over["firmware"]["slot"], "factory")
        self.assertEqual(over["slots"][0]["reason"], "never confirmed")

    def test_firmware_that_traps_is_reported(self):
        failed = self.run_card("update", IMAGES / "test/trap.swfw", code=1)
        self.assertIn("did not boot", failed.stderr)
        self.assertEqual(self.state("status")["firmware"]["slot"], "factory")

    def test_bad_images_are_refused_before_a_card_sees_them(self):
        good = (IMAGES / "controller.swfw").read_bytes()
        for name, content, words in (("short", good[:40], "shorter"), ("cut", good[:-4], "the header says"),
                                     ("flipped", good[:-1] + bytes([good[-1] ^ 1]), "checksum"), ("text", b"x" * 100, "SYFW")):
            path = pathlib.Path(self.folder.name) / name
            path.write_bytes(content)
            self.assertIn(words, self.run_plain("update", path, "--tty", "/dev/null", code=2).stderr)
        self.run_plain("update", "/nonexistent", "--tty", "/dev/null", code=2)

    def test_says_what_is_missing_and_what_to_do(self):
        self.assertIn("--emulation", self.run_plain("status", code=2).stderr)
        self.assertIn("/dev/nonexistent", self.run_plain("status", "--tty", "/dev/nonexistent", code=3).stderr)
        self.assertIn("nobody listens",
                      self.run_plain("status", "--socket", "/tmp/nonexistent", "--deadline", "100", code=3).stderr)
        without = dict(os.environ, PATH="/nonexistent")
        self.assertIn("qemu-system-misc",
                      self.run_plain("status", "--emulation", self.folder.name, code=3, environment=without).stderr)
        for command in ("status", "update", "confirm", "rollback"):
            self.assertIn("Exit code", self.run_plain(command, "--help").stdout)


if __name__ == "__main__":
    unittest.main()
