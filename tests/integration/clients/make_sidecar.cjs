// SPDX-License-Identifier: Apache-2.0
// Makes the blob that the clients send, by the KZG library of npm (half a minute of WebAssembly, which is why it is kept).
//
// usage: node make_sidecar.cjs FILE
"use strict";
const fs = require("fs");

const TEXT = Buffer.from("data that a rollup posts ".repeat(200));

async function main(file) {
  const bytes = Buffer.alloc(131_072);
  // 31 bytes in each field element, whose first byte stays zero: below the field's modulus.
  for (let i = 0; i < TEXT.length; ++i) bytes[Math.floor(i / 31) * 32 + 1 + (i % 31)] = TEXT[i];
  const blob = "0x" + bytes.toString("hex");
  const kzg = await require("kzg-wasm").loadKZG();
  const commitment = kzg.blobToKZGCommitment(blob);
  const proof = kzg.computeBlobKZGProof(blob, commitment);
  const cellProofs = kzg.computeCellsAndKZGProofs(blob).proofs;
  fs.writeFileSync(file + ".part", JSON.stringify({blob, commitment, proof, cellProofs}));
  fs.renameSync(file + ".part", file);
}

main(process.argv[2]);
