// SPDX-License-Identifier: Apache-2.0
// Reading the state after a block.
#include <cstddef>

#include "host/c/boundary.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr size_t kAccountFirst = offsetof(switchyard_account, code_hash) + sizeof(switchyard_word);

/// Calls `read` with the state after `at`, or after the head.
template <typename Read>
Outcome read_state(switchyard_chain* chain, switchyard_block* at, const Read& read) {
    const c::ChainLease lease(chain);
    if (!lease) return c::no_such_handle("chain");
    node::BlockPointer block = lease->chain().head()->block;
    if (at != nullptr) {
        const auto entry = c::blocks().find(at);
        if (entry == nullptr) return c::no_such_handle("block");
        // It may be a block of another chain.
        const auto here = lease->chain().archive().block(entry->block->hash);
        if (!here) return here.error();
        if (*here == nullptr) return {SWITCHYARD_NOT_FOUND, "the block is not one of this chain"};
        block = *here;
    }
    const auto view = lease->chain().view(block);
    const auto not_kept = [](const Error& error) -> Outcome {
        if (error.code != ErrorCode::NotFound) return error;
        return {SWITCHYARD_UNAVAILABLE, error.message};
    };
    if (!view) return not_kept(view.error());
    const Outcome out = read(**view);
    if (const auto failed = (*view)->failure()) return not_kept(*failed);
    return out;
}

}  // namespace

extern "C" {

switchyard_status switchyard_read_account(switchyard_chain* chain, switchyard_block* at,
                                          const switchyard_address* address,
                                          switchyard_account* account) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"address", address}, {"account", account}}))
            return *refused;
        if (auto refused = c::check_sized(account, kAccountFirst)) return *refused;
        switchyard_account out{};
        Outcome outcome = read_state(chain, at, [&](const StateView& state) -> Outcome {
            const auto found = state.account(c::address_of(*address));
            const Account of = found.value_or(Account{});
            out.exists = found ? 1 : 0;
            out.nonce = of.nonce;
            out.balance = c::word_of(of.balance);
            out.code_hash = c::word_of(of.code_hash);
            return {};
        });
        if (outcome.status == SWITCHYARD_OK) c::write_sized(&out, sizeof out, account);
        return outcome;
    });
}

switchyard_status switchyard_read_storage(switchyard_chain* chain, switchyard_block* at,
                                          const switchyard_address* address,
                                          const switchyard_word* slot, switchyard_word* value) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"address", address}, {"slot", slot}, {"value", value}}))
            return *refused;
        switchyard_word out{};
        Outcome outcome = read_state(chain, at, [&](const StateView& state) -> Outcome {
            const Address of = c::address_of(*address);
            if (state.account(of))
                out = c::word_of(state.storage(of, to_uint256(c::bytes32_of(*slot))));
            return {};
        });
        if (outcome.status == SWITCHYARD_OK) *value = out;
        return outcome;
    });
}

switchyard_status switchyard_read_code(switchyard_chain* chain, switchyard_block* at,
                                       const switchyard_address* address, uint8_t* buffer,
                                       size_t capacity, size_t* length) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"address", address}, {"length", length}}))
            return *refused;
        if (buffer == nullptr && capacity != 0)
            return {SWITCHYARD_INVALID_INPUT, "buffer is NULL, but not its capacity"};
        CodePointer code;
        Outcome outcome = read_state(chain, at, [&](const StateView& state) -> Outcome {
            const auto found = state.account(c::address_of(*address));
            if (found && found->has_code()) code = state.code(found->code_hash);
            return {};
        });
        if (outcome.status != SWITCHYARD_OK) return outcome;
        const BytesView bytes = code ? code->bytes() : BytesView{};
        *length = bytes.size();
        if (bytes.size() > capacity)
            return {SWITCHYARD_LIMIT_EXCEEDED,
                    "the code has " + std::to_string(bytes.size()) + " bytes"};
        if (!bytes.empty()) std::memcpy(buffer, bytes.data(), bytes.size());
        return {};
    });
}

}  // extern "C"
