// SPDX-License-Identifier: Apache-2.0
// viem against the appliance, as an application uses it.
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const viem = require("viem");
const {mnemonicToAccount, privateKeyToAccount, generatePrivateKey} = require("viem/accounts");
const {CHAIN_ID, MNEMONIC, compile, inTime, rpc, sidecar, until, url, wsUrl} = require("./toolkit.cjs");

const {abi, bytecode} = compile("Probe");
const chain = viem.defineChain({
  id: CHAIN_ID, name: "development", nativeCurrency: {name: "Ether", symbol: "ETH", decimals: 18}, rpcUrls: {default: {http: [url], webSocket: [wsUrl]}},
});
const transport = viem.http(url, {retryCount: 0});
const reader = viem.createPublicClient({chain, transport, pollingInterval: 50, cacheTime: 0});
const accounts = [0, 1, 2, 3].map(index => mnemonicToAccount(MNEMONIC, {addressIndex: index}));
const walletOf = account => viem.createWalletClient({account, chain, transport, pollingInterval: 50, cacheTime: 0}).extend(viem.publicActions);
const [deployer, sender, authority, payer] = accounts.map(walletOf);
const stranger = () => privateKeyToAccount(generatePrivateKey());
const receiptOf = hash => reader.waitForTransactionReceipt({hash, timeout: 60_000, retryCount: 0});
const caused = (error, kind) => error.walk(each => each instanceof kind) instanceof kind;

let address;
let deployed;
const read = (functionName, args = [], more = {}) => reader.readContract({address, abi, functionName, args, ...more});
const write = (wallet, functionName, args = [], more = {}) => wallet.writeContract({address, abi, functionName, args, ...more});

test("reads the chain", async () => {
  assert.equal(await reader.getChainId(), CHAIN_ID);
  const genesis = await reader.getBlock({blockNumber: 0n});
  assert.equal(genesis.number, 0n);
  assert.equal((await reader.getBlock({blockHash: genesis.hash})).hash, genesis.hash);
  await assert.rejects(reader.getBlock({blockNumber: 1_000_000n}), viem.BlockNotFoundError);
  assert.ok(await reader.getBalance({address: deployer.account.address}) >= viem.parseEther("1000"));
  const fees = await reader.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas);
  assert.ok(await reader.getGasPrice() > 0n);
  assert.ok(await reader.getBlobBaseFee() >= 1n);
  await assert.rejects(reader.getTransaction({hash: viem.zeroHash}), viem.TransactionNotFoundError);
  await assert.rejects(reader.getTransactionReceipt({hash: viem.zeroHash}), viem.TransactionReceiptNotFoundError);
});

test("deploys a contract", async () => {
  const hash = await deployer.deployContract({abi, bytecode, args: [7n], value: 1000n});
  deployed = await receiptOf(hash);
  assert.equal(deployed.status, "success");
  address = viem.getAddress(deployed.contractAddress);
  assert.equal(await read("value"), 7n);
  assert.equal(await read("owner"), deployer.account.address);
  assert.equal(await read("balanceOf", [deployer.account.address]), 1000n);
  assert.ok(viem.size(await reader.getCode({address})) > 500);
});

test("reads storage and calls at a block", async () => {
  const receipt = await receiptOf(await write(deployer, "store", [12n, "first"]));
  assert.equal(viem.hexToBigInt(await reader.getStorageAt({address, slot: "0x0"})), 12n);
  assert.equal(viem.hexToBigInt(await reader.getStorageAt({address, slot: "0x0", blockNumber: deployed.blockNumber})), 7n);
  assert.equal(await read("value", [], {blockNumber: deployed.blockNumber}), 7n);
  assert.equal(await reader.getCode({address, blockNumber: deployed.blockNumber - 1n}), undefined);
  assert.deepEqual(await read("entry", [0n]), {who: deployer.account.address, block_number: receipt.blockNumber, note: "first"});
});

const kinds = {legacy: {gasPrice: viem.parseGwei("3")}, eip2930: {gasPrice: viem.parseGwei("3")}, eip1559: {}};
for (const [index, [type, fees]] of Object.entries(kinds).entries())
  test(`sends a transaction of type ${index}, ${type}`, async () => {
    const accessList = type === "legacy" ? undefined : [{address, storageKeys: [viem.zeroHash]}];
    const value = 100n + BigInt(index);
    const hash = await write(sender, "store", [value, type], {type, ...fees, accessList, value: 5n});
    const receipt = await receiptOf(hash);
    assert.equal(receipt.status, "success");
    assert.equal(receipt.type, type);
    assert.equal(await read("value"), value);
    const found = await reader.getTransaction({hash});
    assert.equal(found.type, type);
    assert.equal(viem.getAddress(found.from), sender.account.address);
    assert.equal(found.typeHex, viem.toHex(index));
    assert.equal(found.blockHash, receipt.blockHash);
    const signer = await viem.recoverTransactionAddress({
      serializedTransaction: viem.serializeTransaction({...found, data: found.input, gasPrice: type === "eip1559" ? undefined : found.gasPrice}, found),
    });
    assert.equal(signer, sender.account.address);
    const [event] = viem.parseEventLogs({abi, logs: receipt.logs});
    assert.deepEqual([event.eventName, event.args], ["Stored", {who: sender.account.address, value, note: type}]);
    const block = await reader.getBlock({blockHash: receipt.blockHash, includeTransactions: true});
    assert.equal(block.transactions[receipt.transactionIndex].hash, hash);
  });

test("sends a set-code transaction (type 4)", async () => {
  const authorization = await authority.signAuthorization({contractAddress: address});
  const receipt = await receiptOf(await deployer.writeContract({
    address: authority.account.address, abi, functionName: "store", args: [99n, "on an account"], authorizationList: [authorization],
  }));
  assert.equal(receipt.status, "success");
  assert.equal(receipt.type, "eip7702");
  assert.equal(await reader.getCode({address: authority.account.address}), ("0xef0100" + address.slice(2)).toLowerCase());
  assert.equal(viem.getAddress((await reader.getDelegation({address: authority.account.address}))), address);
  assert.equal(await reader.readContract({address: authority.account.address, abi, functionName: "value"}), 99n);
  const found = await reader.getTransaction({hash: receipt.transactionHash});
  assert.equal(found.authorizationList.length, 1);
  assert.equal(viem.getAddress(found.authorizationList[0].address), address);
  // The authority sends for itself: its own nonce goes up before its authorization is looked at.
  const own = await authority.signAuthorization({contractAddress: viem.zeroAddress, executor: "self"});
  await receiptOf(await authority.sendTransaction({to: authority.account.address, authorizationList: [own]}));
  assert.equal(await reader.getCode({address: authority.account.address}), undefined);
});

test("sends a blob transaction (type 3)", async () => {
  const {blob, commitment, cellProofs} = sidecar();
  const prepared = await sender.prepareTransactionRequest({
    type: "eip4844", to: address, data: viem.encodeFunctionData({abi, functionName: "store", args: [33n, "with a blob"]}),
    blobVersionedHashes: viem.commitmentsToVersionedHashes({commitments: [commitment]}), maxFeePerBlobGas: viem.parseGwei("10"),
    parameters: ["nonce", "fees", "gas", "chainId", "type"],
  });
  const signed = await sender.account.signTransaction(prepared);
  const wire = viem.concat(["0x03", viem.toRlp([viem.fromRlp(viem.slice(signed, 1)), "0x01", [blob], [commitment], cellProofs])]);
  const hash = await sender.sendRawTransaction({serializedTransaction: wire});
  assert.equal(hash, viem.keccak256(signed));
  const receipt = await receiptOf(hash);
  assert.equal(receipt.status, "success");
  assert.equal(receipt.type, "eip4844");
  assert.equal(receipt.blobGasUsed, 131_072n);
  assert.ok(receipt.blobGasPrice >= 1n);
  const found = await reader.getTransaction({hash});
  assert.deepEqual(found.blobVersionedHashes, prepared.blobVersionedHashes);
  assert.equal(found.maxFeePerBlobGas, viem.parseGwei("10"));
});

test("reads logs", async () => {
  const range = {address, fromBlock: deployed.blockNumber, toBlock: "latest"};
  const named = (args, more = {}) => reader.getContractEvents({...range, abi, eventName: "Stored", args, strict: true, ...more});
  assert.ok((await named({})).length >= 4);
  assert.deepEqual((await named({who: sender.account.address, value: 101n})).map(log => log.args.note), ["eip2930"]);
  assert.deepEqual((await named({value: [100n, 102n]})).map(log => log.args.note), ["legacy", "eip1559"]);
  const [log] = await named({value: 102n});
  assert.deepEqual((await reader.getLogs({blockHash: log.blockHash})).map(each => each.transactionHash), [log.transactionHash]);
});

test("estimates and simulates", async () => {
  const gas = await reader.estimateContractGas({address, abi, functionName: "store", args: [4711n, "estimated"], account: deployer.account});
  const receipt = await receiptOf(await write(deployer, "store", [4711n, "estimated"], {gas}));
  assert.equal(receipt.status, "success");
  assert.equal(await reader.estimateGas({account: sender.account, to: stranger().address, value: 1n}), 21_000n);
  const {result} = await reader.simulateContract({address, abi, functionName: "spin", args: [3n], account: sender.account});
  assert.ok(result > 0n);
  const {results} = await reader.simulateCalls({
    account: sender.account.address, traceAssetChanges: false,
    calls: [{to: address, abi, functionName: "store", args: [5n, "simulated"]}, {to: address, abi, functionName: "value"}, {to: address, abi, functionName: "failWithError", args: [13n]}],
  });
  assert.deepEqual(results.map(each => each.status), ["success", "success", "failure"]);
  assert.equal(results[1].result, 5n);
  assert.equal(await read("value"), 4711n);
  const list = await reader.createAccessList({account: sender.account, to: address, data: viem.encodeFunctionData({abi, functionName: "value"})});
  assert.deepEqual(list.accessList, [{address: address.toLowerCase(), storageKeys: [viem.zeroHash]}]);
});

test("decodes why a call fails", async () => {
  const why = async (functionName, args) => {
    const error = await read(functionName, args).then(() => assert.fail("it did not fail"), each => each);
    return error.walk(each => each instanceof viem.ContractFunctionRevertedError);
  };
  assert.equal((await why("failWithReason", [])).reason, "asked to fail");
  const custom = await why("failWithError", [11n]);
  assert.deepEqual([custom.data.errorName, custom.data.args], ["TooLarge", [11n, 10n]]);
  const panic = await why("failWithPanic", [0n]);
  assert.deepEqual([panic.data.errorName, panic.data.args], ["Panic", [18n]]);
  assert.equal((await why("failWithoutData", [])).data, undefined);
  await assert.rejects(reader.estimateContractGas({address, abi, functionName: "failWithReason", account: sender.account}),
    error => error.walk(each => each.reason === "asked to fail") !== null);
});

test("knows why a transaction was refused", async () => {
  const to = deployer.account.address;
  const gwei = n => viem.parseGwei(String(n));
  const fees = {maxFeePerGas: gwei(20), maxPriorityFeePerGas: gwei(2), gas: 21_000n};
  const nonce = await reader.getTransactionCount({address: sender.account.address});
  const refused = (request, kind) => assert.rejects(sender.sendTransaction({to, nonce, ...fees, ...request}), error => caused(error, kind) || assert.fail(error.message.slice(0, 400)));
  await refused({nonce: 0}, viem.NonceTooLowError);
  await refused({value: viem.parseEther("1000000000")}, viem.InsufficientFundsError);
  await refused({gas: 20_000n}, viem.IntrinsicGasTooLowError);
  const raw = async request => sender.sendRawTransaction({serializedTransaction: await sender.account.signTransaction({to, nonce, chainId: CHAIN_ID, type: "eip1559", ...fees, ...request})});
  await assert.rejects(raw({gas: 10n ** 12n}), error => caused(error, viem.BaseError) && /gas/i.test(error.details));
  await raw({nonce: nonce + 5});
  await assert.rejects(raw({nonce: nonce + 5, value: 1n}), error => /replacement transaction underpriced/.test(error.details));
});

test("watches the pool and the chain over WebSocket", async () => {
  const socket = viem.createPublicClient({chain, transport: viem.webSocket(wsUrl, {reconnect: false, retryCount: 0})});
  const [heads, hashes, events] = [[], [], []];
  const failed = error => assert.fail(error);
  const stop = [
    socket.watchBlocks({onBlock: block => heads.push(block.number), onError: failed}),
    socket.watchPendingTransactions({onTransactions: found => hashes.push(...found), onError: failed}),
    socket.watchContractEvent({address, abi, eventName: "Stored", strict: true, onLogs: logs => events.push(...logs), onError: failed}),
  ];
  await socket.getChainId();
  const hash = await write(deployer, "store", [1234n, "pushed"]);
  const receipt = await receiptOf(hash);
  await until("a pushed log", () => events.some(log => log.transactionHash === hash && log.args.note === "pushed"));
  await until("a pushed block", () => heads.includes(receipt.blockNumber));
  await until("a pending transaction", () => hashes.includes(hash));
  for (const each of stop) each();
  await socket.getChainId();
  (await socket.transport.getRpcClient()).close();
});

test("watches by polling", async () => {
  const [heads, events] = [[], []];
  const stop = [
    reader.watchBlockNumber({onBlockNumber: number => heads.push(number), poll: true, pollingInterval: 50}),
    reader.watchContractEvent({address, abi, eventName: "Stored", onLogs: logs => events.push(...logs), poll: true, pollingInterval: 50}),
  ];
  await until("the first poll", () => heads.length > 0);
  const events_were = events.length;
  let hash;
  await until("a polled log", async () => {
    // The watcher makes its filter by itself; a log before that is not its.
    hash = await write(deployer, "store", [4321n, "polled"]);
    await receiptOf(hash);
    return events.length > events_were;
  });
  for (const each of stop) each();
  assert.ok(events.every(log => log.args.note === "polled"));
});

test("asks in batches", async () => {
  const batched = viem.createPublicClient({chain, transport: viem.http(url, {batch: {batchSize: 50, wait: 10}, retryCount: 0}), cacheTime: 0});
  const sums = await Promise.all(Array.from({length: 50}, (_, i) => batched.readContract({address, abi, functionName: "sum", args: [[BigInt(i), 1n]]})));
  assert.deepEqual(sums, Array.from({length: 50}, (_, i) => BigInt(i + 1)));
  const mixed = await Promise.allSettled([batched.getBlockNumber(), batched.readContract({address, abi, functionName: "failWithReason"}), batched.getGasPrice()]);
  assert.deepEqual(mixed.map(each => each.status), ["fulfilled", "rejected", "fulfilled"]);
});

test("sends many at once", async () => {
  const first = await reader.getTransactionCount({address: payer.account.address});
  const hashes = await Promise.all(Array.from({length: 30}, (_, i) =>
    payer.sendTransaction({to: sender.account.address, value: BigInt(i), nonce: first + i, gas: 21_000n, maxFeePerGas: viem.parseGwei("20"), maxPriorityFeePerGas: viem.parseGwei("1")})));
  const receipts = await Promise.all(hashes.map(receiptOf));
  assert.ok(receipts.every(receipt => receipt.status === "success"));
  assert.equal(await reader.getTransactionCount({address: payer.account.address}), first + 30);
});

test("reads proofs, fees and traces", async () => {
  const block = await reader.getBlock();
  const proof = await reader.getProof({address, storageKeys: [viem.zeroHash], blockNumber: block.number});
  assert.equal(viem.keccak256(proof.accountProof[0]), block.stateRoot);
  assert.equal(proof.storageProof[0].value, await read("value"));
  assert.equal(viem.keccak256(proof.storageProof[0].proof[0]), proof.storageHash);
  const history = await reader.getFeeHistory({blockCount: 4, rewardPercentiles: [25, 75]});
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  assert.equal(history.reward.length, history.gasUsedRatio.length);
  const hash = await write(deployer, "store", [8n, "traced"]);
  const receipt = await receiptOf(hash);
  const trace = await reader.request({method: "debug_traceTransaction", params: [hash, {tracer: "callTracer"}]});
  assert.equal(viem.hexToBigInt(trace.gasUsed), receipt.gasUsed);
  const steps = await reader.request({method: "debug_traceCall", params: [{to: address, data: viem.encodeFunctionData({abi, functionName: "value"})}, "latest", {}]});
  assert.ok(steps.structLogs.some(step => step.op === "SLOAD"));
  assert.equal(viem.hexToBigInt("0x" + steps.returnValue.replace(/^0x/, "")), 8n);
  await assert.rejects(inTime("an unknown method", rpc("eth_noSuchMethod")), error => error.code === -32601);
});
