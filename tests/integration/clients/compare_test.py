#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The appliance's answers beside those of a node that was not written here.

usage: compare_test.py anvil|hardhat
"""
import pathlib
import shutil
import subprocess
import sys

import packages
import servers

HERE = pathlib.Path(__file__).resolve().parent


def other(at, name):
    if name == "anvil":
        return [packages.binary(at, "anvil"), "--hardfork", "osaka", "--port", "PORT", "--steps-tracing", "--quiet"], at
    project = at / "hardhat_node"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    (project / "hardhat.config.cjs").write_text('module.exports = {solidity: "0.8.30", networks: {hardhat: {chainId: 31337, hardfork: "osaka"}}};\n')
    return ["node", at / "node_modules/hardhat/internal/cli/bootstrap.js", "node", "--port", "PORT"], project


def main():
    at = packages.prepared()
    name = sys.argv[1]
    command, folder = other(at, name)
    with servers.appliance() as ours, servers.other_node(command, folder, packages.environment(at)) as theirs:
        done = subprocess.run(["node", "--test-reporter=spec", str(HERE / "compare.cjs"), name, ours.url, theirs.url], timeout=600, check=False,
                              env=packages.environment(at), capture_output=True, text=True)
        print("\n".join(line[:400] for line in (done.stdout + done.stderr).splitlines()))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
