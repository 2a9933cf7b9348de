// SPDX-License-Identifier: Apache-2.0
// OpenZeppelin's Governor: delegation, proposals, votes, execution, and votes that come twice or late. Outcomes are counted here.
"use strict";
const {Artifact, Random, World, compile, encode, fromHex, hexOf, keccak} = require("./toolkit.cjs");

module.exports = folder => {
  const world = new World("governor"), random = new Random(4);
  const {VotesToken, Dao, Token} = compile("Contracts.sol");
  const owner = world.account("owner"), users = world.users(60);
  const amounts = users.map(() => random.between(10n ** 18n, 10n ** 21n));
  world.block();
  const votes = world.deploy(owner, VotesToken, [users, amounts]);
  const dao = world.deploy(owner, Dao, [votes]);
  const treasury = world.deploy(owner, Token, ["TRS", [dao], 10n ** 24n]);

  // Most vote for themselves, some through another one.
  world.block();
  const power = users.map(() => 0n);
  users.forEach((user, i) => {
    const through = random.below(4) === 0 ? random.below(users.length) : i;
    world.send(user, votes, VotesToken, "delegate", [users[through]]);
    power[through] += amounts[i];
  });

  world.block();
  const proposals = Array.from({length: 5}, (_, p) => {
    const to = world.account("grant " + p), grant = BigInt(1000 + p), text = "Grant " + p;
    const call = Token.call("transfer", [to, grant]);
    const action = [[treasury], [0n], [call]], hash = hexOf(keccak(Buffer.from(text)));
    world.send(users[p], dao, Dao, "propose", [...action, text]);
    const id = BigInt(hexOf(keccak(encode(["address[]", "uint256[]", "bytes[]", "bytes32"], [...action, hash]))));
    return {action, hash, id, to, grant, counts: [0n, 0n, 0n]};
  });
  // Proposed in block 3 with a delay of one block: votes count from block 5 to block 9.
  world.block();
  world.send(users[0], dao, Dao, "castVote", [proposals[0].id, 1], {succeeds: false});  // too early
  const voted = new Set();
  for (let block = 5; block <= 8; ++block) {
    world.block();
    for (let t = 0; t < 60; ++t) {
      const user = random.below(users.length), p = random.below(proposals.length), proposal = proposals[p];
      // The last one is voted down, whatever else.
      const support = p === 4 ? 0 : [1, 1, 1, 0, 2][random.below(5)];
      const again = voted.has(`${user}/${p}`);
      world.send(users[user], dao, Dao, "castVote", [proposal.id, support], {succeeds: !again});
      if (again) continue;
      voted.add(`${user}/${p}`);
      proposal.counts[support] += power[user];
    }
  }
  world.block();
  world.block();
  const all = power.reduce((a, b) => a + b, 0n), total = amounts.reduce((a, b) => a + b, 0n);
  if (all > total) throw new Error("more votes than tokens");
  const quorum = total * 4n / 100n;
  world.send(users[1], dao, Dao, "castVote", [proposals[1].id, 1], {succeeds: false});  // too late
  for (const proposal of proposals) {
    const [against, agreed, abstained] = proposal.counts;
    proposal.passes = agreed > against && agreed + abstained >= quorum;
    world.send(owner, dao, Dao, "execute", [...proposal.action, proposal.hash], {succeeds: proposal.passes});
  }
  if (!proposals.some(proposal => proposal.passes) || proposals.every(proposal => proposal.passes)) throw new Error("a test of both outcomes has both");
  let spent = 0n;
  for (const proposal of proposals) {
    world.check("votes", dao, Dao, "proposalVotes", [proposal.id], proposal.counts);
    world.check("state", dao, Dao, "state", [proposal.id], [proposal.passes ? 7 : 3]);
    world.check("grant", treasury, Token, "balanceOf", [proposal.to], [proposal.passes ? proposal.grant : 0n]);
    spent += proposal.passes ? proposal.grant : 0n;
  }
  world.check("treasury", treasury, Token, "balanceOf", [dao], [10n ** 24n - spent]);
  users.forEach((user, i) => world.check("votes of " + user, votes, VotesToken, "getVotes", [user], [power[i]]));
  world.save(folder);
};
