#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The committed artifacts of the workloads' contracts are what solc makes of the sources. Skips (77) without node or solc."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import npm_packages

CONTRACTS = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"]) / "tools/workloads/contracts"


def check(node, packages, contracts, *folders):
    return subprocess.run([node, str(contracts / "compile.cjs"), "--check", *folders], capture_output=True, text=True, timeout=600,
                          check=False, env={**os.environ, "NODE_PATH": str(packages)})


def main():
    node = npm_packages.node()
    packages = npm_packages.folder_with({"solc": "0.8.28"})
    done = check(node, packages, CONTRACTS)
    print(done.stdout + done.stderr)
    if done.returncode != 0:
        return 1
    # And the comparison sees a difference.
    with tempfile.TemporaryDirectory() as folder:
        altered = pathlib.Path(folder) / "contracts"
        shutil.copytree(CONTRACTS, altered)
        source = altered / "demo" / "Token.sol"
        source.write_text(source.read_text().replace("balanceOf[from] -= value;", "balanceOf[from] -= value + 1;"))
        done = check(node, packages, altered, "demo")
        if done.returncode != 1 or "Token.json differs" not in done.stderr:
            print(f"an altered source went unnoticed: {done.returncode} {done.stdout}{done.stderr}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
