#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libswitchyard as others link it: installed into a prefix that is then moved, the examples built there and outside of the source tree,
by CMake and by pkg-config, in C and in C++; and their state root is the one that `switchyard t8n` computes serially."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from transition import ZERO_HASH, transition  # noqa: E402

SOURCE = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"])
EXAMPLES = SOURCE / "host/examples"
HAVE_EMULATION = os.environ["SWITCHYARD_HAVE_EMULATION"] == "1"
# Only what a user of the library would have.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("CMAKE", "CPATH", "LIBRARY_PATH"))}


def run(*command, environment=None, code=0, cwd=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900, check=False, cwd=cwd,
                          env={**ENVIRONMENT, **(environment or {})})
    if done.returncode != code:
        raise AssertionError(f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-install-"))
        first = cls.folder / "first"
        run("cmake", "--install", BUILD, "--prefix", first)
        # A package that had its prefix written into it would not find itself.
        cls.prefix = cls.folder / "elsewhere"
        shutil.move(first, cls.prefix)
        cls.libraries = next(cls.prefix.rglob("libswitchyard.so")).parent
        cls.pkg_config = {"PKG_CONFIG_PATH": str(cls.libraries / "pkgconfig")}
        cls.runtime = {"LD_LIBRARY_PATH": str(cls.libraries)}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def copy(self, language, name):
        """An example outside of the source tree."""
        to = self.folder / name
        shutil.copytree(EXAMPLES / language, to)
        self.assertNotIn(SOURCE, to.parents)
        return to

    def check_output(self, output):
        root = re.search(r"^state root (0x[0-9a-f]{64})$", output, re.M)
        self.assertTrue(root, output)
        self.assertEqual(root[1], self.serial_root(re.search(r"^parent (0x[0-9a-f]{64})$", output, re.M)[1]), output)
        self.assertIn("block 1 transactions 5 ", output)
        return output

    @classmethod
    def serial_root(cls, parent):
        """By the command that was installed, from the same first state and transactions."""
        at = cls.folder / "t8n"
        at.mkdir(exist_ok=True)
        genesis = json.loads((EXAMPLES / "development_genesis.json").read_text())
        # The file has the order of tips, which is the block's.
        transactions = [bytes.fromhex(line[2:]) for line in (EXAMPLES / "transactions.txt").read_text().split()]
        result = transition(cls.prefix / "bin/switchyard", at, "Osaka", 31337, genesis, transactions, {
            "currentCoinbase": "0x" + "00" * 20, "currentTimestamp": "0xc", "currentRandom": ZERO_HASH, "parentBaseFee": "0x3b9aca00",
            "parentGasUsed": "0x0", "parentGasLimit": genesis["gasLimit"], "parentTimestamp": "0x0", "blockHashes": {"0": parent}})
        if result.get("rejected"):
            raise AssertionError(result["rejected"])
        return result["stateRoot"]

    def test_what_is_there(self):
        for name in ("bin/switchyard", "include/switchyard/switchyard.h", "include/switchyard/host/embedded/embedded_chain.hpp"):
            self.assertTrue((self.prefix / name).is_file(), name)
        self.assertTrue((self.libraries / "libswitchyard.a").is_file())
        self.assertTrue((self.libraries / "libswitchyard.so").is_symlink())
        self.assertEqual(len(list(self.prefix.rglob("LICENSE"))), 1)
        self.assertIn("usage", run(self.prefix / "bin/switchyard", "--help").lower())
        for name in ("switchyard.pc", "switchyard-cpp.pc"):
            text = (self.libraries / "pkgconfig" / name).read_text()
            self.assertNotIn(str(BUILD), text)
            self.assertNotIn(str(SOURCE), text)
        for path in (self.libraries / "cmake/Switchyard").iterdir():
            self.assertNotIn(str(SOURCE), path.read_text(), path)

    def test_c_by_cmake_runs_in_emulation(self):
        at = self.copy("c", "c-cmake")
        run("cmake", "-S", at, "-B", at / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", at / "build")
        example = at / "build/example"
        for detector in ("software", "emulation") if HAVE_EMULATION else ("software",):
            output = self.check_output(run(example, EXAMPLES / "transactions.txt", detector, environment=self.runtime))
            self.assertIn(f"detector {detector}", output)
            self.assertEqual("(emulated: no hardware)" in output, detector == "emulation")
            self.assertIn("counter 2", output)
            self.assertIn("executed elsewhere", output)

    def test_c_by_pkg_config(self):
        at = self.copy("c", "c-make")
        run("make", "-C", at, environment=self.pkg_config)
        self.check_output(run(at / "example", EXAMPLES / "transactions.txt", environment=self.runtime))
        needed = run("readelf", "-d", at / "example")
        self.assertIn("[libswitchyard.so.1]", needed)
        refused = run(at / "example", EXAMPLES / "transactions.txt", "abacus", environment=self.runtime, code=1)
        self.assertIn("switchyard_open: ", refused)

    def test_cpp_by_cmake(self):
        at = self.copy("cpp", "cpp-cmake")
        run("cmake", "-S", at, "-B", at / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", at / "build")
        output = self.check_output(run(at / "build/example", EXAMPLES / "transactions.txt"))
        self.assertEqual(*re.findall(r"^(?:state|serial) root (\S+)$", output, re.M))

    def test_cpp_by_pkg_config(self):
        at = self.copy("cpp", "cpp-make")
        run("make", "-C", at, "CXXFLAGS=-O0", environment=self.pkg_config)
        self.check_output(run(at / "example", EXAMPLES / "transactions.txt"))

    def test_headers_need_nothing_but_themselves(self):
        headers = sorted(path.relative_to(self.prefix / "include/switchyard") for path in self.prefix.rglob("*.hpp"))
        self.assertGreater(len(headers), 100)
        source = self.folder / "all.cpp"
        source.write_text("".join(f'#include "{header}"\n' for header in headers))
        flags = run("pkg-config", "--cflags", "switchyard-cpp", environment=self.pkg_config).split()
        included = run("g++", *flags, "-fsyntax-only", "-H", source)
        for name in ("sqlite3.h", "hwy/", "boost/", "simdjson", "xrt/", "openssl/", "gmp"):
            self.assertIsNone(re.search(rf"^\.+ \S*/{name}", included, re.M), f"the headers drag in {name}")

    def test_another_version_is_not_found(self):
        at = self.copy("c", "c-version")
        lists = at / "CMakeLists.txt"
        lists.write_text(lists.read_text().replace("Switchyard 0.1", "Switchyard 9.0"))
        self.assertIn("9.0", run("cmake", "-S", at, "-B", at / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}", code=1))


if __name__ == "__main__":
    sys.exit(unittest.main())
