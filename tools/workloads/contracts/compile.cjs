// SPDX-License-Identifier: Apache-2.0
// Compiles the contracts of the folders beside this file with solc from npm, and writes or compares the committed artifacts.
//
// usage: npm install --no-save --prefix DIR solc@0.8.28
//        NODE_PATH=DIR/node_modules node tools/workloads/contracts/compile.cjs [--check] [FOLDER...]
//
// A folder is one kind of workload; `shared` holds what several import, and gives no artifacts of its own.
const fs = require('fs');
const path = require('path');
const solc = require('solc');

const version = '0.8.28';
// The demo runs from London on; everything else from Cancun on.
const evmVersions = { demo: 'paris' };
const codeBytesMax = 24576; // EIP-170

const settingsOf = (folder) => ({
    evmVersion: evmVersions[folder] || 'cancun',
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    optimizer: { enabled: true, runs: 200 },
});

const read = (file) => fs.readFileSync(path.join(__dirname, file), 'utf8');
const solFiles = (folder) =>
    fs.readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.sol')).sort();

/// The artifacts of a folder, as file name -> text.
function compile(folder) {
    const sources = {};
    for (const file of solFiles(folder)) sources[`${folder}/${file}`] = { content: read(`${folder}/${file}`) };
    const settings = settingsOf(folder);
    const input = {
        language: 'Solidity',
        sources,
        settings: {
            ...settings,
            outputSelection: { '*': { '': ['ast'], '*': ['evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'] } },
        },
    };
    const findImport = (file) => {
        try {
            return { contents: read(file) };
        } catch (error) {
            return { error: error.message };
        }
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
    const complaints = (output.errors || []).filter((error) => error.severity !== 'info');
    if (complaints.length > 0) throw new Error(complaints.map((error) => error.formattedMessage).join('\n'));
    const artifacts = {};
    for (const source of Object.keys(sources)) {
        for (const [contract, result] of Object.entries(output.contracts[source] || {})) {
            // Interfaces and abstract contracts have no code, libraries of internal functions a stub alone.
            const isLibrary = output.sources[source].ast.nodes.some(
                (node) => node.name === contract && node.contractKind === 'library');
            if (result.evm.bytecode.object === '' || isLibrary) continue;
            const bytes = result.evm.deployedBytecode.object.length / 2;
            if (bytes > codeBytesMax) throw new Error(`${contract} has ${bytes} bytes of code, more than EIP-170 allows`);
            console.log(`${folder}/${contract}: ${bytes} bytes`);
            artifacts[`${contract}.json`] = JSON.stringify({
                contract,
                source: path.basename(source),
                compiler: solc.version(),
                settings,
                methods: result.evm.methodIdentifiers,
                bytecode: '0x' + result.evm.bytecode.object,
                deployedBytecode: '0x' + result.evm.deployedBytecode.object,
            }, null, 2) + '\n';
        }
    }
    return artifacts;
}

const check = process.argv.includes('--check');
const named = process.argv.slice(2).filter((argument) => argument !== '--check');
const folders = fs.readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
    .map((entry) => entry.name)
    .filter((name) => named.length === 0 || named.includes(name))
    .sort();
if (!solc.version().startsWith(version + '+')) {
    console.error(`solc ${version} is needed, found ${solc.version()}`);
    process.exit(2);
}
let different = 0;
for (const folder of folders) {
    const artifacts = compile(folder);
    const present = fs.readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.json'));
    for (const name of present.filter((file) => !(file in artifacts))) {
        if (!check) fs.unlinkSync(path.join(__dirname, folder, name));
        else {
            console.error(`${folder}/${name}: no contract of that name`);
            different += 1;
        }
    }
    for (const [name, text] of Object.entries(artifacts)) {
        const target = path.join(__dirname, folder, name);
        if (!check) fs.writeFileSync(target, text);
        else if (!fs.existsSync(target) || fs.readFileSync(target, 'utf8') !== text) {
            console.error(`${folder}/${name} differs from what ${solc.version()} makes of the source`);
            different += 1;
        }
    }
}
process.exit(different === 0 ? 0 : 1);
