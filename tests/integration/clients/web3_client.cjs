// SPDX-License-Identifier: Apache-2.0
// web3.js v4 against the appliance, as an application uses it. It signs types 0 to 2; of the others it has no encoder and only reads.
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const {Web3} = require("web3");
const ethers = require("ethers");
const {CHAIN_ID, MNEMONIC, compile, rpc, sidecar, until, url, wsUrl} = require("./toolkit.cjs");

const {abi, bytecode} = compile("Probe");
const web3 = new Web3(url);
web3.eth.transactionPollingInterval = 50;
web3.eth.transactionReceiptPollingInterval = 50;
web3.eth.transactionConfirmationBlocks = 1;
web3.eth.contractDataInputFill = "both";
const keyOf = index => ethers.HDNodeWallet.fromMnemonic(ethers.Mnemonic.fromPhrase(MNEMONIC), `m/44'/60'/0'/0/${index}`).privateKey;
const [deployer, sender, authority] = [0, 1, 2].map(index => web3.eth.accounts.privateKeyToAccount(keyOf(index)));
for (const account of [deployer, sender]) web3.eth.accounts.wallet.add(account);
const gwei = n => web3.utils.toWei(String(n), "gwei");
const failed = promise => promise.then(() => assert.fail("it did not fail"), error => error);

let probe;
let deployed_in;

test("reads the chain", async () => {
  assert.equal(await web3.eth.getChainId(), BigInt(CHAIN_ID));
  assert.equal(await web3.eth.net.getId(), BigInt(CHAIN_ID));
  assert.equal(await web3.eth.net.isListening(), true);
  assert.equal(await web3.eth.isSyncing(), false);
  assert.match(await web3.eth.getNodeInfo(), /\//);
  const genesis = await web3.eth.getBlock(0);
  assert.equal(genesis.number, 0n);
  assert.equal((await web3.eth.getBlock(genesis.hash)).hash, genesis.hash);
  assert.ok(await web3.eth.getBalance(deployer.address) >= 10n ** 21n);
  assert.ok(await web3.eth.getGasPrice() > 0n);
  assert.ok(await web3.eth.getMaxPriorityFeePerGas() > 0n);
  assert.equal(await web3.eth.getBlockTransactionCount(0), 0n);
  assert.equal(await web3.eth.getBlockUncleCount(0), 0n);
});

test("deploys a contract", async () => {
  const sent = new web3.eth.Contract(abi).deploy({data: bytecode, arguments: [7]}).send({from: deployer.address, value: "1000", gas: "3000000"});
  const events = [];
  sent.on("transactionHash", hash => events.push(hash)).on("receipt", receipt => events.push(receipt.transactionHash));
  probe = await sent;
  assert.equal(events.length, 2);
  assert.equal(events[0], events[1]);
  deployed_in = (await web3.eth.getTransactionReceipt(events[0])).blockNumber;
  assert.equal(await probe.methods.value().call(), 7n);
  assert.equal(await probe.methods.owner().call(), deployer.address);
  assert.equal(await probe.methods.balanceOf(deployer.address).call(), 1000n);
  assert.ok((await web3.eth.getCode(probe.options.address)).length > 1000);
});

test("reads storage and calls at a block", async () => {
  await probe.methods.store(12, "first").send({from: deployer.address, gas: "300000"});
  assert.equal(BigInt(await web3.eth.getStorageAt(probe.options.address, 0)), 12n);
  assert.equal(BigInt(await web3.eth.getStorageAt(probe.options.address, 0, deployed_in)), 7n);
  assert.equal(await probe.methods.value().call({}, deployed_in), 7n);
  assert.equal(await probe.methods.sum([1, 2, 3]).call(), 6n);
  assert.equal((await probe.methods.entry(0).call()).note, "first");
});

const kinds = [{type: "0x0", gasPrice: gwei(3)}, {type: "0x1", gasPrice: gwei(3)}, {type: "0x2", maxFeePerGas: gwei(20), maxPriorityFeePerGas: gwei(1)}];
kinds.forEach((fees, type) =>
  test(`sends a transaction of type ${type}`, async () => {
    const to = probe.options.address;
    const accessList = type === 0 ? undefined : [{address: to, storageKeys: ["0x" + "0".repeat(64)]}];
    const data = probe.methods.store(100 + type, `type ${type}`).encodeABI();
    const signed = await web3.eth.accounts.signTransaction({
      ...fees, accessList, to, data, value: "5", gas: "300000", chainId: CHAIN_ID, nonce: await web3.eth.getTransactionCount(sender.address),
    }, sender.privateKey);
    const receipt = await web3.eth.sendSignedTransaction(signed.rawTransaction);
    assert.equal(receipt.status, 1n);
    assert.equal(receipt.type, BigInt(type));
    assert.equal(receipt.transactionHash, signed.transactionHash);
    assert.equal(await probe.methods.value().call(), BigInt(100 + type));
    const found = await web3.eth.getTransaction(signed.transactionHash);
    assert.equal(found.type, BigInt(type));
    assert.equal(web3.utils.toChecksumAddress(found.from), sender.address);
    assert.equal(found.blockHash, receipt.blockHash);
    assert.equal(found.r, signed.r);
    if (type > 0) assert.equal(found.accessList[0].storageKeys.length, 1);
    const block = await web3.eth.getBlock(receipt.blockHash, true);
    assert.equal(block.transactions[Number(receipt.transactionIndex)].hash, signed.transactionHash);
    assert.equal((await web3.eth.getTransactionFromBlock(receipt.blockHash, receipt.transactionIndex)).hash, signed.transactionHash);
  }));

test("reads transactions of types 3 and 4", async () => {
  // ethers signs them, and they go in as they are.
  const wallet = new ethers.Wallet(keyOf(3), new ethers.JsonRpcProvider(url, CHAIN_ID, {staticNetwork: true, cacheTimeout: -1}));
  const common = {chainId: CHAIN_ID, to: probe.options.address, gasLimit: 300_000, maxFeePerGas: gwei(20), maxPriorityFeePerGas: gwei(1)};
  const authorization = await new ethers.Wallet(authority.privateKey).authorize({address: probe.options.address, nonce: await web3.eth.getTransactionCount(authority.address), chainId: CHAIN_ID});
  const set_code = await wallet.signTransaction({...common, type: 4, nonce: await wallet.getNonce(), to: authority.address, authorizationList: [authorization]});
  const receipt_of = hash => until("a receipt", () => web3.eth.getTransactionReceipt(hash).catch(() => null));
  const receipt = await receipt_of(await rpc("eth_sendRawTransaction", [set_code]));
  assert.equal(receipt.type, 4n);
  assert.equal(receipt.status, 1n);
  assert.equal((await web3.eth.getCode(authority.address)).toLowerCase(), ("0xef0100" + probe.options.address.slice(2)).toLowerCase());
  assert.equal((await web3.eth.getTransaction(receipt.transactionHash)).type, 4n);
  const {blob, commitment, cellProofs} = sidecar();
  const hashed = "0x01" + ethers.sha256(commitment).slice(4);
  const signed = await wallet.signTransaction({...common, type: 3, nonce: await wallet.getNonce(), maxFeePerBlobGas: gwei(10), blobVersionedHashes: [hashed], data: probe.methods.store(33, "blob").encodeABI()});
  const hash = await rpc("eth_sendRawTransaction", [ethers.concat(["0x03", ethers.encodeRlp([ethers.decodeRlp("0x" + signed.slice(4)), "0x01", [blob], [commitment], cellProofs])])]);
  const carried = await receipt_of(hash);
  assert.equal(carried.type, 3n);
  assert.equal(carried.status, 1n);
  assert.equal((await web3.eth.getTransaction(hash)).type, 3n);
  wallet.provider.destroy();
});

test("reads logs and fees", async () => {
  const mine = await probe.getPastEvents("Stored", {filter: {who: sender.address}, fromBlock: deployed_in, toBlock: "latest"});
  assert.deepEqual(mine.map(event => event.returnValues.note), ["type 0", "type 1", "type 2"]);
  const raw = await web3.eth.getPastLogs({address: probe.options.address, fromBlock: deployed_in, toBlock: "latest"});
  assert.ok(raw.length >= 4);
  const history = await web3.eth.getFeeHistory(3, "latest", [50]);
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  const fees = await web3.eth.calculateFeeData();
  assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas);
});

test("estimates", async () => {
  const gas = await probe.methods.store(4711, "estimated").estimateGas({from: deployer.address});
  const receipt = await probe.methods.store(4711, "estimated").send({from: deployer.address, gas: gas.toString()});
  assert.equal(receipt.status, 1n);
  assert.ok(BigInt(receipt.gasUsed) <= gas);
  const list = await web3.eth.createAccessList({from: sender.address, to: probe.options.address, data: probe.methods.value().encodeABI()});
  assert.equal(list.accessList[0].storageKeys.length, 1);
});

test("decodes why a call fails", async () => {
  assert.match((await failed(probe.methods.failWithReason().call())).cause.message, /asked to fail/);
  const custom = await failed(probe.methods.failWithError(11).call());
  assert.equal(custom.cause.errorName, "TooLarge");
  assert.equal(custom.cause.errorArgs.given, 11n);
  assert.match((await failed(probe.methods.failWithPanic(0).call())).cause.data, /^0x4e487b71/);
  const estimated = await failed(probe.methods.failWithError(12).estimateGas({from: deployer.address}));
  assert.match(`${estimated.message} ${estimated.cause?.message ?? ""} ${estimated.innerError?.message ?? ""}`, /revert/);
});

test("knows why a transaction was refused", async () => {
  const to = deployer.address;
  const nonce = await web3.eth.getTransactionCount(sender.address);
  const sign = async fields => (await web3.eth.accounts.signTransaction(
    {to, nonce, chainId: CHAIN_ID, gas: "21000", type: "0x2", maxFeePerGas: gwei(20), maxPriorityFeePerGas: gwei(2), ...fields}, sender.privateKey)).rawTransaction;
  // Without web3's own eth_call in front, so that the answer is the pool's.
  const send = async fields => web3.eth.sendSignedTransaction(await sign(fields), undefined, {checkRevertBeforeSending: false});
  const reason = async fields => {
    const error = await failed(send(fields));
    return `${error.message} ${error.innerError?.message ?? ""}`;
  };
  assert.match(await reason({nonce: 0}), /nonce too low/);
  assert.match(await reason({value: web3.utils.toWei("1000000000", "ether")}), /insufficient funds/i);
  // It waits for a nonce that nobody sends, and web3 would wait with it.
  await rpc("eth_sendRawTransaction", [await sign({nonce: nonce + 5n})]);
  assert.match(await reason({nonce: nonce + 5n, value: "1"}), /replacement transaction underpriced/);
});

test("asks in batches", async () => {
  const batch = new web3.BatchRequest();
  const answers = Array.from({length: 20}, () => batch.add({method: "eth_blockNumber", params: []}));
  answers.push(batch.add({method: "eth_getBalance", params: [deployer.address, "latest"]}));
  await batch.execute({timeout: 20_000});
  const found = await Promise.all(answers);
  assert.ok(found.every(answer => BigInt(answer) > 0n));
});

test("traces and proves", async () => {
  const receipt = await probe.methods.store(8, "traced").send({from: deployer.address, gas: "300000"});
  const calls = await web3.requestManager.send({method: "debug_traceTransaction", params: [receipt.transactionHash, {tracer: "callTracer"}]});
  assert.equal(BigInt(calls.gasUsed), receipt.gasUsed);
  const proof = await web3.eth.getProof(probe.options.address, ["0x" + "0".repeat(64)], "latest");
  assert.equal(BigInt(proof.storageProof[0].value), 8n);
});

test("subscribes over WebSocket", async () => {
  const socket = new Web3(wsUrl);
  socket.eth.accounts.wallet.add(deployer);
  const [heads, hashes, logs, events] = [[], [], [], []];
  const newHeads = await socket.eth.subscribe("newBlockHeaders");
  newHeads.on("data", head => heads.push(head.number));
  const pending = await socket.eth.subscribe("pendingTransactions");
  pending.on("data", hash => hashes.push(hash));
  const address = probe.options.address;
  const filtered = await socket.eth.subscribe("logs", {address});
  filtered.on("data", log => logs.push(log.transactionHash));
  const contract = new socket.eth.Contract(abi, address);
  contract.events.Stored({filter: {value: 1234}}).on("data", event => events.push(event.returnValues.note));
  // The event's own subscription is asked for without waiting; an answer on the same socket comes after it.
  await socket.eth.getChainId();
  const receipt = await contract.methods.store(1234, "pushed").send({from: deployer.address, gas: "300000"});
  await until("a pushed block", () => heads.includes(receipt.blockNumber));
  await until("a pending transaction", () => hashes.includes(receipt.transactionHash));
  await until("a pushed log", () => logs.includes(receipt.transactionHash));
  await until("a pushed event", () => events.includes("pushed"));
  await newHeads.unsubscribe();
  await socket.subscriptionManager.clear();
  socket.provider.disconnect();
});
