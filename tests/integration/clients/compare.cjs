// SPDX-License-Identifier: Apache-2.0
// The same signed transactions and the same questions to the appliance and to a node that was not written here; the answers must be equal but
// for what the two chains cannot share: hashes and times of blocks, fees, state roots.
//
// usage: node compare.cjs anvil|hardhat URL-OF-THE-APPLIANCE URL-OF-THE-OTHER
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const ethers = require("ethers");
const {CHAIN_ID, MNEMONIC, compile, until} = require("./toolkit.cjs");

const [name, ours, theirs] = process.argv.slice(2);
const is_anvil = name === "anvil";
const {abi, bytecode} = compile("Probe");
const probe = new ethers.Interface(abi);
const keyOf = index => ethers.HDNodeWallet.fromMnemonic(ethers.Mnemonic.fromPhrase(MNEMONIC), `m/44'/60'/0'/0/${index}`).privateKey;
const [deployer, sender, authority] = [0, 1, 2].map(index => new ethers.Wallet(keyOf(index)));
const address = ethers.getCreateAddress({from: deployer.address, nonce: 0});
const nobody = "0x00000000000000000000000000000000000c0ffe";
const gwei = n => ethers.parseUnits(String(n), "gwei");

async function ask(url, method, params) {
  const response = await fetch(url, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({jsonrpc: "2.0", id: 1, method, params})});
  return response.json();
}
const results = async (method, params) => {
  const answers = await Promise.all([ours, theirs].map(url => ask(url, method, params)));
  for (const [index, answer] of answers.entries()) if (answer.error) assert.fail(`${index ? name : "appliance"}: ${method}: ${JSON.stringify(answer.error).slice(0, 500)}`);
  return answers.map(answer => answer.result);
};

/** Text in lower case, numbers without what each side chooses by itself. */
function plain(value, without = []) {
  if (typeof value === "string") return value.startsWith("0x") ? value.toLowerCase() : value;
  if (Array.isArray(value)) return value.map(each => plain(each, without));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).filter(([key, member]) => !without.includes(key) && member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, plain(member, without)]));
}
async function same(what, method, params, {without = [], adapt = each => each} = {}) {
  const [left, right] = (await results(method, params)).map(each => plain(adapt(each), without));
  assert.deepEqual(left, right, `${what}: ${method} differs from ${name}`);
  return left;
}

const CHAIN_OWN = ["blockHash", "blockTimestamp", "effectiveGasPrice"];
const nonces = new Map();
const sent = [];

async function send(what, wallet, fields, gasLimit = 500_000) {
  const nonce = nonces.get(wallet) ?? 0;
  nonces.set(wallet, nonce + 1);
  const raw = await wallet.signTransaction({type: 2, chainId: CHAIN_ID, nonce, gasLimit, maxFeePerGas: gwei(50), maxPriorityFeePerGas: gwei(1), ...fields});
  const hash = ethers.keccak256(raw);
  // Hardhat's node answers a transaction that reverts with an error, and has it in a block all the same.
  for (const url of [ours, theirs]) await ask(url, "eth_sendRawTransaction", [raw]);
  for (const url of [ours, theirs]) await until(`${what} at ${url}`, async () => (await ask(url, "eth_getTransactionReceipt", [hash])).result);
  sent.push({what, hash});
}

test("the same transactions give the same receipts", async () => {
  const data = (method, values) => probe.encodeFunctionData(method, values);
  await send("deployment", deployer, {data: ethers.concat([bytecode, ethers.zeroPadValue("0x07", 32)]), value: 1000}, 3_000_000);
  await send("type 0", sender, {type: 0, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined, gasPrice: gwei(50), to: address, data: data("store", [1, "legacy"]), value: 3});
  await send("type 1", sender, {type: 1, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined, gasPrice: gwei(50), to: address, data: data("store", [2, "listed"]),
    accessList: [{address, storageKeys: [ethers.ZeroHash]}, {address: nobody, storageKeys: []}]});
  await send("type 2", sender, {to: address, data: data("store", [3, "x".repeat(100)])});
  await send("transfer", sender, {to: nobody, value: 12345});
  await send("transfer to the contract", sender, {to: address, value: 5});
  await send("a call that fails inside", sender, {to: address, data: data("tryRelay", [address, data("failWithError", [77])])});
  await send("a call within a call", sender, {to: address, data: data("relay", [address, data("spin", [20])]), value: 0});
  await send("a revert", sender, {to: address, data: data("failWithReason", [])});
  await send("out of gas", sender, {to: address, data: data("spin", [1_000_000])}, 90_000);
  await send("a creation that fails", deployer, {data: "0xfe"}, 100_000);
  const authorization = await authority.authorize({address, nonce: 0, chainId: CHAIN_ID});
  await send("type 4", deployer, {type: 4, to: authority.address, data: data("store", [4, "set code"]), authorizationList: [authorization]});
  for (const {what, hash} of sent) {
    // Anvil names a blob's price in every receipt; Hardhat gives a creation that failed no address. Here it is as with go-ethereum.
    const receipt = await same(what, "eth_getTransactionReceipt", [hash], {without: [...CHAIN_OWN, is_anvil ? "blobGasPrice" : what === "a creation that fails" ? "contractAddress" : ""]});
    assert.equal(receipt.transactionHash, hash);
    await same(what, "eth_getTransactionByHash", [hash], {without: [...CHAIN_OWN, "gasPrice", ...(is_anvil ? [] : ["yParity", "chainId"])]});
    if (is_anvil) await same(what, "eth_getRawTransactionByHash", [hash]);
  }
});

test("the same state", async () => {
  for (const account of [address, nobody, authority.address]) {
    await same(account, "eth_getBalance", [account, "latest"]);
    await same(account, "eth_getCode", [account, "latest"]);
    await same(account, "eth_getTransactionCount", [account, "latest"]);
    for (const block of ["0x1", "0x4", "latest"]) await same(account, "eth_getStorageAt", [account, ethers.ZeroHash, block]);
  }
  const proofs = await results("eth_getProof", [address, [ethers.ZeroHash, ethers.toBeHex(99, 32)], "latest"]);
  const [left, right] = proofs.map(proof => plain({storageHash: proof.storageHash, codeHash: proof.codeHash, proof: proof.storageProof.map(({value, proof}) => ({value, proof}))}));
  assert.deepEqual(left, right);
});

test("the same logs", async () => {
  const without = [...CHAIN_OWN];
  const topic = probe.getEvent("Stored").topicHash;
  for (const filter of [{address}, {topics: [topic]}, {topics: [null, ethers.zeroPadValue(sender.address, 32)]}, {topics: [[topic, ethers.ZeroHash], null, ethers.toBeHex(2, 32)]},
    {address: nobody}, {address: [address, authority.address], topics: [topic]}])
    await same(JSON.stringify(filter), "eth_getLogs", [{fromBlock: "0x0", toBlock: "latest", ...filter}], {without});
  await same("a range", "eth_getLogs", [{fromBlock: "0x3", toBlock: "0x4"}], {without});
});

test("the same answers to calls", async () => {
  const call = (method, values, more = {}) => ({from: sender.address, to: address, data: probe.encodeFunctionData(method, values), ...more});
  for (const [method, values] of [["value", []], ["owner", []], ["sum", [[1, 2, 3]]], ["entry", [0]], ["balanceOf", [sender.address]], ["spin", [5]]])
    await same(method, "eth_call", [call(method, values), "latest"]);
  await same("of an older block", "eth_call", [call("value", []), "0x2"]);
  await same("of an account without code", "eth_call", [{to: nobody, data: "0x12"}, "latest"]);
  for (const [method, values] of [["failWithReason", []], ["failWithError", [11]], ["failWithPanic", [0]], ["failWithoutData", []]]) {
    const [left, right] = await Promise.all([ours, theirs].map(url => ask(url, "eth_call", [call(method, values), "latest"])));
    // Hardhat's node has codes and texts of its own.
    const data = answer => answer.error.data?.data ?? answer.error.data ?? "0x";
    assert.deepEqual(data(left), data(right), method);
    if (is_anvil) assert.equal(left.error.code, right.error.code, method);
  }
});

test("the same traces, step by step", async () => {
  // Of a step: what both have. Anvil counts a call's cost without what it hands on.
  const steps = trace => trace.structLogs.map(({pc, op, depth, gas, stack, gasCost}) =>
    ({pc, op, depth, gas, stack: stack.map(word => BigInt(word.startsWith("0x") ? word : "0x" + word).toString(16)), gasCost: /CALL|CREATE/.test(op) ? 0 : gasCost}));
  for (const {what, hash} of sent) {
    if (what === "out of gas") continue;
    const traces = await results("debug_traceTransaction", [hash, {disableMemory: true, disableStorage: true}]);
    const [left, right] = traces.map(steps);
    assert.equal(left.length, right.length, `${what}: steps`);
    for (let i = 0; i < left.length; ++i) assert.deepEqual(left[i], right[i], `${what}: step ${i}`);
    assert.equal(traces[0].gas, traces[1].gas, what);
    assert.equal(traces[0].failed, traces[1].failed, what);
    // The outermost gas is the transaction's limit, as with go-ethereum; Anvil has taken its intrinsic gas off.
    if (is_anvil) await same(what, "debug_traceTransaction", [hash, {tracer: "callTracer"}], {without: ["revertReason"], adapt: ({gas, ...rest}) => rest});
  }
});

test("the same members of blocks", async () => {
  const blocks = await results("eth_getBlockByNumber", ["0x2", false]);
  // Hardhat and Anvil still have totalDifficulty; the execution-apis do not ask for it.
  const [left, right] = blocks.map(block => Object.keys(block).filter(key => key !== "totalDifficulty").sort());
  assert.deepEqual(left.filter(key => !right.includes(key)), [], "more than the other");
  assert.deepEqual(right.filter(key => !left.includes(key)), [], "less than the other");
  for (const key of ["transactions", "transactionsRoot", "receiptsRoot", "logsBloom", "gasUsed", "number", "sha3Uncles", "uncles", "nonce", "difficulty", "withdrawals", "withdrawalsRoot", "requestsHash"])
    assert.deepEqual(blocks[0][key], blocks[1][key], key);
  for (const [method, params] of [["eth_getBlockTransactionCountByNumber", ["0x1"]], ...(is_anvil ? [["eth_getUncleCountByBlockNumber", ["0x1"]]] : []), ["eth_getBlockByNumber", ["0xffff", false]],
    ["eth_getTransactionByHash", [ethers.ZeroHash]], ["eth_getTransactionReceipt", [ethers.ZeroHash]], ["eth_chainId", []], ["net_version", []], ["web3_sha3", ["0x1234"]]])
    await same("", method, params);
});
