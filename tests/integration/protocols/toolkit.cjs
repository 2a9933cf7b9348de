// SPDX-License-Identifier: Apache-2.0
// What the makers of fixtures share: ABI, addresses, artifacts out of npm packages, and a world that collects transactions and what must come
// out of them. Nothing here executes a contract.
"use strict";
const fs = require("fs");
const path = require("path");
const {keccak256: hexKeccak} = require("js-sha3");

const keccak = bytes => Buffer.from(hexKeccak(bytes), "hex");
const hexOf = buffer => "0x" + Buffer.from(buffer).toString("hex");
const fromHex = hex => Buffer.from(hex.replace(/^0x/, ""), "hex");
const addressNamed = name => hexOf(keccak(Buffer.from(name)).subarray(12));

/** A generator of numbers, the same for the same seed (SplitMix64). */
class Random {
  constructor(seed) { this.state = BigInt(seed); }
  next() {
    const mask = (1n << 64n) - 1n;
    this.state = (this.state + 0x9e3779b97f4a7c15n) & mask;
    let z = this.state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    return z ^ (z >> 31n);
  }
  below(bound) { return Number(this.next() % BigInt(bound)); }
  between(least, most) { return least + this.next() % (most - least + 1n); }
}

// --- ABI (Solidity, "Contract ABI Specification"): the types that these protocols use.
const word = value => {
  let n = BigInt(value);
  if (n < 0n) n += 1n << 256n;
  return Buffer.from(n.toString(16).padStart(64, "0"), "hex");
};
const padded = bytes => Buffer.concat([bytes, Buffer.alloc((32 - bytes.length % 32) % 32)]);

/** Types are strings, or {tuple: [types]}. */
function parse(parameter) {
  if (!parameter.type.startsWith("tuple")) return parameter.type;
  const tuple = {tuple: parameter.components.map(parse)};
  return parameter.type === "tuple" ? tuple : {array: tuple};
}
const elementOf = type => type.array ?? (typeof type === "string" && type.endsWith("[]") ? type.slice(0, -2) : null);
const isDynamic = type => type === "bytes" || type === "string" || elementOf(type) !== null || (type.tuple !== undefined && type.tuple.some(isDynamic));

function encodeOne(type, value) {
  const element = elementOf(type);
  if (element !== null) return Buffer.concat([word(value.length), encode(value.map(() => element), value)]);
  if (type.tuple) return encode(type.tuple, value);
  if (type === "string" || type === "bytes") {
    const bytes = type === "string" ? Buffer.from(value) : fromHex(value);
    return Buffer.concat([word(bytes.length), padded(bytes)]);
  }
  if (type === "bool") return word(value ? 1 : 0);
  if (/^bytes\d+$/.test(type)) return padded(fromHex(value));
  return word(value);
}
function encode(types, values) {
  if (types.length !== values.length) throw new Error(`${types.length} types, ${values.length} values`);
  const parts = types.map((type, i) => encodeOne(type, values[i]));
  let tail = types.reduce((sum, type, i) => sum + (isDynamic(type) ? 32 : parts[i].length), 0);
  const heads = types.map((type, i) => {
    if (!isDynamic(type)) return parts[i];
    const at = word(tail);
    tail += parts[i].length;
    return at;
  });
  return Buffer.concat([...heads, ...parts.filter((_, i) => isDynamic(types[i]))]);
}
const spelled = parameter => parameter.type.startsWith("tuple") ? `(${parameter.components.map(spelled).join(",")})${parameter.type.slice(5)}` : parameter.type;

// --- Addresses of creations: CREATE of a sender and nonce, CREATE2 of a salt.
function createdBy(sender, nonce) {
  let digits = nonce.toString(16);
  if (digits.length % 2) digits = "0" + digits;
  const number = nonce === 0 ? Buffer.from([0x80]) : nonce < 0x80 ? Buffer.from([nonce]) : Buffer.concat([Buffer.from([0x80 + digits.length / 2]), Buffer.from(digits, "hex")]);
  const payload = Buffer.concat([Buffer.from([0x94]), fromHex(sender), number]);
  return hexOf(keccak(Buffer.concat([Buffer.from([0xc0 + payload.length]), payload])).subarray(12));
}
const created2 = (sender, salt, codeHash) => hexOf(keccak(Buffer.concat([Buffer.from([0xff]), fromHex(sender), salt, codeHash])).subarray(12));

// --- Artifacts
class Artifact {
  constructor(json) {
    this.abi = json.abi;
    this.bytecode = typeof json.bytecode === "string" ? json.bytecode : json.bytecode.object ?? json.evm.bytecode.object;
    this.links = json.linkReferences ?? {};
    if (json.evm && json.evm.bytecode && !this.bytecode.startsWith("0x")) this.bytecode = "0x" + json.evm.bytecode.object;
  }
  static fromPackage(file) { return new Artifact(JSON.parse(fs.readFileSync(require.resolve(file), "utf8"))); }
  method(name) {
    const found = this.abi.filter(entry => entry.type === "function" && (entry.name === name || `${entry.name}(${entry.inputs.map(spelled).join(",")})` === name));
    if (found.length !== 1) throw new Error(`${name}: ${found.length} methods of that name`);
    return found[0];
  }
  call(name, values) {
    const method = this.method(name);
    const selector = keccak(Buffer.from(`${method.name}(${method.inputs.map(spelled).join(",")})`)).subarray(0, 4);
    return hexOf(Buffer.concat([selector, encode(method.inputs.map(parse), values)]));
  }
  result(name, values) { return hexOf(encode(this.method(name).outputs.map(parse), values)); }
  /** Init code with its libraries at these addresses, by name. */
  creation(values, libraries = {}) {
    let code = fromHex(this.bytecode.replace(/__[^_]{0,2}\$[0-9a-f]{34}\$__/gi, "0".repeat(40)));
    for (const file of Object.values(this.links))
      for (const [name, places] of Object.entries(file)) {
        if (!libraries[name]) throw new Error("no address for library " + name);
        for (const place of places) fromHex(libraries[name]).copy(code, place.start);
      }
    const constructor = this.abi.find(entry => entry.type === "constructor");
    return Buffer.concat([code, encode((constructor ? constructor.inputs : []).map(parse), values)]);
  }
}

/** Compiles a file of this folder with the solc package and what it imports from other packages. */
function compile(name) {
  const solc = require("solc");
  const sources = {[name]: {content: fs.readFileSync(path.join(__dirname, name), "utf8")}};
  const input = {language: "Solidity", sources, settings: {optimizer: {enabled: true, runs: 200}, evmVersion: "cancun", outputSelection: {"*": {"*": ["abi", "evm.bytecode.object"]}}}};
  const output = JSON.parse(solc.compile(JSON.stringify(input), {import: file => ({contents: fs.readFileSync(require.resolve(file), "utf8")})}));
  const errors = (output.errors ?? []).filter(error => error.severity === "error");
  if (errors.length) throw new Error(errors.map(error => error.formattedMessage).join("\n"));
  return Object.fromEntries(Object.entries(output.contracts[name]).map(([contract, json]) => [contract, new Artifact({abi: json.abi, bytecode: "0x" + json.evm.bytecode.object})]));
}

/** Collects what a chain is to do, and what must be true afterwards. */
class World {
  constructor(name) {
    this.name = name;
    this.accounts = new Set();
    this.nonces = new Map();
    this.blocks = [];
    this.checks = [];
    this.time = 1_750_000_000;
  }
  account(name) {
    const address = addressNamed(`${this.name}/${name}`);
    this.accounts.add(address);
    return address;
  }
  users(count) { return Array.from({length: count}, (_, i) => this.account("user " + i)); }
  /** Opens the next block, `seconds` after the one before. */
  block(seconds = 12) {
    this.time += seconds;
    this.blocks.push({timestamp: this.time, transactions: []});
  }
  push(transaction, succeeds) {
    const nonce = this.nonces.get(transaction.from) ?? 0;
    this.nonces.set(transaction.from, nonce + 1);
    this.blocks.at(-1).transactions.push({value: "0x0", gas: 5_000_000, nonce, ...transaction, succeeds});
    return nonce;
  }
  deploy(from, artifact, values = [], libraries = {}) {
    const nonce = this.push({from, to: null, data: hexOf(artifact.creation(values, libraries)), gas: 12_000_000}, true);
    return createdBy(from, nonce);
  }
  send(from, to, artifact, method, values, {succeeds = true, value = 0n, gas = 5_000_000} = {}) {
    this.push({from, to, data: artifact.call(method, values), value: "0x" + value.toString(16), gas}, succeeds);
  }
  /** After the last block `method(values)` of `to` must return `results`. */
  check(name, to, artifact, method, values, results) {
    this.checks.push({name, to, data: artifact.call(method, values), output: artifact.result(method, results)});
  }
  save(folder) {
    const file = path.join(folder, this.name + ".json");
    fs.writeFileSync(file + ".part", JSON.stringify({name: this.name, accounts: [...this.accounts], blocks: this.blocks, checks: this.checks}));
    fs.renameSync(file + ".part", file);
    const count = this.blocks.reduce((sum, block) => sum + block.transactions.length, 0);
    console.log(`${this.name}: ${count} transactions in ${this.blocks.length} blocks, ${this.checks.length} checks`);
  }
}

module.exports = {Artifact, Random, World, addressNamed, compile, created2, createdBy, encode, fromHex, hexOf, keccak, word};
