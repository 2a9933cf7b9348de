// SPDX-License-Identifier: Apache-2.0
// Parameters of the execution-apis that name blocks and state.
#pragma once

#include "host/node/eth/backend.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::eth {

/// A number or tag; absent: the latest.
[[nodiscard]] BlockId read_block_number(rpc::Arguments& arguments, const rpc::Params& params,
                                        size_t index);
/// Parameter 0 of a method that comes in two forms, by hash and by number.
[[nodiscard]] BlockId read_hash_or_number(rpc::Arguments& arguments, const rpc::Params& params,
                                          bool by_hash);
/// A number or tag, or a hash, or an object (EIP-1898).
[[nodiscard]] BlockId read_block_id(rpc::Arguments& arguments, const rpc::Params& params,
                                    size_t index);
/// From a text; false: it is none of them, and `fault` says why.
[[nodiscard]] bool parse_block_number(std::string_view text, BlockId& out, std::string& fault);

/// A storage key of at most 32 bytes, with or without leading zeros.
[[nodiscard]] rpc::Answer<Uint256> parse_storage_key(std::string_view text);

/// An error of the chain as an answer.
[[nodiscard]] rpc::RpcError answer_of(const Error& error);

/// The block that is named, or null.
[[nodiscard]] rpc::Answer<BlockPointer> block_or_null(const EthBackend& backend, const BlockId& id);
/// The block that is named; "header not found" where there is none.
[[nodiscard]] rpc::Answer<BlockPointer> find_block(const EthBackend& backend, const BlockId& id);

/// Calls `use(view)` with the state after the block that is named. Where a reorganisation took the
/// state away meanwhile it is called again with the new one, so it must not keep anything.
template <typename Use>
[[nodiscard]] rpc::Failure with_state(const EthBackend& backend, const BlockId& id, Use use) {
    constexpr int kAttempts = 3;
    std::optional<Error> failed;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto block = find_block(backend, id);
        if (!block) return block.error();
        const auto view = backend.chain.view(*block);
        if (!view) {
            failed = view.error();
        } else {
            rpc::Failure answer = use(**view);
            failed = (*view)->failure();
            if (!failed) return answer;
        }
        if (failed->code != ErrorCode::NotFound) break;
    }
    return answer_of(*failed);
}

}  // namespace switchyard::node::eth
