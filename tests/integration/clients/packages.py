# SPDX-License-Identifier: Apache-2.0
"""The clients' npm packages, as a package-lock.json names them, in a folder outside the tree."""
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SIDECAR_SECONDS = 600


def build_folder():
    return pathlib.Path(os.environ["SWITCHYARD_BUILD_DIR"])


def is_required():
    """Whether a missing package is a failure: a registry that is slow says nothing about the appliance."""
    return bool(os.environ.get("SWITCHYARD_REQUIRE_NPM"))


def _have(at, source):
    wanted = json.loads((source / "package.json").read_text())["dependencies"]
    described = {name: at / "node_modules" / name / "package.json" for name in wanted}
    return all(file.is_file() and json.loads(file.read_text())["version"] == wanted[name] for name, file in described.items())


def _fetch(at, source):
    """None, or why the packages are not there."""
    if _have(at, source):
        return None
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    seconds = int(os.environ.get("SWITCHYARD_NPM_SECONDS", "600"))
    if seconds == 0:
        return "SWITCHYARD_NPM_SECONDS=0: npm was not tried"
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, at / name)
    try:
        # Packages bring no code that runs while they are installed.
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], cwd=at, capture_output=True, text=True,
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not finish within {seconds} s"
    if done.returncode != 0 or not _have(at, source):
        return "npm could not fetch the packages: " + (done.stderr.strip().splitlines() or ["no message"])[-1]
    return None


def environment(at):
    return {**os.environ, "NODE_PATH": str(at / "node_modules"), "SWITCHYARD_SIDECAR": str(at / "sidecar.json"),
            "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1", "NO_COLOR": "1"}


def fetched(at, source):
    """`at`, with the packages that the folder `source` names. Ends the process, skipped (77) or failed, where they cannot be had."""
    at.mkdir(parents=True, exist_ok=True)
    with open(at / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = _fetch(at, source)
    if missing is not None:
        print(("FAILED: " if is_required() else "SKIPPED: ") + missing)
        sys.exit(1 if is_required() else 77)
    return at


def prepared():
    """The folder with node_modules and sidecar.json."""
    at = fetched(build_folder() / "clients", HERE)
    with open(at / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (at / "sidecar.json").exists():
            subprocess.run(["node", str(HERE / "make_sidecar.cjs"), str(at / "sidecar.json")], env=environment(at), timeout=SIDECAR_SECONDS,
                           check=True)
    return at


def binary(at, name):
    """The program in a package of Foundry's, which is one package for each platform."""
    found = list((at / "node_modules" / "@foundry-rs").glob(f"{name}-*/bin/{name}"))
    if len(found) != 1:
        raise AssertionError(f"{len(found)} programs named {name}")
    return found[0]


if __name__ == "__main__":
    prepared()
