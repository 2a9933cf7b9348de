// SPDX-License-Identifier: Apache-2.0
#include "host/node/building/pool_follower.hpp"

#include <unordered_set>

#include "host/road/verdict_of.hpp"

namespace switchyard::node {

blobs::SidecarVersion next_sidecar_version(const ChainConfig& config, const BlockHeader& head) {
    // The next block's time is not known; that of the head is the least that it can be.
    return blobs::sidecar_version_of(config.revision_at(head.number + 1, head.timestamp + 1));
}

Result<std::unique_ptr<PoolFollower>> PoolFollower::create(Chain& chain, Pool& pool,
                                                           const blobs::SidecarStore* sidecars) {
    auto out = std::unique_ptr<PoolFollower>(new PoolFollower(chain, pool, sidecars));
    if (auto moved = out->move_to(chain.head()->block, {}); !moved) return moved.error();
    chain.add_listener(*out);
    return out;
}

PoolFollower::~PoolFollower() {
    chain_.remove_listener(*this);
}

void PoolFollower::on_head(const HeadEvent& event) {
    std::unordered_set<Bytes32> stays;
    for (const BlockPointer& block : event.added)
        stays.insert(block->transaction_hashes.begin(), block->transaction_hashes.end());
    std::vector<SignedTransaction> returned;
    for (auto block = event.removed.rbegin(); block != event.removed.rend(); ++block)
        for (size_t i = 0; i < (*block)->block.transactions.size(); ++i) {
            if (stays.contains((*block)->transaction_hashes[i])) continue;
            const Transaction& transaction = (*block)->block.transactions[i];
            returned.push_back(
                {.transaction = transaction,
                 .hash = (*block)->transaction_hashes[i],
                 .sender = (*block)->senders[i],
                 .encoded_bytes = static_cast<uint32_t>(encode_transaction(transaction).size())});
        }
    // A view that cannot be had is one of a head that has been left already: its event follows.
    (void)move_to(event.head->block, std::move(returned));
    pool_.block_durable(event.head->block->number());
}

Result<void> PoolFollower::move_to(const BlockPointer& head,
                                   std::vector<SignedTransaction> returned) {
    auto view = chain_.view(head);
    if (!view) return view.error();
    PoolHead next;
    next.state = view->get();
    next.block_gas_limit = head->header().gas_limit;
    next.rules = pool_rules(chain_.config(), head->header());
    next.number = head->number();
    pool_.set_head(std::move(next), std::move(returned));
    // Not before the pool has let go of it.
    view_ = std::move(*view);
    drop_outdated_blobs(head->header());
    return {};
}

void PoolFollower::drop_outdated_blobs(const BlockHeader& head) {
    if (sidecars_ == nullptr) return;
    const bool is_osaka =
        next_sidecar_version(chain_.config(), head) == blobs::SidecarVersion::CellProofs;
    const auto outdated =
        is_osaka ? blobs::SidecarVersion::BlobProofs : blobs::SidecarVersion::CellProofs;
    for (const Bytes32& transaction : sidecars_->held_of(outdated))
        (void)pool_.drop(transaction, Verdict::SidecarInvalid);
}

}  // namespace switchyard::node
