// SPDX-License-Identifier: Apache-2.0
// An ordinary Hardhat project. Its compiler is solc of npm, since Hardhat's own download needs a network that tests may not have.
"use strict";
require("@nomicfoundation/hardhat-ethers");
require("@nomicfoundation/hardhat-chai-matchers");
const {subtask} = require("hardhat/config");
const {TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD} = require("hardhat/builtin-tasks/task-names");

const {version} = require("solc/package.json");
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async () =>
  ({compilerPath: require.resolve("solc/soljson.js"), isSolcJs: true, version, longVersion: require("solc").version()}));

module.exports = {
  solidity: {version, settings: {optimizer: {enabled: true, runs: 200}, evmVersion: "cancun"}},
  networks: {
    switchyard: {
      url: process.env.SWITCHYARD_RPC_URL ?? "http://127.0.0.1:8545",
      accounts: {mnemonic: "test test test test test test test test test test test junk"},
      chainId: 31337,
    },
  },
  mocha: {timeout: 120_000},
};
