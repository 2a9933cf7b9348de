// SPDX-License-Identifier: Apache-2.0
// ethers v6 against the appliance, as an application uses it.
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const ethers = require("ethers");
const {CHAIN_ID, MNEMONIC, PATIENCE_MS, compile, inTime, rpc, sidecar, until, url, wsUrl} = require("./toolkit.cjs");

const {abi, bytecode} = compile("Probe");
const provider = new ethers.JsonRpcProvider(url, undefined, {pollingInterval: 50, cacheTimeout: -1});
const phrase = ethers.Mnemonic.fromPhrase(MNEMONIC);
const walletOf = index => ethers.HDNodeWallet.fromMnemonic(phrase, `m/44'/60'/0'/0/${index}`).connect(provider);
const [deployer, sender, authority] = [0, 1, 2].map(walletOf);
const stranger = () => ethers.Wallet.createRandom().connect(provider);
const ether = ethers.parseEther;

let probe;
let deployment;

test.after(() => provider.destroy());

test("reads the chain", async () => {
  const network = await provider.getNetwork();
  assert.equal(network.chainId, BigInt(CHAIN_ID));
  const genesis = await provider.getBlock(0);
  assert.equal(genesis.number, 0);
  assert.equal(genesis.parentHash, ethers.ZeroHash);
  assert.equal((await provider.getBlock(genesis.hash)).hash, genesis.hash);
  assert.equal(await provider.getBlock(1_000_000), null);
  assert.ok(await provider.getBalance(deployer.address) >= ether("1000"));
  assert.equal(await provider.getTransactionCount(stranger().address), 0);
  const fees = await provider.getFeeData();
  assert.ok(fees.gasPrice > 0n && fees.maxFeePerGas > 0n && fees.maxPriorityFeePerGas > 0n);
});

test("deploys a contract", async () => {
  const factory = new ethers.ContractFactory(abi, bytecode, deployer);
  probe = await factory.deploy(7, {value: 1000});
  deployment = await probe.deploymentTransaction().wait();
  const address = await probe.getAddress();
  assert.equal(deployment.status, 1);
  assert.equal(deployment.contractAddress, address);
  assert.equal(address, ethers.getCreateAddress({from: deployer.address, nonce: probe.deploymentTransaction().nonce}));
  assert.equal(await probe.value(), 7n);
  assert.equal(await probe.owner(), deployer.address);
  assert.equal(await probe.balanceOf(deployer.address), 1000n);
  assert.equal(await provider.getBalance(address), 1000n);
  const code = await provider.getCode(address);
  assert.ok(code.length > 1000 && bytecode.length > code.length);
});

test("reads storage, code and calls at a block", async () => {
  const address = await probe.getAddress();
  const before = deployment.blockNumber;
  await (await probe.store(12, "first")).wait();
  assert.equal(BigInt(await provider.getStorage(address, 0)), 12n);
  assert.equal(BigInt(await provider.getStorage(address, 0, before)), 7n);
  assert.equal(await probe.value({blockTag: before}), 7n);
  assert.equal(await provider.getCode(address, before - 1), "0x");
  const slot = ethers.solidityPackedKeccak256(["uint256", "uint256"], [deployer.address, 1]);
  assert.equal(BigInt(await provider.getStorage(address, slot)), 1000n);
  assert.equal(await probe.sum([1, 2, 3]), 6n);
  assert.deepEqual((await probe.entry(0)).toArray(), [deployer.address, BigInt(await provider.getBlockNumber()), "first"]);
});

const kinds = {
  0: {type: 0, gasPrice: ethers.parseUnits("3", "gwei")},
  1: {type: 1, gasPrice: ethers.parseUnits("3", "gwei")},
  2: {type: 2},
};
for (const [type, overrides] of Object.entries(kinds))
  test(`sends a transaction of type ${type}`, async () => {
    const address = await probe.getAddress();
    const value = 100n + BigInt(type);
    const accessList = type === "0" ? undefined : [{address, storageKeys: [ethers.ZeroHash]}];
    const was = await provider.getBalance(sender.address);
    const sent = await probe.connect(sender).store(value, `type ${type}`, {...overrides, accessList, value: 5});
    const receipt = await sent.wait();
    assert.equal(receipt.status, 1);
    assert.equal(receipt.type, Number(type));
    assert.equal(await probe.value(), value);
    assert.equal(was - await provider.getBalance(sender.address), receipt.fee + 5n);
    const read = await provider.getTransaction(sent.hash);
    assert.equal(read.type, Number(type));
    assert.equal(read.from, sender.address);
    assert.equal(read.value, 5n);
    assert.equal(read.blockHash, receipt.blockHash);
    assert.equal(read.chainId, BigInt(CHAIN_ID));
    // ethers makes the signed bytes anew from the fields that the server gave: their hash is the transaction's.
    assert.equal(ethers.keccak256(ethers.Transaction.from(read).serialized), sent.hash);
    assert.equal(ethers.Transaction.from(read).from, sender.address);
    if (type !== "0") assert.deepEqual(ethers.accessListify(read.accessList), ethers.accessListify(accessList));
    const [log] = receipt.logs.map(entry => probe.interface.parseLog(entry));
    assert.deepEqual([log.name, ...log.args], ["Stored", sender.address, value, `type ${type}`]);
    const block = await provider.getBlock(receipt.blockNumber, true);
    assert.equal(block.prefetchedTransactions[receipt.index].hash, sent.hash);
  });

test("sends a set-code transaction (type 4)", async () => {
  const address = await probe.getAddress();
  const authorization = await authority.authorize({address, nonce: await authority.getNonce(), chainId: CHAIN_ID});
  const sent = await deployer.sendTransaction({
    type: 4, to: authority.address, authorizationList: [authorization],
    data: probe.interface.encodeFunctionData("store", [99, "on an account"]), gasLimit: 400_000,
  });
  const receipt = await sent.wait();
  assert.equal(receipt.status, 1);
  assert.equal(receipt.type, 4);
  assert.equal(await provider.getCode(authority.address), ethers.concat(["0xef0100", address]).toLowerCase());
  const account = probe.attach(authority.address);
  assert.equal(await account.value(), 99n);
  assert.equal(receipt.logs[0].address, authority.address);
  const read = await provider.getTransaction(sent.hash);
  assert.equal(read.authorizationList.length, 1);
  assert.equal(read.authorizationList[0].address, address);
  assert.equal(ethers.keccak256(ethers.Transaction.from(read).serialized), sent.hash);
  assert.equal(await authority.getNonce(), 1);
  // Taken back: an authorization of the zero address.
  const back = await authority.authorize({address: ethers.ZeroAddress, nonce: 1, chainId: CHAIN_ID});
  await (await deployer.sendTransaction({type: 4, to: deployer.address, authorizationList: [back], gasLimit: 100_000})).wait();
  assert.equal(await provider.getCode(authority.address), "0x");
});

test("sends a blob transaction (type 3)", async () => {
  const {blob, commitment, cellProofs} = sidecar();
  const address = await probe.getAddress();
  const transaction = ethers.Transaction.from({
    type: 3, chainId: CHAIN_ID, nonce: await sender.getNonce(), to: address, gasLimit: 300_000,
    maxFeePerGas: ethers.parseUnits("10", "gwei"), maxPriorityFeePerGas: ethers.parseUnits("1", "gwei"), maxFeePerBlobGas: ethers.parseUnits("10", "gwei"),
    data: probe.interface.encodeFunctionData("store", [33, "with a blob"]),
    blobVersionedHashes: [ethers.hexlify(Buffer.concat([Buffer.from([1]), ethers.getBytes(ethers.sha256(commitment)).slice(1)]))],
  });
  // Signed is the transaction; sent is its network form of EIP-7594: version, blobs, commitments, 128 proofs of cells for each blob.
  const signed = await sender.signTransaction(transaction);
  const body = ethers.decodeRlp("0x" + signed.slice(4));
  const wire = ethers.concat(["0x03", ethers.encodeRlp([body, "0x01", [blob], [commitment], cellProofs])]);
  const hash = await rpc("eth_sendRawTransaction", [wire]);
  assert.equal(hash, ethers.keccak256(signed));
  const receipt = await provider.waitForTransaction(hash, 1, PATIENCE_MS);
  assert.equal(receipt.status, 1);
  assert.equal(receipt.type, 3);
  assert.equal(receipt.blobGasUsed, 131_072n);
  assert.ok(receipt.blobGasPrice >= 1n);
  const read = await provider.getTransaction(hash);
  assert.deepEqual(read.blobVersionedHashes, transaction.blobVersionedHashes);
  assert.equal(read.maxFeePerBlobGas, transaction.maxFeePerBlobGas);
  const block = await provider.getBlock(receipt.blockNumber);
  assert.equal(block.blobGasUsed, 131_072n);
});

test("reads logs", async () => {
  const address = await probe.getAddress();
  const all = await probe.queryFilter("Stored", deployment.blockNumber, "latest");
  assert.ok(all.length >= 4);
  const mine = await probe.queryFilter(probe.filters.Stored(sender.address, 101n), deployment.blockNumber);
  assert.deepEqual(mine.map(log => log.args.note), ["type 1"]);
  const either = await probe.queryFilter(probe.filters.Stored(null, [100n, 102n]), 0);
  assert.deepEqual(either.map(log => log.args.note), ["type 0", "type 2"]);
  const [log] = mine;
  assert.deepEqual((await provider.getLogs({blockHash: log.blockHash, address})).map(entry => entry.transactionHash), [log.transactionHash]);
  assert.deepEqual(await provider.getLogs({fromBlock: 0, address: stranger().address}), []);
});

test("estimates, and the estimate is enough", async () => {
  const store = await probe.store.estimateGas(4711, "estimated");
  const sent = await probe.store(4711, "estimated", {gasLimit: store});
  const receipt = await sent.wait();
  assert.equal(receipt.status, 1);
  assert.ok(receipt.gasUsed <= store);
  assert.equal(await provider.estimateGas({from: sender.address, to: stranger().address, value: 1}), 21_000n);
  assert.ok(await provider.estimateGas({from: deployer.address, data: ethers.concat([bytecode, ethers.zeroPadValue("0x01", 32)])}) > 500_000n);
});

test("decodes why a call fails", async () => {
  await assert.rejects(probe.failWithReason(), error => ethers.isError(error, "CALL_EXCEPTION") && error.reason === "asked to fail");
  await assert.rejects(probe.failWithError(11), error => error.code === "CALL_EXCEPTION" && error.revert.name === "TooLarge" && error.revert.args[0] === 11n);
  await assert.rejects(probe.failWithPanic(0), error => error.code === "CALL_EXCEPTION" && error.revert.name === "Panic" && Number(error.revert.args[0]) === 0x12);
  await assert.rejects(probe.failWithoutData(), error => error.code === "CALL_EXCEPTION" && error.data === "0x");
  await assert.rejects(probe.failWithError.estimateGas(12), error => error.code === "CALL_EXCEPTION" && error.action === "estimateGas" && probe.interface.parseError(error.data).name === "TooLarge");
  const address = await probe.getAddress();
  const inner = probe.interface.encodeFunctionData("failWithError", [500]);
  await assert.rejects(probe.relay.staticCall(address, inner), error => error.revert.args[0] === 500n);
});

test("sees a transaction that failed", async () => {
  const sent = await deployer.sendTransaction({to: await probe.getAddress(), data: probe.interface.encodeFunctionData("failWithError", [77]), gasLimit: 100_000});
  await assert.rejects(sent.wait(), error => error.code === "CALL_EXCEPTION" && error.receipt.status === 0);
});

test("knows why a transaction was refused", async () => {
  const to = deployer.address;
  await assert.rejects(sender.sendTransaction({to, nonce: 0}), error => error.code === "NONCE_EXPIRED");
  await assert.rejects(sender.sendTransaction({to, value: ether("1000000000"), gasLimit: 21_000}), error => error.code === "INSUFFICIENT_FUNDS");
  await assert.rejects(stranger().sendTransaction({to, value: 1, gasLimit: 21_000}), error => error.code === "INSUFFICIENT_FUNDS");
  const gwei = n => ethers.parseUnits(String(n), "gwei");
  const later = {to, nonce: await sender.getNonce() + 5, gasLimit: 21_000, maxPriorityFeePerGas: gwei(2)};
  await sender.sendTransaction({...later, maxFeePerGas: gwei(20)});
  await assert.rejects(sender.sendTransaction({...later, maxFeePerGas: gwei(20), maxPriorityFeePerGas: gwei(2), value: 1}),
    error => error.code === "REPLACEMENT_UNDERPRICED");
  await assert.rejects(provider.broadcastTransaction(await sender.signTransaction({...later, nonce: await sender.getNonce(), type: 2, chainId: 5, maxFeePerGas: gwei(20)})),
    /chain/i);
});

test("takes signed bytes", async () => {
  const filled = await sender.populateTransaction({to: stranger().address, value: 42});
  const raw = await sender.signTransaction(filled);
  const sent = await provider.broadcastTransaction(raw);
  const receipt = await sent.wait();
  assert.equal(receipt.hash, ethers.keccak256(raw));
  assert.equal(await provider.getBalance(filled.to), 42n);
  await assert.rejects(provider.broadcastTransaction(raw), error => error.code === "NONCE_EXPIRED" || /already known/.test(error.message));
});

test("counts what is pending", async () => {
  const wallet = walletOf(3);
  const first = await wallet.getNonce();
  const sent = [];
  for (let i = 0; i < 20; ++i) sent.push(await wallet.sendTransaction({to: sender.address, value: i, nonce: first + i, gasLimit: 21_000}));
  const receipts = await Promise.all(sent.map(each => each.wait()));
  assert.ok(receipts.every(receipt => receipt.status === 1));
  assert.equal(await wallet.getNonce("pending"), first + 20);
  assert.equal(await wallet.getNonce("latest"), first + 20);
});

test("asks in batches", async () => {
  const batched = new ethers.JsonRpcProvider(url, CHAIN_ID, {staticNetwork: true, batchMaxCount: 40, batchStallTime: 20, cacheTimeout: -1});
  const numbers = await Promise.all(Array.from({length: 40}, (_, i) => probe.connect(batched).sum([i, i])));
  assert.deepEqual(numbers, Array.from({length: 40}, (_, i) => BigInt(2 * i)));
  const mixed = await Promise.allSettled([batched.getBlockNumber(), probe.connect(batched).failWithReason(), batched.getBalance(deployer.address)]);
  assert.deepEqual(mixed.map(each => each.status), ["fulfilled", "rejected", "fulfilled"]);
  batched.destroy();
});

test("proves an account, checked by hashes alone", async () => {
  const address = await probe.getAddress();
  const block = await provider.getBlock("latest");
  const proof = await provider.send("eth_getProof", [address, [ethers.ZeroHash], ethers.toQuantity(block.number)]);
  assert.equal(proof.balance, ethers.toQuantity(await provider.getBalance(address)));
  assert.equal(proof.codeHash, ethers.keccak256(await provider.getCode(address)));
  assert.equal(ethers.keccak256(proof.accountProof[0]), block.stateRoot);
  const leaf = ethers.decodeRlp(proof.accountProof.at(-1));
  assert.equal(leaf.length, 2);
  assert.deepEqual(ethers.decodeRlp(leaf[1]).slice(2), [proof.storageHash, proof.codeHash]);
  assert.equal(ethers.keccak256(proof.storageProof[0].proof[0]), proof.storageHash);
  assert.equal(BigInt(proof.storageProof[0].value), await probe.value());
});

test("traces", async () => {
  const address = await probe.getAddress();
  const inner = probe.interface.encodeFunctionData("failWithError", [50]);
  const sent = await probe.tryRelay(address, inner, {gasLimit: 200_000});
  const receipt = await sent.wait();
  const steps = await provider.send("debug_traceTransaction", [sent.hash, {}]);
  assert.equal(steps.failed, false);
  assert.equal(BigInt(steps.gas), receipt.gasUsed);
  assert.equal(steps.structLogs[0].pc, 0);
  assert.ok(steps.structLogs.some(step => step.op === "CALL") && steps.structLogs.some(step => step.depth === 2 && step.op === "REVERT"));
  const calls = await provider.send("debug_traceTransaction", [sent.hash, {tracer: "callTracer", tracerConfig: {withLog: true}}]);
  assert.equal(calls.type, "CALL");
  assert.equal(calls.to, address.toLowerCase());
  assert.equal(BigInt(calls.gasUsed), receipt.gasUsed);
  assert.equal(calls.calls.length, 1);
  assert.equal(calls.calls[0].input, inner);
  assert.equal(calls.calls[0].error, "execution reverted");
  assert.equal(probe.interface.parseError(calls.calls[0].output).args[0], 50n);
  assert.equal(calls.logs.length, 1);
  const before = await provider.send("debug_traceTransaction", [sent.hash, {tracer: "prestateTracer"}]);
  assert.equal(Number(before[deployer.address.toLowerCase()].nonce), sent.nonce);
  assert.equal(before[address.toLowerCase()].code, await provider.getCode(address));
  const changed = await provider.send("debug_traceTransaction", [sent.hash, {tracer: "prestateTracer", tracerConfig: {diffMode: true}}]);
  assert.equal(Number(changed.post[deployer.address.toLowerCase()].nonce), sent.nonce + 1);
  const called = await provider.send("debug_traceCall", [{from: sender.address, to: address, data: probe.interface.encodeFunctionData("store", [3, "x"])}, "latest", {tracer: "callTracer"}]);
  assert.equal(called.from, sender.address.toLowerCase());
  assert.equal(called.error, undefined);
});

test("replaces state in a call", async () => {
  const address = await probe.getAddress();
  const call = {to: address, data: probe.interface.encodeFunctionData("value")};
  const answer = await provider.send("eth_call", [call, "latest", {[address]: {stateDiff: {[ethers.ZeroHash]: ethers.zeroPadValue("0xabcd", 32)}}}]);
  assert.equal(BigInt(answer), 0xabcdn);
  const list = await provider.send("eth_createAccessList", [{...call, from: sender.address}, "latest"]);
  assert.deepEqual(list.accessList, [{address: address.toLowerCase(), storageKeys: [ethers.ZeroHash]}]);
});

test("polls filters", async () => {
  const {filter} = {filter: await provider.send("eth_newFilter", [{address: await probe.getAddress()}])};
  const blocks = await provider.send("eth_newBlockFilter", []);
  const receipt = await (await probe.store(81, "filtered")).wait();
  const logs = await until("a log", async () => {
    const found = await provider.send("eth_getFilterChanges", [filter]);
    return found.length ? found : null;
  });
  assert.deepEqual(logs.map(log => log.transactionHash), [receipt.hash]);
  assert.ok((await provider.send("eth_getFilterChanges", [blocks])).includes(receipt.blockHash));
  assert.equal((await provider.send("eth_getFilterLogs", [filter])).length >= 1, true);
  assert.equal(await provider.send("eth_uninstallFilter", [filter]), true);
  await assert.rejects(rpc("eth_getFilterChanges", [filter]), /filter not found/);
  assert.equal(await rpc("eth_uninstallFilter", [blocks]), true);
});

test("subscribes over WebSocket", async () => {
  const socket = new ethers.WebSocketProvider(wsUrl, CHAIN_ID);
  const [blocks, pending, logs] = [[], [], []];
  await socket.on("block", number => blocks.push(number));
  await socket.on("pending", hash => pending.push(hash));
  const listening = probe.connect(socket);
  await listening.on("Stored", (who, value, note, event) => logs.push([who, value, note, event.log.transactionHash]));
  await socket.getBlockNumber();
  const sent = await probe.store(1234, "pushed");
  const receipt = await sent.wait();
  await until("a pushed log", () => logs.some(log => log[3] === sent.hash));
  await until("a pushed block", () => blocks.includes(receipt.blockNumber));
  await until("a pending transaction", () => pending.includes(sent.hash));
  assert.deepEqual(logs.find(log => log[3] === sent.hash).slice(0, 3), [deployer.address, 1234n, "pushed"]);
  // The same socket also answers and sends.
  const other = walletOf(4).connect(socket);
  const paid = await inTime("a receipt over WebSocket", other.sendTransaction({to: sender.address, value: 9}).then(each => each.wait()));
  assert.equal(paid.status, 1);
  await listening.removeAllListeners();
  await socket.removeAllListeners();
  await socket.send("eth_chainId", []);
  await socket.destroy();
});
