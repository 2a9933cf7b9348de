#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The committed artifacts of the workloads' contracts are what solc makes of the sources. Skips (77) without node or solc."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CONTRACTS = pathlib.Path(os.environ["SWITCHYARD_SOURCE_DIR"]) / "tools/workloads/contracts"
VERSION = "0.8.28"
INSTALL_SECONDS = 90


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def packages_with_solc(node):
    """A folder for NODE_PATH that holds solc of the version: one that is there, or one that npm fills."""
    fresh = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"]) / "npm"
    candidates = [pathlib.Path(p) for p in os.environ.get("NODE_PATH", "").split(os.pathsep) if p]
    for folder in candidates + [fresh / "node_modules"]:
        described = folder / "solc" / "package.json"
        if described.exists() and f'"version": "{VERSION}"' in described.read_text():
            return folder
    npm = shutil.which("npm")
    if npm is None:
        skip(f"no solc {VERSION} in NODE_PATH and no npm to get it with")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run([npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(fresh), f"solc@{VERSION}"],
                              capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        skip(f"npm gave no solc {VERSION} within {INSTALL_SECONDS} s")
    if done.returncode != 0:
        skip(f"npm gave no solc {VERSION}: {done.stderr.strip().splitlines()[-1:]}")
    return fresh / "node_modules"


def check(node, packages, contracts, *folders):
    return subprocess.run([node, str(contracts / "compile.cjs"), "--check", *folders], capture_output=True, text=True, timeout=600,
                          check=False, env={**os.environ, "NODE_PATH": str(packages)})


def main():
    node = shutil.which("node")
    if node is None:
        skip("no node")
    packages = packages_with_solc(node)
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
