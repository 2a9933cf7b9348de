# SPDX-License-Identifier: Apache-2.0
"""One block by `switchyard t8n`: the serial answer that others are compared with."""
import json
import subprocess

import rlp

ZERO_HASH = "0x" + "00" * 32


def transition(command, folder, fork, chain_id, genesis, transactions, environment):
    """The result of a block 1 with raw `transactions`, in their order, over the accounts of `genesis`. Files stay in `folder`, the
    accounts afterwards as post.json. `environment` is what t8n's is beside what a block after Cancun without withdrawals has."""
    (folder / "alloc.json").write_text(json.dumps(genesis["alloc"]))
    # EIP-2718 envelopes are strings in the list.
    (folder / "txs.rlp").write_text(json.dumps("0x" + rlp.encode(transactions).hex()))
    (folder / "env.json").write_text(json.dumps({
        "currentGasLimit": genesis["gasLimit"], "currentNumber": "0x1", "currentDifficulty": "0x0", "currentExcessBlobGas": "0x0",
        "parentBeaconBlockRoot": ZERO_HASH, "withdrawals": [], **environment}))
    done = subprocess.run([str(part) for part in (
        command, "t8n", "--state.fork", fork, "--state.chainid", chain_id, "--input.alloc", folder / "alloc.json", "--input.env",
        folder / "env.json", "--input.txs", folder / "txs.rlp", "--output.basedir", folder, "--output.result", "result.json",
        "--output.alloc", "post.json")], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise AssertionError(f"t8n: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads((folder / "result.json").read_text())
