// SPDX-License-Identifier: Apache-2.0
import {expect} from "chai";
import {network} from "hardhat";

const connection = await network.create();
const {ethers, networkName} = connection;

describe("Probe", function () {
  let probe, deployer, other;

  /** A transaction that stands in a block: `emit` asks for its receipt at once, and blocks of a network take their time. */
  const mined = async transaction => {
    const sent = await transaction;
    await sent.wait();
    return sent;
  };

  before(async function () {
    [deployer, other] = await ethers.getSigners();
    probe = await ethers.deployContract("Probe", [7n], {value: 1000n});
    await probe.waitForDeployment();
  });

  it("runs on the network that was asked for", async function () {
    if (process.env.SWITCHYARD_RPC_URL) expect(networkName).to.equal("switchyard");
    expect((await ethers.provider.getNetwork()).chainId).to.equal(BigInt(process.env.SWITCHYARD_CHAIN_ID ?? 31337));
  });

  it("is deployed with its arguments and value", async function () {
    expect(await probe.value()).to.equal(7n);
    expect(await probe.owner()).to.equal(deployer.address);
    expect(await ethers.provider.getBalance(probe)).to.equal(1000n);
  });

  it("stores, and emits", async function () {
    await expect(mined(probe.connect(other).store(12n, "twelve"))).to.emit(probe, "Stored").withArgs(other.address, 12n, "twelve");
    expect(await probe.value()).to.equal(12n);
  });

  it("moves ether", async function () {
    await expect(other.sendTransaction({to: probe, value: 50n})).to.changeEtherBalances(ethers, [other, probe], [-50n, 50n]);
    expect(await probe.balanceOf(other)).to.equal(50n);
  });

  it("reverts in every way", async function () {
    await expect(probe.failWithReason()).to.be.revertedWith("asked to fail");
    await expect(probe.failWithError(11n)).to.be.revertedWithCustomError(probe, "TooLarge").withArgs(11n, 10n);
    await expect(probe.failWithPanic(0n)).to.be.revertedWithPanic(0x12);
    await expect(probe.failWithoutData()).to.be.revertedWithoutReason(ethers);
    const inner = probe.interface.encodeFunctionData("failWithReason");
    await expect(probe.relay(probe, inner)).to.be.revertedWith("asked to fail");
    await expect(mined(probe.tryRelay(probe, inner))).to.emit(probe, "Stored").withArgs(await probe.getAddress(), 0n, "tried");
  });

  it("finds its events again", async function () {
    const events = await probe.queryFilter(probe.filters.Stored(other.address));
    expect(events.map(event => event.args.note)).to.deep.equal(["twelve"]);
  });
});
