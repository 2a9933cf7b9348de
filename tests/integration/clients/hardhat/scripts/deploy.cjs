// SPDX-License-Identifier: Apache-2.0
// Deploys, and writes one line of JSON.
"use strict";
const {ethers} = require("hardhat");

async function main() {
  const probe = await ethers.deployContract("Probe", [41n]);
  const receipt = await probe.deploymentTransaction().wait();
  console.log(JSON.stringify({address: await probe.getAddress(), block: receipt.blockNumber, value: (await probe.value()).toString()}));
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
