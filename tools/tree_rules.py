#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the rules of the tree that no compiler sees: include directions, adapters, sizes, READMEs.

usage: tree_rules.py [ROOT]     prints each violation as file:line: text; exits 1 if there is one, 2 if it read no file
"""
import os
import re
import sys

TOP_LEVEL = {"CMakeLists.txt", "README.md", "LICENSE", "hls", "host", "dataplane", "simd", "firmware", "tests", "tools"}
SOURCE = (".h", ".hpp", ".cpp", ".c")
LINES_MAX = 800

# Folder -> the folders it may include, itself not listed. The longest prefix of a file's path decides.
MAY_INCLUDE = {
    "simd": [],
    "firmware/abi": [],
    "firmware/controller": ["firmware/abi"],
    "firmware/controller/core": ["firmware/abi"],
    "firmware/controller/boot": ["firmware/abi", "firmware/controller/core"],
    "hls": ["firmware/abi"],
    "dataplane": ["host/core"],
    "host/core": [],
    "host/chain": ["host/core", "simd"],
    "host/state": ["host/core", "host/chain", "simd"],
    "host/precompiles": ["host/core", "host/chain", "simd"],
    "host/evm": ["host/core", "host/chain", "host/state", "host/precompiles", "simd"],
    "host/offload": ["host/core", "hls", "firmware/abi"],
    "host/plan": ["host/core", "host/chain", "host/state", "host/evm", "host/offload", "simd"],
    "host/execute": ["host/core", "host/chain", "host/state", "host/precompiles", "host/evm", "host/offload"],
    "host/ingest": ["host/core", "host/chain", "simd"],
    "host/pool": ["host/core", "host/chain", "host/state"],
    "host/blobs": ["host/core", "host/chain", "host/state/journal", "host/precompiles", "host/pool"],
    "host/road": ["host/core", "host/chain", "host/state", "host/precompiles", "host/evm", "host/offload", "host/plan",
                  "host/execute", "host/ingest", "host/pool", "hls", "firmware/abi", "simd"],
    "host/embedded": ["host/core", "host/chain", "host/state", "host/execute", "host/offload", "host/ingest", "host/pool", "host/road",
                      "host/building", "host/node/archive", "host/node/building", "host/node/chain", "host/node/genesis"],
    "host/c": ["host/core", "host/chain", "host/state", "host/execute", "host/offload", "host/pool", "host/embedded", "host/node/archive",
               "host/node/chain", "host/node/genesis", "simd"],
    "host/examples": ["host"],
    "host/node": ["host", "simd"],
    "host/node/json": ["host/core"],
    "host/node/rpc": ["host/core", "host/node/json"],
    "host/node/genesis": ["host/core", "host/chain", "host/state", "host/execute", "host/node/json"],
    "host/node/archive": ["host/core", "host/chain", "host/evm", "host/state/journal"],
    "host/node/archive/sqlite": ["host/core", "host/chain", "host/state/sqlite", "host/node/archive"],
    "host/node/building": ["host/core", "host/chain", "host/state", "host/evm", "host/execute", "host/pool", "host/blobs", "host/road", "host/building", "host/node/archive", "host/node/chain", "host/node/genesis"],
    "host/node/chain": ["host/core", "host/chain", "host/state", "host/evm", "host/execute", "host/node/archive", "host/node/genesis"],
    "host/node/auth": ["host/core", "host/node/json", "host/precompiles/openssl"],
    "host/node/subscribe": ["host/core", "host/node/json", "host/node/rpc"],
    "host/node/submit": ["host/core", "host/chain", "host/ingest", "host/pool", "host/blobs", "host/node/json", "host/node/rpc", "simd"],
    "host/node/engine": ["host/core", "host/chain", "host/state/trie", "host/execute", "host/blobs", "host/building", "host/node/json", "host/node/rpc", "host/node/archive", "host/node/chain", "host/node/building", "host/node/eth"],
    "host/node/eth": ["host/core", "host/chain", "host/state", "host/precompiles", "host/evm", "host/execute", "host/pool", "host/node/archive", "host/node/chain",
                      "host/node/genesis", "host/node/json", "host/node/rpc"],
    "host/node/switchyard": ["host/core", "host/chain", "host/state", "host/execute", "host/offload", "host/plan", "host/road", "host/node/archive",
                             "host/node/chain", "host/node/eth", "host/node/json", "host/node/rpc", "simd"],
    "host/node/metrics": ["host/core"],
    "host/node/forward": ["host/core", "host/chain", "host/pool", "host/blobs", "host/node/json", "host/node/http"],
    "host/node/http": ["host/core", "host/node/json", "host/node/rpc", "host/node/auth", "host/node/metrics"],
    "tools": ["host", "dataplane", "simd", "hls", "firmware/abi"],
    "tests": ["host", "dataplane", "simd", "hls", "firmware", "tools"],
}

# Third-party headers -> the only folders that may name them. tests/ may use what it compares with.
ADAPTERS = [
    (r"rte_|ethdev_|bus_", ["dataplane/dpdk"]),
    (r"xrt/|xrt\.h|xclbin|experimental/xrt|ert\.h", ["host/offload/xrt"]),
    (r"sqlite3", ["host/state/sqlite", "tests"]),
    (r"hwy/", ["simd", "tests/unit/simd"]),
    (r"openssl/", ["host/precompiles/openssl", "tools/switchyard", "tests"]),
    (r"gmp", ["host/precompiles/gmp", "tools/switchyard", "tests"]),
    (r"(isa-l/)?crc\.h", ["host/core/checksum", "tests"]),
    (r"isa-l(/(?!crc)|\.h)|erasure_code|igzip", ["dataplane/erasure", "host/state/snapshot", "tests"]),
    (r"spdlog/", ["tools/appliance"]),
    (r"simdjson|nlohmann/", ["host/node/json", "tools", "tests"]),
    (r"boost/", ["host/node/http"]),
    (r"CLI/", ["tools/switchyard"]),
    (r"toml\+\+/", ["tools/config"]),
    (r"secp256k1", ["tools/workloads", "tools/switchyard", "tests"]),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def files(root):
    for folder, names, leaves in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".") and not n.startswith("build"))
        for leaf in sorted(leaves):
            yield os.path.relpath(os.path.join(folder, leaf), root)


def owner(path):
    fits = [f for f in MAY_INCLUDE if path == f or path.startswith(f + "/")]
    return max(fits, key=len) if fits else None


def below(path, folders):
    return any(path == f or path.startswith(f + "/") for f in folders)


def check_include(path, quoted, target, problems, where):
    if quoted == '"':
        folder = owner(path)
        if folder is None or below(target, [folder]) or target.startswith("hwy/"):
            return
        if not below(target, MAY_INCLUDE[folder]):
            problems.append(f'{where}: {folder} may not include "{target}"')
        return
    for pattern, homes in ADAPTERS:
        if re.match(pattern, target) and not below(path, homes):
            problems.append(f"{where}: <{target}> belongs to {' or '.join(homes)}")


def check(root):
    problems, read = [], 0
    for entry in sorted(os.listdir(root)):
        if not entry.startswith(".") and not entry.startswith("build") and entry not in TOP_LEVEL:
            problems.append(f"{entry}: not of the fixed top level")
    folders = set()
    for path in files(root):
        if not path.endswith(SOURCE):
            continue
        read += 1
        folders.add(os.path.dirname(path))
        with open(os.path.join(root, path), encoding="utf-8") as file:
            lines = file.read().splitlines()
        if len(lines) > LINES_MAX and not any("generated" in line.lower() for line in lines[:5]):
            problems.append(f"{path}: {len(lines)} lines; split before {LINES_MAX}")
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:3]):
            problems.append(f"{path}:1: no SPDX banner")
        # Highway includes an -inl.hpp once for each target.
        if path.endswith(".hpp") and not path.endswith("-inl.hpp") and "#pragma once" not in lines:
            problems.append(f"{path}:1: no #pragma once")
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if match:
                check_include(path, match[1], match[2], problems, f"{path}:{number}")
    for folder in sorted(folders):
        if not folder.startswith("tests/") and not os.path.exists(os.path.join(root, folder, "README.md")):
            problems.append(f"{folder}: no README.md")
    return problems, read


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    problems, read = check(os.path.abspath(root))
    for problem in problems:
        print(problem)
    print(f"tree rules: {read} files read, {len(problems)} violations")
    return 2 if read == 0 else 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
