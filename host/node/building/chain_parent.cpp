// SPDX-License-Identifier: Apache-2.0
#include "host/node/building/chain_parent.hpp"

#include "host/node/chain/ancestor_hashes.hpp"

namespace switchyard::node {
namespace {

class ChainParent final : public BuildParent {
  public:
    ChainParent(Chain& chain, BlockPointer block, ChainViewPointer view)
        : chain_(chain),
          block_(std::move(block)),
          view_(std::move(view)),
          hashes_(chain.archive(), block_) {}

    [[nodiscard]] const BlockHeader& header() const override { return block_->header(); }
    [[nodiscard]] const Bytes32& hash() const override { return block_->hash; }
    [[nodiscard]] const StateView& state() const override { return *view_; }
    [[nodiscard]] const evm::BlockHashes& hashes() const override { return hashes_; }
    [[nodiscard]] Result<Bytes32> root_over(StateChanges changes) override {
        return chain_.root_over(block_, std::move(changes));
    }
    [[nodiscard]] std::optional<Error> failure() const override { return view_->failure(); }

  private:
    Chain& chain_;
    BlockPointer block_;
    ChainViewPointer view_;
    AncestorHashes hashes_;
};

}  // namespace

Result<std::shared_ptr<BuildParent>> make_chain_parent(Chain& chain, const BlockPointer& block) {
    auto view = chain.view(block);
    if (!view) return view.error();
    return std::shared_ptr<BuildParent>(
        std::make_shared<ChainParent>(chain, block, std::move(*view)));
}

Block block_of(const SealedBlock& sealed) {
    Block out;
    out.header = sealed.header;
    out.transactions.reserve(sealed.transactions.size());
    for (const SignedTransaction& item : sealed.transactions)
        out.transactions.push_back(item.transaction);
    if (sealed.header.withdrawals_root) out.withdrawals = sealed.withdrawals;
    return out;
}

JudgedBlock judged_block_of(const Payload& payload) {
    const SealedBlock& sealed = payload.block;
    JudgedBlock out;
    out.block = std::make_shared<ArchivedBlock>();
    out.block->block = block_of(sealed);
    out.block->hash = sealed.hash;
    out.block->encoded_bytes = encode_block(out.block->block).size();
    for (const SignedTransaction& transaction : sealed.transactions) {
        out.block->transaction_hashes.push_back(transaction.hash);
        out.block->senders.push_back(transaction.sender);
    }
    out.block->receipts = sealed.receipts;
    if (sealed.access_list) out.block->access_list = encode_block_access_list(*sealed.access_list);
    out.changes = payload.changes;
    return out;
}

}  // namespace switchyard::node
