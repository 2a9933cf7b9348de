// SPDX-License-Identifier: Apache-2.0
// What the clients' scripts share: where the server is, who has funds, the contract they use, a KZG library, and waiting with a limit.
"use strict";
const fs = require("fs");
const path = require("path");

/** The development chain's mnemonic and chain number, as Hardhat's and Anvil's. */
const MNEMONIC = "test test test test test test test test test test test junk";
const CHAIN_ID = 31337;
const PATIENCE_MS = 120_000;

const url = process.env.SWITCHYARD_RPC_URL ?? "http://127.0.0.1:8545";
const wsUrl = process.env.SWITCHYARD_WS_URL ?? url.replace(/^http/, "ws");

/** `{abi, bytecode}` of a contract of hardhat/contracts, compiled by solc of npm. */
function compile(name) {
  const solc = require("solc");
  const file = name + ".sol";
  const input = {
    language: "Solidity",
    sources: {[file]: {content: fs.readFileSync(path.join(__dirname, "hardhat", "contracts", file), "utf8")}},
    settings: {optimizer: {enabled: true, runs: 200}, evmVersion: "cancun", outputSelection: {"*": {"*": ["abi", "evm.bytecode.object"]}}},
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter(error => error.severity === "error");
  if (errors.length) throw new Error(errors.map(error => error.formattedMessage).join("\n"));
  const {abi, evm} = output.contracts[file][name];
  return {abi, bytecode: "0x" + evm.bytecode.object};
}

/** Asks `probe` until it answers something other than undefined, null or false. */
async function until(what, probe) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
}

/** The promise's value, or an error that names it after the same patience. */
function inTime(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A blob with its commitment, its proof (EIP-4844) and the 128 proofs of its cells (EIP-7594), in hex: made once by make_sidecar.cjs. */
function sidecar() {
  return JSON.parse(fs.readFileSync(process.env.SWITCHYARD_SIDECAR, "utf8"));
}

/** JSON-RPC as it is, without a client in between: the response object. */
async function post(body) {
  const response = await fetch(url, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)});
  return response.json();
}

/** A result of a method, or an error with its code. */
async function rpc(method, params = []) {
  const answer = await post({jsonrpc: "2.0", id: 1, method, params});
  if (answer.error) throw Object.assign(new Error(`${method}: ${answer.error.message}`), answer.error);
  return answer.result;
}

module.exports = {CHAIN_ID, MNEMONIC, PATIENCE_MS, compile, inTime, post, rpc, sidecar, until, url, wsUrl};
