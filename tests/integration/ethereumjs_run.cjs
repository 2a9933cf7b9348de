// SPDX-License-Identifier: Apache-2.0
// Runs generated traffic on ethereumjs: usage: node ethereumjs_run.cjs GENESIS TRANSACTIONS, with NODE_PATH at the
// packages @ethereumjs/vm and those that it needs. Prints {genesisRoot, stateRoot, gasUsed, failed} of one block of Cancun.
const fs = require('fs');
const { createBlock } = require('@ethereumjs/block');
const { createCustomCommon, Hardfork, Mainnet } = require('@ethereumjs/common');
const { MerklePatriciaTrie } = require('@ethereumjs/mpt');
const { MerkleStateManager } = require('@ethereumjs/statemanager');
const { createTxFromRLP } = require('@ethereumjs/tx');
const { Account, bigIntToBytes, bytesToHex, createAddressFromString, hexToBytes, setLengthLeft, unpadBytes } =
    require('@ethereumjs/util');
const { createVM, runTx } = require('@ethereumjs/vm');

async function main(genesisFile, transactionsFile) {
    const genesis = JSON.parse(fs.readFileSync(genesisFile, 'utf8'));
    const common = createCustomCommon({ chainId: genesis.config.chainId }, Mainnet, { hardfork: Hardfork.Cancun });
    const trie = new MerklePatriciaTrie({ useKeyHashing: true, common });
    const state = new MerkleStateManager({ trie, common });
    const vm = await createVM({ common, stateManager: state });
    const root = async () => {
        await state.flush();
        return bytesToHex(await state.getStateRoot());
    };
    for (const [text, account] of Object.entries(genesis.alloc)) {
        const address = createAddressFromString(text);
        await state.putAccount(address, new Account(BigInt(account.nonce || 0), BigInt(account.balance)));
        if (account.code) await state.putCode(address, hexToBytes(account.code));
        for (const [slot, value] of Object.entries(account.storage || {}))
            await state.putStorage(address, hexToBytes(slot), unpadBytes(hexToBytes(value)));
    }
    const genesisRoot = await root();

    const timestamp = BigInt(genesis.timestamp) + 12n;
    const header = {
        number: 1n, timestamp, gasLimit: BigInt(genesis.gasLimit), baseFeePerGas: BigInt(genesis.baseFeePerGas),
        difficulty: 0n, mixHash: genesis.mixHash, coinbase: createAddressFromString(genesis.coinbase),
        excessBlobGas: 0n, blobGasUsed: 0n, parentBeaconBlockRoot: new Uint8Array(32), withdrawalsRoot: new Uint8Array(32),
    };
    const block = createBlock({ header }, { common, skipConsensusFormatValidation: true });
    // EIP-4788, which runTx leaves to runBlock: the time goes into a ring of 8,191 slots; the root beside it is 0 here.
    const beaconRoots = createAddressFromString('0x000f3df6d732807ef1319fb7b8bb8522d0beac02');
    await state.putStorage(beaconRoots, setLengthLeft(bigIntToBytes(timestamp % 8191n), 32), bigIntToBytes(timestamp));

    let gasUsed = 0n;
    let failed = 0;
    for (const line of fs.readFileSync(transactionsFile, 'utf8').trim().split('\n')) {
        const tx = createTxFromRLP(hexToBytes(line), { common });
        const result = await runTx(vm, { tx, block, skipBlockGasLimitValidation: true });
        gasUsed += result.totalGasSpent;
        if (result.execResult.exceptionError) failed += 1;
    }
    console.log(JSON.stringify({ genesisRoot, stateRoot: await root(), gasUsed: Number(gasUsed), failed }));
}

main(process.argv[2], process.argv[3]).catch((error) => {
    console.error(error);
    process.exit(1);
});
