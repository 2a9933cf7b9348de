// SPDX-License-Identifier: Apache-2.0
// Uniswap v2 as its packages ship it: factory, pairs and router; liquidity, swaps over one and two pairs, swaps that ask for too much.
// What comes out is computed here from the whitepaper (Uniswap v2 Core, sections 3.2 and 3.4): x y = k with 0.3% of the input as fee.
"use strict";
const {Artifact, Random, World, compile, created2, fromHex, keccak} = require("./toolkit.cjs");

module.exports = folder => {
  const world = new World("uniswap_v2"), random = new Random(2);
  const Factory = Artifact.fromPackage("@uniswap/v2-core/build/UniswapV2Factory.json"), Pair = Artifact.fromPackage("@uniswap/v2-core/build/UniswapV2Pair.json");
  const Router = Artifact.fromPackage("@uniswap/v2-periphery/build/UniswapV2Router02.json"), Weth = Artifact.fromPackage("@uniswap/v2-periphery/build/WETH9.json");
  const {Token} = compile("Contracts.sol");
  const pairHash = keccak(fromHex(Pair.bytecode));
  const owner = world.account("owner"), users = world.users(40), far = 10n ** 12n, supply = 10n ** 24n, never = (1n << 256n) - 1n;

  world.block();
  const factory = world.deploy(owner, Factory, [owner]);
  const weth = world.deploy(owner, Weth);
  const router = world.deploy(owner, Router, [factory, weth]);
  const tokens = Array.from({length: 6}, (_, i) => world.deploy(owner, Token, ["T" + i, [owner, ...users], supply]));

  world.block();
  const balances = new Map(tokens.map(token => [token, new Map([owner, ...users].map(user => [user, supply]))]));
  const move = (token, from, to, amount) => {
    const of = balances.get(token);
    of.set(from, (of.get(from) ?? 0n) - amount);
    of.set(to, (of.get(to) ?? 0n) + amount);
  };
  for (const token of tokens) for (const user of [owner, ...users]) world.send(user, token, Token, "approve", [router, never]);

  // Pools in a ring, so that each token is in two.
  world.block();
  const pools = new Map();
  const nameOf = (a, b) => [a, b].sort().join("/");
  const sqrt = n => { let x = n, y = (n + 1n) / 2n; while (y < x) { x = y; y = (x + n / x) / 2n; } return x; };
  tokens.forEach((a, i) => {
    const b = tokens[(i + 1) % tokens.length], [token0, token1] = [a, b].sort();
    const address = created2(factory, keccak(Buffer.concat([fromHex(token0), fromHex(token1)])), pairHash);
    const amountA = random.between(10n ** 20n, 10n ** 22n), amountB = random.between(10n ** 20n, 10n ** 22n);
    world.send(owner, router, Router, "addLiquidity", [a, b, amountA, amountB, 0n, 0n, owner, far]);
    move(a, owner, address, amountA);
    move(b, owner, address, amountB);
    pools.set(nameOf(a, b), {address, reserves: new Map([[a, amountA], [b, amountB]]), token0, token1, supply: sqrt(amountA * amountB)});
  });

  const amountOut = (pool, from, to, amount) => {
    const withFee = amount * 997n;
    return withFee * pool.reserves.get(to) / (pool.reserves.get(from) * 1000n + withFee);
  };
  for (let b = 0; b < 4; ++b) {
    world.block();
    for (let t = 0; t < 150; ++t) {
      const user = users[random.below(users.length)], start = random.below(tokens.length), hops = 1 + random.below(2), way = random.below(2) ? 1 : tokens.length - 1;
      const route = Array.from({length: hops + 1}, (_, h) => tokens[(start + h * way) % tokens.length]);
      const amounts = [random.between(10n ** 15n, 10n ** 19n)];
      for (let h = 0; h < hops; ++h) amounts.push(amountOut(pools.get(nameOf(route[h], route[h + 1])), route[h], route[h + 1], amounts[h]));
      const greedy = random.below(20) === 0;
      world.send(user, router, Router, "swapExactTokensForTokens", [amounts[0], amounts.at(-1) + (greedy ? 1n : 0n), route, user, far], {succeeds: !greedy});
      if (greedy) continue;
      for (let h = 0; h < hops; ++h) {
        const pool = pools.get(nameOf(route[h], route[h + 1]));
        pool.reserves.set(route[h], pool.reserves.get(route[h]) + amounts[h]);
        pool.reserves.set(route[h + 1], pool.reserves.get(route[h + 1]) - amounts[h + 1]);
        move(route[h], h === 0 ? user : pool.address, pool.address, h === 0 ? amounts[0] : 0n);
        move(route[h + 1], pool.address, h + 1 === hops ? user : pools.get(nameOf(route[h + 1], route[h + 2])).address, amounts[h + 1]);
      }
    }
  }
  for (const [name, pool] of pools) {
    world.check("the pair of " + name, factory, Factory, "getPair", [pool.token0, pool.token1], [pool.address]);
    world.check("token0 of " + name, pool.address, Pair, "token0", [], [pool.token0]);
    world.check("shares of " + name, pool.address, Pair, "totalSupply", [], [pool.supply]);
    world.check("shares of the owner in " + name, pool.address, Pair, "balanceOf", [owner], [pool.supply - 1000n]);
    for (const token of [pool.token0, pool.token1]) world.check(`reserve of ${token} in ${name}`, token, Token, "balanceOf", [pool.address], [pool.reserves.get(token)]);
  }
  for (const [token, of] of balances) for (const [holder, amount] of of) world.check(`balance of ${holder}`, token, Token, "balanceOf", [holder], [amount]);
  world.save(folder);
};
