// SPDX-License-Identifier: Apache-2.0
// usage: node make_fixtures.cjs FOLDER     writes FOLDER/PROTOCOL.json for each protocol; its packages are found through NODE_PATH
"use strict";
const folder = process.argv[2];
for (const protocol of ["uniswap_v2", "uniswap_v3", "governor", "aave_v3"]) require(`./${protocol}.cjs`)(folder);
