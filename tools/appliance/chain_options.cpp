// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/chain_options.hpp"

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

}  // namespace switchyard::appliance
