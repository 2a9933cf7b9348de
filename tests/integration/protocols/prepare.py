#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches the protocols' own npm packages into the build folder, where that can be done, and makes the fixtures.

usage: prepare.py FOLDER     FOLDER/node_modules and FOLDER/*.json, or FOLDER/absent.txt, which says what is not at hand.

Nothing of the packages is kept in the source tree. What is there already is not fetched again. SWITCHYARD_NPM_SECONDS is the time limit of
fetching, 120 unless set; 0 does not try. A failure to make a fixture from packages that are there is an error.
"""
import os
import pathlib
import shutil
import subprocess
import sys

PACKAGES = ("@uniswap/v2-core@1.0.1", "@uniswap/v2-periphery@1.1.0-beta.0", "@uniswap/v3-core@1.0.1", "@uniswap/v3-periphery@1.4.4",
            "@aave/core-v3@1.19.3", "@openzeppelin/contracts@5.1.0", "solc@0.8.28", "js-sha3@0.8.0")
FIXTURES = ("uniswap_v2", "uniswap_v3", "governor", "aave_v3")


def have_packages(folder):
    return all((folder / "node_modules" / package[:package.rindex("@")] / "package.json").is_file() for package in PACKAGES)


def fetch(folder):
    """None, or why the packages are not there."""
    if have_packages(folder):
        return None
    seconds = int(os.environ.get("SWITCHYARD_NPM_SECONDS", "120"))
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    if seconds == 0:
        return "SWITCHYARD_NPM_SECONDS=0: npm was not tried"
    # Packages bring no code that runs while they are installed.
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *PACKAGES]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not finish within {seconds} s"
    if done.returncode != 0 or not have_packages(folder):
        return "npm could not fetch the packages: " + (done.stderr.strip().splitlines() or ["no message"])[-1]
    return None


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    absent = folder / "absent.txt"
    absent.unlink(missing_ok=True)
    for name in FIXTURES:
        (folder / f"{name}.json").unlink(missing_ok=True)
    missing = fetch(folder)
    if missing is not None:
        absent.write_text(missing + "\n")
        print("skipped: " + missing)
        return 0
    source = pathlib.Path(__file__).resolve().parent
    done = subprocess.run(["node", str(source / "make_fixtures.cjs"), str(folder)], timeout=300, check=False,
                          env={**os.environ, "NODE_PATH": str(folder / "node_modules")})
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
