// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/genesis.hpp"

namespace switchyard::conformance {

Result<BlockHeader> genesis_of(const fixtures::BlockchainTest& test, const Bytes32& state_root) {
    if (!test.genesis_environment) return test.genesis;
    const fixtures::TestEnvironment& environment = *test.genesis_environment;
    const Revision revision = test.config.revision_at(environment.number, environment.timestamp);
    BlockHeader stated;
    stated.beneficiary = environment.beneficiary;
    stated.prev_randao = environment.prev_randao.value_or(Bytes32{});
    stated.difficulty = environment.difficulty;
    stated.number = environment.number;
    stated.timestamp = environment.timestamp;
    stated.gas_limit = environment.gas_limit;
    stated.extra_data = {0};  // the execution-spec tests' genesis
    if (revision >= Revision::London) stated.base_fee_per_gas = environment.base_fee;
    if (revision >= Revision::Cancun) {
        stated.blob_gas_used = environment.blob_gas_used;
        stated.excess_blob_gas = environment.excess_blob_gas;
        stated.parent_beacon_block_root = environment.parent_beacon_block_root;
    }
    if (revision >= Revision::Amsterdam) stated.slot_number = environment.slot_number;
    return complete_genesis(std::move(stated), revision, state_root);
}

}  // namespace switchyard::conformance
