// SPDX-License-Identifier: Apache-2.0
// Compiles the contracts beside this file with solc from npm, and writes or compares the committed artifacts.
//
// usage: npm install --no-save --prefix DIR solc@0.8.28
//        NODE_PATH=DIR/node_modules node tools/workloads/contracts/compile.cjs [--check]
const fs = require('fs');
const path = require('path');
const solc = require('solc');

const settings = {
    evmVersion: 'paris',
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'] } },
};

let different = 0;
for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith('.sol')).sort()) {
    const sources = { [file]: { content: fs.readFileSync(path.join(__dirname, file), 'utf8') } };
    const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
    const errors = (output.errors || []).filter((error) => error.severity === 'error');
    if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
    for (const [contract, result] of Object.entries(output.contracts[file])) {
        const artifact = {
            contract,
            source: file,
            compiler: solc.version(),
            settings: { evmVersion: settings.evmVersion, metadata: settings.metadata, optimizer: settings.optimizer },
            methods: result.evm.methodIdentifiers,
            bytecode: '0x' + result.evm.bytecode.object,
            deployedBytecode: '0x' + result.evm.deployedBytecode.object,
        };
        const target = path.join(__dirname, contract + '.json');
        const text = JSON.stringify(artifact, null, 2) + '\n';
        if (!process.argv.includes('--check')) fs.writeFileSync(target, text);
        else if (!fs.existsSync(target) || fs.readFileSync(target, 'utf8') !== text) {
            console.error(`${contract}.json differs from what ${solc.version()} makes of ${file}`);
            different += 1;
        }
        console.log(`${contract}: ${artifact.deployedBytecode.length / 2 - 1} bytes`);
    }
}
process.exit(different === 0 ? 0 : 1);
