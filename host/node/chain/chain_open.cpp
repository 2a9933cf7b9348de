// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/node/chain/chain.hpp"

namespace switchyard::node {
namespace {

BlockPointer genesis_block(const BlockHeader& header) {
    auto out = std::make_shared<ArchivedBlock>();
    out->block.header = header;
    if (header.withdrawals_root) out->block.withdrawals.emplace();
    out->hash = header_hash(header);
    out->total_difficulty = header.difficulty;
    out->encoded_bytes = encode_block(out->block).size();
    return out;
}

}  // namespace

Chain::Chain(ChainConfig config, ChainOptions options)
    : config_(std::move(config)), options_(std::move(options)), tree_(options_.tree) {
    execute_ = options_.execute ? options_.execute
                                : [](const execute::BlockInput& input, const StateView& state,
                                     const BlockAccessList*) {
                                      return execute::execute_block_serial(input, state);
                                  };
}

Chain::~Chain() = default;

Result<std::unique_ptr<Chain>> Chain::open(const std::filesystem::path& folder, Genesis genesis,
                                           ChainOptions options) {
    if (auto checked = genesis.config.check(); !checked) return checked.error();
    std::error_code created;
    std::filesystem::create_directories(folder, created);
    if (created) return Error{ErrorCode::Io, folder.string() + ": " + created.message()};
    std::unique_ptr<Chain> out(new Chain(genesis.config, std::move(options)));
    auto archive = Archive::open(folder / "archive", out->options_.archive);
    if (!archive) return archive.error();
    out->archive_ = *std::move(archive);
    auto store = StateStore::open(folder / "state", out->options_.store);
    if (!store) return store.error();
    out->store_ = *std::move(store);
    if (auto ready = out->open_genesis(std::move(genesis)); !ready) return ready.error();
    if (auto ready = out->reconcile(); !ready) return ready.error();
    return out;
}

Result<void> Chain::open_genesis(Genesis genesis) {
    genesis_ = genesis_block(genesis.header);
    fork_blocks_ = std::move(genesis.fork_blocks);
    fork_times_ = std::move(genesis.fork_times);
    const StoredBlock stored{genesis.header.number, genesis_->hash, genesis.header.state_root};
    if (!store_->last_block()) {
        if (archive_->marks() != HeadMarks{})
            return Error{ErrorCode::Corrupt,
                         "the folder has an archive of blocks and no state: restore both"};
        if (auto done = store_->commit(stored, std::move(genesis.state)); !done) return done;
    }
    if (archive_->marks() == HeadMarks{}) {
        if (store_->last_block()->hash != genesis_->hash)
            return Error{ErrorCode::Corrupt,
                         "the folder has a state and no archive of blocks: restore both"};
        HeadChange change{std::nullopt, {genesis_}, {genesis_->hash, {}, {}}};
        if (auto done = archive_->append(genesis_); !done) return done;
        if (auto done = archive_->log_head(change); !done) return done;
        if (auto done = archive_->wait_durable(); !done) return done;
        return archive_->publish(std::move(change));
    }
    const auto first = archive_->canonical_hash(genesis_->number());
    if (!first) return first.error();
    if (*first != std::optional(genesis_->hash))
        return Error{ErrorCode::InvalidInput,
                     "the folder has a chain whose genesis block is " +
                         (*first ? to_hex(**first) : std::string("absent")) + ", not " +
                         to_hex(genesis_->hash)};
    return {};
}

/// The archive's journal is written before the state: where they differ, the archive is right.
Result<void> Chain::reconcile() {
    const HeadMarks marks = archive_->marks();
    const auto head = archive_->block(marks.head);
    if (!head) return head.error();
    if (*head == nullptr)
        return Error{ErrorCode::Corrupt, "the archive lacks its head " + to_hex(marks.head)};
    if (store_->last_block()->hash != marks.head) {
        uint64_t ancestor = std::min(store_->last_block()->number, (*head)->number());
        while (true) {
            const auto stored = store_->block_at(ancestor);
            if (!stored) return stored.error();
            const auto canonical = archive_->canonical_hash(ancestor);
            if (!canonical) return canonical.error();
            if (*stored && *canonical && (*stored)->hash == **canonical) break;
            if (ancestor == 0)
                return Error{ErrorCode::Corrupt, "state and archive are of different chains"};
            --ancestor;
        }
        if (ancestor != store_->last_block()->number)
            if (auto back = store_->rewind(ancestor); !back) return back;
        for (uint64_t number = ancestor + 1; number <= (*head)->number(); ++number) {
            const auto block = archive_->canonical_block(number);
            if (!block) return block.error();
            const auto parent = archive_->canonical_block(number - 1);
            if (!parent) return parent.error();
            if (*block == nullptr || *parent == nullptr)
                return Error{ErrorCode::Corrupt,
                             "the archive lacks block " + std::to_string(number)};
            const auto changes =
                execute_again(config_, *archive_, execute_, **block, *parent, store_->view());
            if (!changes) return changes.error();
            if (auto done = store_->commit({number, (*block)->hash, (*block)->header().state_root},
                                           StateChanges(**changes));
                !done)
                return done;
        }
    }
    auto now = head_of(*head, marks, {}, (*head)->number());
    if (!now) return now.error();
    publish_head(*std::move(now));
    return {};
}

}  // namespace switchyard::node
