#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants one violation of each rule in a small tree and expects tree_rules.py to name it, and only it."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools"))
import tree_rules  # noqa: E402

BANNER = "// SPDX-License-Identifier: Apache-2.0\n"


class TreeRules(unittest.TestCase):
    def problems(self, path, text, readme=True):
        with tempfile.TemporaryDirectory() as root:
            folder = os.path.join(root, os.path.dirname(path))
            os.makedirs(folder)
            if readme:
                with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
                    file.write("here\n")
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
            return tree_rules.check(root)[0]

    def test_accepts_a_clean_file(self):
        self.assertEqual(self.problems("host/evm/a.cpp", BANNER + '#include "host/state/b.hpp"\n'), [])

    def test_finds_an_include_upward(self):
        self.assertIn("may not include", self.problems("simd/a.cpp", BANNER + '#include "host/core/b.hpp"\n')[0])
        self.assertIn("may not include", self.problems("host/core/a.cpp", BANNER + '#include "host/evm/b.hpp"\n')[0])

    def test_keeps_the_firmware_in_its_layers(self):
        for path, header in (("firmware/abi/a.h", "firmware/controller/core/b.hpp"),
                             ("firmware/controller/core/a.cpp", "firmware/controller/boot/b.hpp"),
                             ("firmware/controller/boot/a.cpp", "firmware/controller/b.hpp"),
                             ("firmware/controller/a.cpp", "host/core/b.hpp"),
                             ("host/offload/a.cpp", "firmware/controller/b.hpp")):
            found = self.problems(path, BANNER + "#pragma once\n" + f'#include "{header}"\n')
            self.assertEqual(len(found), 1, path)
            self.assertIn("may not include", found[0])

    def test_finds_the_data_plane_in_the_host(self):
        self.assertEqual(len(self.problems("host/road/a.cpp", BANNER + '#include "dataplane/ingress.hpp"\n')), 1)

    def test_finds_a_third_party_header_outside_its_adapter(self):
        for header in ("rte_mbuf.h", "xrt/xrt_device.h", "sqlite3.h", "openssl/evp.h", "gmp.h", "hwy/highway.h", "isa-l.h",
                       "isa-l/crc.h", "isa-l/erasure_code.h"):
            found = self.problems("host/execute/a.cpp", BANNER + f"#include <{header}>\n")
            self.assertEqual(len(found), 1, header)
            self.assertIn("belongs to", found[0])

    def test_finds_a_file_that_is_too_long(self):
        self.assertIn("lines", self.problems("simd/a.cpp", BANNER + "\n" * 801)[0])

    def test_finds_missing_banner_pragma_and_readme(self):
        self.assertEqual(len(self.problems("simd/a.hpp", "int a;\n", readme=False)), 3)

    def test_finds_a_stranger_at_the_top_level(self):
        self.assertIn("top level", self.problems("vendor/a.cpp", BANNER)[0])


if __name__ == "__main__":
    unittest.main()
