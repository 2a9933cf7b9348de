// SPDX-License-Identifier: Apache-2.0
// The input of a state transition as the ecosystem's `t8n` tools take it: alloc, env and txs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/chain/block.hpp"
#include "host/chain/chain_config.hpp"
#include "host/core/result.hpp"
#include "tools/fixtures/pre_state.hpp"

namespace switchyard::t8n {

/// An ommer as `env.ommers` states it.
struct Ommer {
    uint64_t delta = 0;  ///< blocks between it and the new block, 1 to 7
    Address address;
};

/// `env`: the block that is built, as far as the caller says it. What can be computed from the
/// parent may be absent.
struct Environment {
    Address beneficiary;
    uint64_t gas_limit = 0;
    uint64_t number = 0;
    uint64_t timestamp = 0;
    std::optional<Uint256> difficulty;
    std::optional<Bytes32> random;
    std::optional<Uint256> base_fee;
    std::optional<uint64_t> excess_blob_gas;
    std::optional<Bytes32> parent_beacon_block_root;
    std::optional<uint64_t> slot_number;  ///< EIP-7843
    std::optional<std::vector<Withdrawal>> withdrawals;
    std::vector<Ommer> ommers;
    std::map<uint64_t, Bytes32> block_hashes;

    std::optional<Uint256> parent_difficulty;
    std::optional<uint64_t> parent_timestamp;
    std::optional<Bytes32> parent_ommers_hash;
    std::optional<Uint256> parent_base_fee;
    uint64_t parent_gas_used = 0;
    uint64_t parent_gas_limit = 0;
    std::optional<uint64_t> parent_excess_blob_gas;
    std::optional<uint64_t> parent_blob_gas_used;
};

/// One entry of `txs`: a transaction, or why its bytes are none.
struct Candidate {
    Transaction transaction;
    std::string error;  ///< not empty: the entry is rejected with it
};

struct Input {
    fixtures::PreState alloc;
    Environment environment;
    std::vector<Candidate> transactions;
    std::optional<BlobParameters> blob_parameters;  ///< `blobParams`, for forks that have none
};

/// Where each part comes from: a file, or `stdin` for the member of one JSON object there.
struct InputSources {
    std::string alloc = "alloc.json";
    std::string environment = "env.json";
    std::string transactions = "txs.json";  ///< `.rlp`: a JSON string with the RLP list in hex
    std::string blob_parameters;            ///< empty: none
};

/// Reads and signs: a transaction without signature that has a `secretKey` is signed for
/// `chain_id`, without replay protection if it says `"protected": false`. `standard_input` is read
/// where a source is `stdin`: the members `alloc`, `env`, `txs` or `txsRlp`, `blobParams`. Errors
/// name the file and the field: `NotFound`, `InvalidInput`.
[[nodiscard]] Result<Input> read_input(const InputSources& sources, std::string_view standard_input,
                                       uint64_t chain_id);

}  // namespace switchyard::t8n
