// SPDX-License-Identifier: Apache-2.0
#include "host/node/chain/chain_view.hpp"

#include <shared_mutex>

namespace switchyard::node {

ChainView::ChainView(BlockPointer block, flat::WriterFirstLock& gate,
                     std::unique_ptr<flat::BlockView> base,
                     std::vector<std::shared_ptr<const StateChanges>> layers)
    : block_(std::move(block)), base_(gate, std::move(base)) {
    if (layers.empty()) return;
    above_.emplace(base_);
    for (const auto& layer : layers)
        above_->apply(*layer);
}

std::optional<Account> ChainView::Base::account(const Address& address) const {
    const std::shared_lock guard(gate);
    return view->account(address);
}

Uint256 ChainView::Base::storage(const Address& address, const Uint256& key) const {
    const std::shared_lock guard(gate);
    return view->storage(address, key);
}

CodePointer ChainView::Base::code(const Bytes32& code_hash) const {
    const std::shared_lock guard(gate);
    return view->code(code_hash);
}

bool ChainView::Base::has_storage(const Address& address) const {
    const std::shared_lock guard(gate);
    return view->has_storage(address);
}

}  // namespace switchyard::node
