// SPDX-License-Identifier: Apache-2.0
// Uniswap v3 as its packages ship it: factory, pools and router; liquidity over nearly all prices, swaps over one and two pools.
// What comes out is computed here from the whitepaper (Uniswap v3 Core, sections 6.2.3 and 6.4): within one range of liquidity L a swap moves
// sqrt(P) by amount1 / L, and 1/sqrt(P) by amount0 / L, rounded against the trader.
"use strict";
const {Artifact, Random, World, compile, created2, encode, fromHex, hexOf, keccak} = require("./toolkit.cjs");

const Q96 = 1n << 96n;
const roundedUp = (a, b) => (a + b - 1n) / b;
const sqrt = n => { let x = n, y = (n + 1n) / 2n; while (y < x) { x = y; y = (x + n / x) / 2n; } return x; };

/** What the pool takes and gives for `amount` of one token, and how its price and fee growth move. */
function swap(pool, zeroForOne, amount) {
  const net = amount * (1_000_000n - BigInt(pool.fee)) / 1_000_000n, L = pool.liquidity, before = pool.sqrtPrice;
  let after, out, used;
  if (zeroForOne) {
    after = roundedUp((L * Q96) * before, L * Q96 + net * before);
    out = L * (before - after) / Q96;
    used = roundedUp(roundedUp(L * Q96 * (before - after), before), after);
  } else {
    after = before + net * Q96 / L;
    out = L * Q96 * (after - before) / after / before;
    used = roundedUp(L * (after - before), Q96);
  }
  pool.sqrtPrice = after;
  pool.growth[zeroForOne ? 0 : 1] += (amount - used) * (1n << 128n) / L;
  // One step of the pool's loop is enough while the price stays within a word of its bitmap of ticks: here from 1 to 4.6.
  if (after <= Q96 * 11n / 10n || after >= Q96 * 2n) throw new Error("the price left its word");
  return out;
}

module.exports = folder => {
  const world = new World("uniswap_v3"), random = new Random(3);
  const Factory = Artifact.fromPackage("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json");
  const Pool = Artifact.fromPackage("@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json");
  const Router = Artifact.fromPackage("@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json");
  const {Token, Liquidity} = compile("Contracts.sol");
  const owner = world.account("owner"), users = world.users(40), supply = 10n ** 30n, far = 10n ** 12n, never = (1n << 256n) - 1n;

  world.block();
  const factory = world.deploy(owner, Factory);
  const router = world.deploy(owner, Router, [factory, world.account("no WETH here")]);
  const payer = world.deploy(owner, Liquidity);
  const tokens = Array.from({length: 4}, (_, i) => world.deploy(owner, Token, ["T" + i, [owner, ...users], supply])).sort();
  const balances = new Map(tokens.map(token => [token, new Map([owner, ...users].map(user => [user, supply]))]));
  const move = (token, from, to, amount) => {
    const of = balances.get(token);
    of.set(from, (of.get(from) ?? 0n) - amount);
    of.set(to, (of.get(to) ?? 0n) + amount);
  };

  world.block();
  for (const token of tokens) {
    world.send(owner, token, Token, "approve", [payer, never]);
    for (const user of users) world.send(user, token, Token, "approve", [router, never]);
  }
  world.block();
  const pools = [], poolHash = keccak(fromHex(Pool.bytecode));
  for (let a = 0; a < tokens.length; ++a)
    for (let b = a + 1; b < tokens.length; ++b) {
      const fee = 3000, spacing = 60, sqrtPrice = sqrt(2n * Q96 * Q96), liquidity = random.between(10n ** 24n, 10n ** 25n);
      const address = created2(factory, keccak(encode(["address", "address", "uint24"], [tokens[a], tokens[b], fee])), poolHash);
      world.send(owner, factory, Factory, "createPool", [tokens[a], tokens[b], fee], {gas: 8_000_000});
      world.send(owner, address, Pool, "initialize", [sqrtPrice]);
      world.send(owner, payer, Liquidity, "provide", [address, -887220, 887220, liquidity]);
      pools.push({address, fee, spacing, sqrtPrice, liquidity, tokens: [tokens[a], tokens[b]], growth: [0n, 0n], net: [0n, 0n]});
    }
  const poolOf = (a, b) => pools.find(pool => pool.tokens.includes(a) && pool.tokens.includes(b));

  for (let block = 0; block < 4; ++block) {
    world.block();
    for (let t = 0; t < 120; ++t) {
      const user = users[random.below(users.length)], route = [random.below(4)];
      for (let hops = 1 + random.below(2); hops > 0; --hops) {
        let next;
        do next = random.below(4); while (route.includes(next));
        route.push(next);
      }
      const amount = random.between(10n ** 18n, 10n ** 22n), path = route.map(i => tokens[i]);
      // Looked at first and done afterwards: a swap that asks for too much moves nothing.
      const used = path.slice(1).map((to, h) => poolOf(path[h], to)), saved = used.map(pool => [pool.sqrtPrice, [...pool.growth]]), amounts = [amount];
      used.forEach((pool, h) => amounts.push(swap(pool, pool.tokens[0] === path[h], amounts[h])));
      const greedy = random.below(20) === 0, least = amounts.at(-1) + (greedy ? 1n : 0n);
      if (path.length === 2)
        world.send(user, router, Router, "exactInputSingle", [[path[0], path[1], 3000, user, far, amount, least, 0n]], {succeeds: !greedy});
      else {
        const packed = Buffer.concat(path.flatMap((token, h) => h === 0 ? [fromHex(token)] : [Buffer.from([0, 0x0b, 0xb8]), fromHex(token)]));
        world.send(user, router, Router, "exactInput", [[hexOf(packed), user, far, amount, least]], {succeeds: !greedy});
      }
      if (greedy) { used.forEach((pool, h) => { [pool.sqrtPrice, pool.growth] = saved[h]; }); continue; }
      used.forEach((pool, h) => {
        const holder = h === 0 ? user : router;
        move(path[h], holder, pool.address, amounts[h]);
        move(path[h + 1], pool.address, h + 1 === used.length ? user : router, amounts[h + 1]);
      });
    }
  }
  for (const pool of pools) {
    const name = pool.tokens.join("/");
    world.check("the pool of " + name, factory, Factory, "getPool", [...pool.tokens, pool.fee], [pool.address]);
    world.check("liquidity of " + name, pool.address, Pool, "liquidity", [], [pool.liquidity]);
    world.check("growth of fees 0 in " + name, pool.address, Pool, "feeGrowthGlobal0X128", [], [pool.growth[0]]);
    world.check("growth of fees 1 in " + name, pool.address, Pool, "feeGrowthGlobal1X128", [], [pool.growth[1]]);
    world.checks.push({name: "price of " + name, to: pool.address, data: Pool.call("slot0", []), prefix: hexOf(encode(["uint160"], [pool.sqrtPrice]))});
  }
  for (const token of tokens) for (const user of users) world.check(`balance of ${user}`, token, Token, "balanceOf", [user], [balances.get(token).get(user)]);
  world.save(folder);
};
