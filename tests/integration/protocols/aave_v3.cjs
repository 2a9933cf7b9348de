// SPDX-License-Identifier: Apache-2.0
// Aave v3 as its package ships it: a market of three assets; supply, variable-rate loans, repayment, withdrawal, and loans without cover.
// What comes out is computed here from the technical paper (Aave Protocol v3.0, "Interest Rate Model", and v1's "Indexes"): rates by usage,
// supply compounded linearly, debt by the binomial approximation of (1 + x)^n, all in rays, rounded half up.
"use strict";
const {Artifact, Random, World, compile, createdBy} = require("./toolkit.cjs");

const RAY = 10n ** 27n, YEAR = 31_536_000n, PERCENT = 10_000n;
const rayMul = (a, b) => (a * b + RAY / 2n) / RAY;
const rayDiv = (a, b) => (a * RAY + b / 2n) / b;
const percentMul = (a, b) => (a * b + PERCENT / 2n) / PERCENT;
const linear = (rate, seconds) => RAY + rate * seconds / YEAR;
function compounded(rate, n) {
  if (n === 0n) return RAY;
  const two = rayMul(rate, rate) / (YEAR * YEAR), three = rayMul(two, rate) / YEAR;
  return RAY + rate * n / YEAR + n * (n - 1n) * two / 2n + n * (n - 1n) * (n > 2n ? n - 2n : 0n) * three / 6n;
}

const model = {optimal: RAY * 80n / 100n, base: RAY / 100n, slope1: RAY * 4n / 100n, slope2: RAY * 75n / 100n, reserveFactor: 1000n};

/** One asset of the market. */
class Reserve {
  constructor(token, time) {
    Object.assign(this, {token, index: RAY, debtIndex: RAY, rate: 0n, debtRate: 0n, updated: time, debt: 0n, available: 0n, shares: new Map(), debts: new Map()});
  }
  income(time) { return rayMul(linear(this.rate, BigInt(time - this.updated)), this.index); }
  debtGrowth(time) { return rayMul(compounded(this.debtRate, BigInt(time - this.updated)), this.debtIndex); }
  touch(time) {
    if (time === this.updated) return;
    if (this.rate !== 0n) this.index = this.income(time);
    if (this.debt !== 0n) this.debtIndex = this.debtGrowth(time);
    this.updated = time;
  }
  /** Rates for what is there after the liquidity has moved by `change`. */
  move(change) {
    this.available += change;
    const debt = rayMul(this.debt, this.debtIndex);
    const usage = debt === 0n ? 0n : rayDiv(debt, this.available + debt);
    this.debtRate = model.base + (usage > model.optimal ? model.slope1 + rayMul(model.slope2, rayDiv(usage - model.optimal, RAY - model.optimal))
      : rayDiv(rayMul(model.slope1, usage), model.optimal));
    const overall = debt === 0n ? 0n : rayDiv(rayMul(debt * 10n ** 9n, this.debtRate), debt * 10n ** 9n);
    this.rate = percentMul(rayMul(overall, usage), PERCENT - model.reserveFactor);
  }
  supply(user, amount) {
    this.move(amount);
    this.shares.set(user, (this.shares.get(user) ?? 0n) + rayDiv(amount, this.index));
  }
  withdraw(user, amount) {
    this.move(-amount);
    this.shares.set(user, this.shares.get(user) - rayDiv(amount, this.index));
  }
  borrow(user, amount) {
    const scaled = rayDiv(amount, this.debtIndex);
    this.debts.set(user, (this.debts.get(user) ?? 0n) + scaled);
    this.debt += scaled;
    this.move(-amount);
  }
  /** Returns what is really taken. */
  repay(user, most) {
    const owed = rayMul(this.debts.get(user), this.debtIndex), amount = most < owed ? most : owed, scaled = rayDiv(amount, this.debtIndex);
    this.debts.set(user, this.debts.get(user) - scaled);
    this.debt -= scaled;
    this.move(amount);
    return amount;
  }
}

const at = name => `@aave/core-v3/artifacts/contracts/${name}.json`;
const protocol = (folder, name) => Artifact.fromPackage(at(`protocol/${folder}/${name}.sol/${name}`));

/** Deploys the market; returns its addresses. */
function deployMarket(world, owner, tokens) {
  const Provider = protocol("configuration", "PoolAddressesProvider"), Acl = protocol("configuration", "ACLManager");
  const Pool = protocol("pool", "Pool"), Configurator = protocol("pool", "PoolConfigurator"), Strategy = protocol("pool", "DefaultReserveInterestRateStrategy");
  const Oracle = Artifact.fromPackage(at("mocks/oracle/PriceOracle.sol/PriceOracle"));
  const nobody = "0x" + "00".repeat(20);

  world.block();
  const provider = world.deploy(owner, Provider, ["market", owner]);
  world.send(owner, provider, Provider, "setACLAdmin", [owner]);
  const acl = world.deploy(owner, Acl, [provider]);
  world.send(owner, provider, Provider, "setACLManager", [acl]);
  world.send(owner, acl, Acl, "addPoolAdmin", [owner]);
  const oracle = world.deploy(owner, Oracle);
  world.send(owner, provider, Provider, "setPriceOracle", [oracle]);
  for (const token of tokens) world.send(owner, oracle, Oracle, "setAssetPrice", [token, 10n ** 8n]);

  world.block();
  const libraries = {};
  for (const name of ["BorrowLogic", "BridgeLogic", "EModeLogic", "FlashLoanLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic", "ConfiguratorLogic"])
    libraries[name] = world.deploy(owner, protocol("libraries/logic", name), [], libraries);
  world.send(owner, provider, Provider, "setPoolImpl", [world.deploy(owner, Pool, [provider], libraries)], {gas: 10_000_000});
  const pool = createdBy(provider, 1);
  world.send(owner, provider, Provider, "setPoolConfiguratorImpl", [world.deploy(owner, Configurator, [], libraries)], {gas: 10_000_000});
  const configurator = createdBy(provider, 2);

  world.block();
  const implementations = ["AToken", "StableDebtToken", "VariableDebtToken"].map(name => world.deploy(owner, protocol("tokenization", name), [pool]));
  const strategy = world.deploy(owner, Strategy, [provider, model.optimal, model.base, model.slope1, model.slope2, 0n, 0n, 0n, 0n, RAY / 5n]);
  world.send(owner, configurator, Configurator, "initReserves", [tokens.map((token, i) => [...implementations, 18, strategy, token, owner, nobody,
    "a" + i, "a" + i, "v" + i, "v" + i, "s" + i, "s" + i, "0x"])], {gas: 30_000_000});
  for (const token of tokens) {
    world.send(owner, configurator, Configurator, "configureReserveAsCollateral", [token, 8000, 8500, 10500]);
    world.send(owner, configurator, Configurator, "setReserveBorrowing", [token, true]);
    world.send(owner, configurator, Configurator, "setReserveFactor", [token, model.reserveFactor]);
  }
  // For each asset the configurator creates three proxies, in this order.
  return {pool, Pool, shares: tokens.map((_, i) => createdBy(configurator, 1 + 3 * i)), debts: tokens.map((_, i) => createdBy(configurator, 3 + 3 * i))};
}

module.exports = folder => {
  const world = new World("aave_v3"), random = new Random(5);
  const {Token} = compile("Contracts.sol");
  const AToken = protocol("tokenization", "AToken"), DebtToken = protocol("tokenization", "VariableDebtToken");
  const owner = world.account("owner"), users = world.users(30), supply = 10n ** 24n, never = (1n << 256n) - 1n;
  world.block();
  const tokens = Array.from({length: 3}, (_, i) => world.deploy(owner, Token, ["T" + i, users, supply]));
  const market = deployMarket(world, owner, tokens);
  const {pool, Pool} = market;
  const balances = tokens.map(() => new Map(users.map(user => [user, supply])));
  const pay = (t, user, amount) => balances[t].set(user, balances[t].get(user) + amount);

  world.block();
  for (const token of tokens) for (const user of users) world.send(user, token, Token, "approve", [pool, never]);
  const reserves = tokens.map(token => new Reserve(token, world.time));
  // initReserves left no time behind: a reserve's first update counts from 0, without interest.
  for (const reserve of reserves) reserve.updated = 0;

  world.block();
  users.forEach((user, u) => {
    const t = u % 3, amount = random.between(10n ** 22n, 10n ** 23n);
    reserves[t].touch(world.time);
    reserves[t].supply(user, amount);
    pay(t, user, -amount);
    world.send(user, pool, Pool, "supply(address,uint256,address,uint16)", [tokens[t], amount, user, 0]);
  });
  // The first half borrows, far below what it has supplied; the second half moves its supply.
  for (const seconds of [12, 3_600, 86_400, 2_592_000]) {
    world.block(seconds);
    for (let n = 0; n < 110; ++n) {
      const u = random.below(users.length), user = users[u], borrower = u < 15, t = borrower ? random.below(3) : u % 3, reserve = reserves[t];
      if (borrower && random.below(15) === 0) {
        world.send(user, pool, Pool, "borrow", [tokens[t], 10n ** 24n, 2, 0, user], {succeeds: false});
        continue;
      }
      reserve.touch(world.time);
      const repays = borrower && (reserve.debts.get(user) ?? 0n) > 0n && random.below(2) === 0;
      if (repays) {
        const most = random.below(3) === 0 ? never : random.between(10n ** 18n, 10n ** 20n);
        pay(t, user, -reserve.repay(user, most));
        world.send(user, pool, Pool, "repay(address,uint256,uint256,address)", [tokens[t], most, 2, user]);
      } else if (borrower) {
        const amount = random.between(10n ** 18n, 10n ** 20n);
        reserve.borrow(user, amount);
        pay(t, user, amount);
        world.send(user, pool, Pool, "borrow", [tokens[t], amount, 2, 0, user]);
      } else if (random.below(2) === 0) {
        const amount = random.between(10n ** 18n, 10n ** 21n);
        reserve.supply(user, amount);
        pay(t, user, -amount);
        world.send(user, pool, Pool, "supply(address,uint256,address,uint16)", [tokens[t], amount, user, 0]);
      } else {
        const amount = random.between(10n ** 18n, 10n ** 20n);
        reserve.withdraw(user, amount);
        pay(t, user, amount);
        world.send(user, pool, Pool, "withdraw", [tokens[t], amount, user]);
      }
    }
  }
  const now = world.time;
  reserves.forEach((reserve, t) => {
    const income = reserve.updated === now ? reserve.index : reserve.income(now), growth = reserve.updated === now ? reserve.debtIndex : reserve.debtGrowth(now);
    world.check("income of asset " + t, pool, Pool, "getReserveNormalizedIncome", [tokens[t]], [income]);
    world.check("growth of debt of asset " + t, pool, Pool, "getReserveNormalizedVariableDebt", [tokens[t]], [growth]);
    world.check("liquidity of asset " + t, tokens[t], Token, "balanceOf", [market.shares[t]], [reserve.available]);
    world.check("debt in asset " + t, market.debts[t], DebtToken, "scaledTotalSupply", [], [reserve.debt]);
    for (const user of users) {
      world.check(`tokens ${t} of ${user}`, tokens[t], Token, "balanceOf", [user], [balances[t].get(user)]);
      world.check(`shares ${t} of ${user}`, market.shares[t], AToken, "scaledBalanceOf", [user], [reserve.shares.get(user) ?? 0n]);
      world.check(`supply ${t} of ${user}`, market.shares[t], AToken, "balanceOf", [user], [rayMul(reserve.shares.get(user) ?? 0n, income)]);
      world.check(`debt ${t} of ${user}`, market.debts[t], DebtToken, "balanceOf", [user], [rayMul(reserve.debts.get(user) ?? 0n, growth)]);
    }
  });
  world.save(folder);
};
