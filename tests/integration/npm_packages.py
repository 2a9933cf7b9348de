# SPDX-License-Identifier: Apache-2.0
"""Packages from npm for tests that compare with them: found, or installed into the build folder, or the test is skipped."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

INSTALL_SECONDS = 90


def skip(reason):
    """Exit code 77: CTest reports the test as skipped."""
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def node():
    return shutil.which("node") or skip("no node")


def _version(folder, package):
    described = folder / package / "package.json"
    return json.loads(described.read_text())["version"] if described.exists() else None


def folder_with(packages):
    """A folder for NODE_PATH that holds `packages` (name -> version): one of NODE_PATH, or one that npm fills within a time limit."""
    fresh = pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"]) / "npm"
    holds = lambda folder: all(_version(folder, name) == version for name, version in packages.items())
    for folder in [pathlib.Path(p) for p in os.environ.get("NODE_PATH", "").split(os.pathsep) if p] + [fresh / "node_modules"]:
        if holds(folder):
            return folder
    wanted = [f"{name}@{version}" for name, version in packages.items()]
    npm = shutil.which("npm") or skip(f"no {wanted} in NODE_PATH and no npm to get it with")
    fresh.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--prefix", str(fresh), *wanted],
                              capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        skip(f"npm gave no {wanted} within {INSTALL_SECONDS} s")
    if done.returncode != 0 or not holds(fresh / "node_modules"):
        skip(f"npm gave no {wanted}: {done.stderr.strip().splitlines()[-1:]}")
    return fresh / "node_modules"
