#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An ordinary Hardhat project, compiled, tested and deployed with `--network switchyard`."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import packages
import servers

HERE = pathlib.Path(__file__).resolve().parent


def main():
    at = packages.prepared()
    # Hardhat wants its project beside its packages.
    project = at / "hardhat_project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HERE / "hardhat", project)

    def hardhat(*arguments):
        done = subprocess.run(["node", str(at / "node_modules/hardhat/internal/cli/bootstrap.js"), *arguments], cwd=project, timeout=600,
                              env=environment, capture_output=True, text=True, check=False)
        print(done.stdout + done.stderr)
        return done.returncode, done.stdout

    with servers.appliance() as server:
        environment = {**packages.environment(at), "SWITCHYARD_RPC_URL": server.url}
        status, _ = hardhat("compile")
        if status == 0:
            status, said = hardhat("test", "--network", "switchyard", "--no-compile")
        if status != 0:
            return status
        if "6 passing" not in said:
            print("not every test of the project was run")
            return 1
        status, said = hardhat("run", "--network", "switchyard", "--no-compile", "scripts/deploy.cjs")
        if status != 0:
            return status
        deployed = json.loads(said.strip().splitlines()[-1])
        # What Hardhat says, asked without Hardhat.
        code = server.result("eth_getCode", deployed["address"], "latest")
        artifact = json.loads((project / "artifacts/contracts/Probe.sol/Probe.json").read_text())
        same_size = len(code) == len(artifact["deployedBytecode"])
        print(f"deployed {deployed}, {len(code) // 2 - 1} bytes of code")
        return 0 if same_size and deployed["value"] == "41" else 1


if __name__ == "__main__":
    sys.exit(main())
