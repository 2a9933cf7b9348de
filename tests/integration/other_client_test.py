#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generated traffic on another client: ethereumjs and `switchyard t8n` come to the same state root, gas and failures for every kind
of workload. Skips (77) without node or the packages."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import npm_packages
from transition import transition

COMMAND = os.environ["SWITCHYARD_COMMAND"]
HERE = pathlib.Path(__file__).parent
VERSION = "10.1.3"
PACKAGES = {f"@ethereumjs/{name}": VERSION for name in ("block", "common", "mpt", "statemanager", "tx", "util", "vm")}
OPTIONS = ["--transactions", "120", "--users", "40", "--instances", "3", "--zipf", "0.7", "--seed", "21"]


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def ours(at):
    genesis = json.loads((at / "genesis.json").read_text())
    transactions = [bytes.fromhex(line[2:]) for line in (at / "txs.hex").read_text().split()]
    result = transition(COMMAND, at, "Cancun", genesis["config"]["chainId"], genesis, transactions, {
        "currentCoinbase": genesis["coinbase"], "currentTimestamp": hex(int(genesis["timestamp"], 16) + 12),
        "currentRandom": genesis["mixHash"], "currentBaseFee": genesis["baseFeePerGas"]})
    return {"stateRoot": result["stateRoot"], "gasUsed": int(result["gasUsed"], 16),
            "failed": sum(int(receipt["status"], 16) == 0 for receipt in result["receipts"]), "rejected": result.get("rejected") or []}


def main():
    node = npm_packages.node()
    environment = {**os.environ, "NODE_PATH": str(npm_packages.folder_with(PACKAGES))}
    kinds = [kind["name"] for kind in json.loads(run(COMMAND, "workload", "list", "--json"))]
    different = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            at = pathlib.Path(folder)
            run(COMMAND, "workload", "generate", kind, *OPTIONS, "--out", at / "txs.hex", "--genesis", at / "genesis.json")
            theirs = json.loads(run(node, HERE / "ethereumjs_run.cjs", at / "genesis.json", at / "txs.hex", env=environment))
            found = ours(at)
            same = found["rejected"] == [] and all(found[field] == theirs[field] for field in ("stateRoot", "gasUsed", "failed"))
            different += not same
            print(f"{kind}: {'same' if same else 'DIFFERENT'}: {found['stateRoot']}, gas {found['gasUsed']:,}, {found['failed']} failed"
                  + ("" if same else f"; ethereumjs: {theirs}, rejected: {found['rejected']}"), flush=True)
    return 1 if different or len(kinds) < 16 else 0


if __name__ == "__main__":
    sys.exit(main())
