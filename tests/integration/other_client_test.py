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

COMMAND = os.environ["SWITCHYARD_COMMAND"]
HERE = pathlib.Path(__file__).parent
VERSION = "10.1.3"
PACKAGES = {f"@ethereumjs/{name}": VERSION for name in ("block", "common", "mpt", "statemanager", "tx", "util", "vm")}
OPTIONS = ["--transactions", "120", "--users", "40", "--instances", "3", "--zipf", "0.7", "--seed", "21"]


def rlp(item):
    """Bytes, or a list of items (Yellow Paper, appendix B)."""
    payload = item if isinstance(item, bytes) else b"".join(map(rlp, item))
    offset = 0x80 if isinstance(item, bytes) else 0xC0
    if isinstance(item, bytes) and len(item) == 1 and item[0] < 0x80:
        return item
    if len(payload) < 56:
        return bytes([offset + len(payload)]) + payload
    length = len(payload).to_bytes((len(payload).bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(length)]) + length + payload


def run(*command, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def ours(at):
    genesis = json.loads((at / "genesis.json").read_text())
    transactions = [bytes.fromhex(line[2:]) for line in (at / "txs.hex").read_text().split()]
    (at / "alloc.json").write_text(json.dumps(genesis["alloc"]))
    (at / "txs.rlp").write_text(json.dumps("0x" + rlp(transactions).hex()))
    (at / "env.json").write_text(json.dumps({
        "currentCoinbase": genesis["coinbase"], "currentGasLimit": genesis["gasLimit"], "currentNumber": "0x1",
        "currentTimestamp": hex(int(genesis["timestamp"], 16) + 12), "currentRandom": genesis["mixHash"],
        "currentBaseFee": genesis["baseFeePerGas"], "currentDifficulty": "0x0", "currentExcessBlobGas": "0x0",
        "parentBeaconBlockRoot": "0x" + "00" * 32, "withdrawals": []}))
    run(COMMAND, "t8n", "--state.fork", "Cancun", "--state.chainid", genesis["config"]["chainId"], "--input.alloc", at / "alloc.json",
        "--input.env", at / "env.json", "--input.txs", at / "txs.rlp", "--output.basedir", at, "--output.result", "result.json",
        "--output.alloc", "post.json")
    result = json.loads((at / "result.json").read_text())
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
