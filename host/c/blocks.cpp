// SPDX-License-Identifier: Apache-2.0
// Building, executing and finding blocks.
#include <cstddef>

#include "host/c/boundary.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr size_t kExtraDataMax = 32;
constexpr size_t kWithdrawalsMax = 16;  // the consensus specifications' MAX_WITHDRAWALS_PER_PAYLOAD
constexpr size_t kAttributesFirst =
    offsetof(switchyard_block_attributes, withdrawal_count) + sizeof(size_t);

Result<BlockAttributes> attributes_of(const switchyard_block_attributes& given) {
    if (given.extra_data_length > kExtraDataMax || given.withdrawal_count > kWithdrawalsMax)
        return Error{ErrorCode::InvalidInput,
                     "extra data has 32 bytes at most, and a block 16 withdrawals"};
    if ((given.extra_data == nullptr && given.extra_data_length != 0) ||
        (given.withdrawals == nullptr && given.withdrawal_count != 0))
        return Error{ErrorCode::InvalidInput, "extra_data or withdrawals is NULL, not its count"};
    BlockAttributes out;
    out.timestamp = given.timestamp;
    out.beneficiary = c::address_of(given.beneficiary);
    out.prev_randao = c::bytes32_of(given.prev_randao);
    out.parent_beacon_block_root = c::bytes32_of(given.parent_beacon_block_root);
    out.gas_limit = given.gas_limit;
    out.slot_number = given.slot_number;
    if (given.extra_data_length != 0)
        out.extra_data.assign(given.extra_data, given.extra_data + given.extra_data_length);
    for (size_t i = 0; i < given.withdrawal_count; ++i) {
        const switchyard_withdrawal& item = given.withdrawals[i];
        out.withdrawals.push_back(
            {item.index, item.validator_index, c::address_of(item.address), item.amount_gwei});
    }
    return out;
}

/// What a search came to, as a handle.
Outcome give(const Result<node::BlockPointer>& found, switchyard_block** block) {
    if (!found) return found.error();
    if (*found == nullptr) return {SWITCHYARD_NOT_FOUND, "there is no such block"};
    if (block != nullptr) *block = c::hand_out(*found);
    return {};
}

}  // namespace

extern "C" {

switchyard_status switchyard_build_block(switchyard_chain* chain,
                                         const switchyard_block_attributes* attributes,
                                         switchyard_block** block) {
    return c::guarded(__func__, [&]() -> Outcome {
        switchyard_block_attributes given{};
        if (attributes != nullptr)
            if (auto refused = c::read_sized(attributes, kAttributesFirst, &given, sizeof given))
                return *refused;
        auto asked = attributes_of(given);
        if (!asked) return asked.error();
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        return give(lease->build(std::move(*asked)), block);
    });
}

switchyard_status switchyard_execute_block(switchyard_chain* chain, const uint8_t* rlp,
                                           size_t length, const switchyard_word* expected_hash,
                                           uint32_t flags, switchyard_block** block) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"rlp", rlp}})) return *refused;
        if ((flags & ~uint32_t{SWITCHYARD_KEEP_HEAD}) != 0)
            return {SWITCHYARD_INVALID_INPUT, "flags has bits that mean nothing"};
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        std::optional<Bytes32> expected;
        if (expected_hash != nullptr) expected = c::bytes32_of(*expected_hash);
        return give(lease->execute({rlp, length}, expected, (flags & SWITCHYARD_KEEP_HEAD) == 0),
                    block);
    });
}

switchyard_status switchyard_set_head(switchyard_chain* chain, const switchyard_word* hash) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"hash", hash}})) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        return give(lease->set_head(c::bytes32_of(*hash)), nullptr);
    });
}

switchyard_status switchyard_head(switchyard_chain* chain, switchyard_block** block) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"block", block}})) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        return give(lease->chain().head()->block, block);
    });
}

switchyard_status switchyard_block_by_number(switchyard_chain* chain, uint64_t number,
                                             switchyard_block** block) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"block", block}})) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        node::BlockId id;
        id.tag = node::BlockTag::Number;
        id.number = number;
        return give(lease->chain().block(id), block);
    });
}

switchyard_status switchyard_block_by_hash(switchyard_chain* chain, const switchyard_word* hash,
                                           switchyard_block** block) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"hash", hash}, {"block", block}})) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        return give(lease->chain().archive().block(c::bytes32_of(*hash)), block);
    });
}

switchyard_status switchyard_block_of_transaction(switchyard_chain* chain,
                                                  const switchyard_word* hash,
                                                  switchyard_block** block, uint32_t* index) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"hash", hash}, {"block", block}})) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        const node::Archive& archive = lease->chain().archive();
        const Bytes32 wanted = c::bytes32_of(*hash);
        const auto place = archive.transaction(wanted);
        if (!place) return place.error();
        if (!*place) return {SWITCHYARD_NOT_FOUND, "the transaction is in no block of the chain"};
        const auto found = archive.canonical_block((*place)->number);
        if (!found) return found.error();
        const uint32_t position = (*place)->position;
        // A reorganisation between the two reads.
        if (*found == nullptr || position >= (*found)->transaction_hashes.size() ||
            (*found)->transaction_hashes[position] != wanted)
            return {SWITCHYARD_NOT_FOUND, "the transaction is in no block of the chain"};
        if (index != nullptr) *index = position;
        return give(*found, block);
    });
}

switchyard_status switchyard_block_release(switchyard_block* block) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (c::blocks().take(block) == nullptr) return c::no_such_handle("block");
        return {};
    });
}

}  // extern "C"
