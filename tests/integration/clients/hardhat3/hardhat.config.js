// SPDX-License-Identifier: Apache-2.0
// An ordinary project of Hardhat 3. Its compiler is solc of npm, since Hardhat's own download needs a network that tests may not have.
import {createRequire} from "node:module";
import ethers from "@nomicfoundation/hardhat-ethers";
import matchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import ignition from "@nomicfoundation/hardhat-ignition-ethers";
import mocha from "@nomicfoundation/hardhat-mocha";
import {defineConfig} from "hardhat/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  plugins: [ethers, matchers, ignition, mocha],
  solidity: {
    version: require("solc/package.json").version,
    path: require.resolve("solc/soljson.js"),
    settings: {optimizer: {enabled: true, runs: 200}, evmVersion: "cancun"},
  },
  networks: {
    switchyard: {
      type: "http",
      url: process.env.SWITCHYARD_RPC_URL ?? "http://127.0.0.1:8545",
      accounts: {mnemonic: "test test test test test test test test test test test junk"},
      chainId: Number(process.env.SWITCHYARD_CHAIN_ID ?? 31337),
    },
  },
  // A development chain makes no blocks that nobody asks for.
  ignition: {requiredConfirmations: 1},
  test: {mocha: {timeout: 120_000}},
});
