// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/chain_options.hpp"

#include <fmt/format.h>

#include <fstream>

#include "tools/config/edit.hpp"

namespace switchyard::appliance {

journal::SyncPolicy policy_of(const config::StateSection& state) {
    if (state.sync == "off") return journal::SyncPolicy::Off;
    return state.sync == "interval" ? journal::SyncPolicy::Interval : journal::SyncPolicy::Block;
}

node::ChainOptions chain_options_of(const config::StateSection& state) {
    node::ChainOptions out;
    out.store.flat.overlay_bytes = state.changes;
    out.store.flat.cache_bytes = state.cache;
    out.store.flat.undo_blocks = state.undo_blocks;
    out.store.trie.cache_bytes = state.trie_cache;
    out.store.policy = out.archive.policy = policy_of(state);
    out.store.sync_interval = out.archive.sync_interval = state.sync_interval;
    out.store.backlog_bytes = state.backlog;
    out.branch_blocks_max = std::min<uint64_t>(out.branch_blocks_max, state.undo_blocks);
    return out;
}

Result<void> keep_chain_id(const std::filesystem::path& folder, uint64_t chain_id) {
    const std::filesystem::path file = folder / "chain-id";
    uint64_t kept = 0;
    if (std::ifstream stream(file); stream >> kept) {
        if (kept == chain_id) return {};
        return Error{ErrorCode::InvalidInput,
                     fmt::format("{}: the folder's chain has the id {}, not {}", folder.string(),
                                 kept, chain_id)};
    }
    return config::replace_file(file.string(), fmt::format("{}\n", chain_id));
}

}  // namespace switchyard::appliance
