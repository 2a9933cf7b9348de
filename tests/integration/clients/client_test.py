#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One client's script against an appliance of its own.

usage: client_test.py ethers|viem|web3     SWITCHYARD_RPC_URL set: against that server instead
"""
import contextlib
import os
import pathlib
import subprocess
import sys

import packages
import servers

HERE = pathlib.Path(__file__).resolve().parent


def main():
    at = packages.prepared()
    with contextlib.ExitStack() as stack:
        url = os.environ.get("SWITCHYARD_RPC_URL") or stack.enter_context(servers.appliance()).url
        done = subprocess.run(["node", "--test-reporter=spec", str(HERE / f"{sys.argv[1]}_client.cjs")], timeout=800, check=False,
                              env={**packages.environment(at), "SWITCHYARD_RPC_URL": url}, capture_output=True, text=True)
        # Errors of these packages quote whole requests.
        print("\n".join(line[:400] for line in (done.stdout + done.stderr).splitlines()))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
