// SPDX-License-Identifier: Apache-2.0
#include "host/embedded/embedded_chain.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "host/building/block_timer.hpp"
#include "host/building/payload_builder.hpp"
#include "host/core/hex.hpp"
#include "host/node/building/chain_parent.hpp"

namespace switchyard::embedded {
namespace {

constexpr size_t kCacheBytesMin = size_t{16} << 20;
/// What a block may take to be built: so long that what the pool has decides, not the time.
constexpr uint64_t kBuildMs = 3'600'000;

uint64_t unix_s() {
    return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                 std::chrono::seconds(1));
}

node::ChainOptions chain_options(const EmbeddedOptions& options, bool is_temporary) {
    node::ChainOptions out;
    const size_t bytes = std::max(options.cache_bytes, kCacheBytesMin);
    out.store.flat.cache_bytes = bytes / 2;
    out.store.flat.code_cache_bytes = bytes / 8;
    out.store.trie.cache_bytes = bytes / 4;
    out.store.trie_page_cache_bytes = bytes / 8;
    // What is thrown away need not be opened as many files.
    if (is_temporary) out.store.shards.shards = 1;
    out.store.policy = out.archive.policy = is_temporary ? journal::SyncPolicy::Off : options.sync;
    return out;
}

}  // namespace

EmbeddedChain::Folder::~Folder() {
    if (!is_temporary) return;
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

Result<void> EmbeddedChain::make_folder() {
    if (!options_.folder.empty()) {
        folder_.path = options_.folder;
        return {};
    }
    std::error_code error;
    const auto base = std::filesystem::temp_directory_path(error);
    if (error) return Error{ErrorCode::Io, "the folder for temporary files: " + error.message()};
    std::string name = (base / "switchyard-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return Error{ErrorCode::Io, name + ": cannot be made; set TMPDIR, or name a folder"};
    folder_.path = name;
    folder_.is_temporary = true;
    return {};
}

Result<std::unique_ptr<EmbeddedChain>> EmbeddedChain::open(node::Genesis genesis,
                                                           EmbeddedOptions options) {
    std::unique_ptr<EmbeddedChain> out(new EmbeddedChain(std::move(options)));
    if (auto made = out->make_folder(); !made) return made.error();
    if (auto opened = out->open_parts(std::move(genesis)); !opened) return opened.error();
    return out;
}

Result<void> EmbeddedChain::open_parts(node::Genesis genesis) {
    if (options_.extra_data.size() > 32)
        return Error{ErrorCode::InvalidInput, "extra data has 32 bytes at most"};
    auto lanes = LaneExecutor::open(options_.lanes, options_.check_serially);
    if (!lanes) return lanes.error();
    lanes_ = std::move(*lanes);

    VerifyConfig verify;
    verify.chain_id = genesis.config.chain_id;
    verify_ = std::make_unique<VerifyStation>(verify);

    node::ChainOptions chain = chain_options(options_, folder_.is_temporary);
    chain.execute = [this](const execute::BlockInput& input, const StateView& state,
                           const BlockAccessList* access_list) {
        return lanes_->execute(input, state, access_list);
    };
    auto opened = node::Chain::open(folder_.path, std::move(genesis), std::move(chain));
    if (!opened) return opened.error();
    chain_ = std::move(*opened);
    pool_ = std::make_unique<Pool>(options_.pool);
    auto follower = node::PoolFollower::create(*chain_, *pool_);
    if (!follower) return follower.error();
    follower_ = std::move(*follower);
    if (!folder_.is_temporary) {
        PoolJournalOptions journal;
        journal.folder = folder_.path / "pool";
        journal.policy = options_.sync;
        if (auto restored = pool_->open_journal(journal); !restored) return restored.error();
    }
    chain_->add_listener(fanout_);
    return {};
}

EmbeddedChain::~EmbeddedChain() {
    fanout_.close();
    if (chain_) chain_->remove_listener(fanout_);
}

void EmbeddedChain::submit(std::span<const BytesView> raw, std::span<Verdict> verdicts,
                           std::span<Bytes32> hashes) {
    SWITCHYARD_ASSERT(raw.size() == verdicts.size());
    SWITCHYARD_ASSERT(hashes.empty() || hashes.size() == raw.size());
    pool_->tick(unix_s());
    std::vector<RawTransaction> batch;
    std::vector<SignedTransaction> verified;
    for (size_t begin = 0; begin < raw.size(); begin += kBatchTransactionsMax) {
        const size_t count = std::min(kBatchTransactionsMax, raw.size() - begin);
        batch.assign(count, {});
        for (size_t i = 0; i < count; ++i)
            batch[i].bytes = raw[begin + i];
        const std::span<Verdict> of_batch = verdicts.subspan(begin, count);
        {
            const std::lock_guard guard(verify_mutex_);
            verify_->verify(batch, of_batch, verified);
        }
        Pool::Batch adding(*pool_);
        size_t next = 0;
        for (size_t i = 0; i < count; ++i) {
            if (!hashes.empty()) hashes[begin + i] = {};
            if (of_batch[i] != Verdict::Accepted) continue;
            SignedTransaction& transaction = verified[next++];
            if (!hashes.empty()) hashes[begin + i] = transaction.hash;
            of_batch[i] = adding.add(std::move(transaction), options_.pool.sink_origin);
        }
        if (const auto durable = adding.commit(); !durable)
            std::ranges::replace(of_batch, Verdict::Accepted, Verdict::NotDurable);
    }
}

Result<node::BlockPointer> EmbeddedChain::build(BlockAttributes attributes) {
    const std::lock_guard guard(head_mutex_);
    const node::BlockPointer parent = chain_->head()->block;
    if (attributes.timestamp == 0)
        attributes.timestamp = BlockTimer::timestamp(unix_s(), parent->header().timestamp);
    auto base = node::make_chain_parent(*chain_, parent);
    if (!base) return base.error();

    PayloadBuilderConfig config;
    config.chain = chain_->config();
    config.gas_limit = options_.gas_limit;
    config.extra_data = options_.extra_data;
    config.lifetime_ms = kBuildMs;
    config.get_deadline_ms = 0;
    config.threaded = false;
    PayloadBuilder builder(config, *pool_,
                           [this](const execute::BlockInput& input, const StateView& state) {
                               return lanes_->execute(input, state);
                           });
    const auto id = builder.begin(std::move(*base), std::move(attributes));
    if (!id) return id.error();
    if (pool_->status().executable != 0)
        if (const auto improved = builder.improve(); !improved) return improved.error();
    const auto payload = builder.get(*id);
    if (!payload) return payload.error();
    if (!options_.check_serially) {
        // What was executed to be built is not executed to be judged.
        lanes_->name_last((*payload)->block.hash);
        chain_->expect(node::judged_block_of(**payload));
    }
    auto adopted = adopt(node::block_of((*payload)->block), true);
    if (!adopted && adopted.error().code == ErrorCode::InvalidInput)
        return Error{ErrorCode::Internal,
                     "a block that was built here is invalid: " + adopted.error().message};
    return adopted;
}

Result<node::BlockPointer> EmbeddedChain::execute(BytesView rlp,
                                                  const std::optional<Bytes32>& expected,
                                                  bool make_head) {
    auto block = decode_block(rlp);
    if (!block) return block.error();
    if (expected) {
        const Bytes32 hash = header_hash(block->header);
        if (hash != *expected)
            return Error{ErrorCode::Mismatch,
                         "the block's hash is " + to_hex(hash) + ", not " + to_hex(*expected)};
    }
    const std::lock_guard guard(head_mutex_);
    return adopt(std::move(*block), make_head);
}

Result<node::BlockPointer> EmbeddedChain::set_head(const Bytes32& hash) {
    const std::lock_guard guard(head_mutex_);
    return move_head(hash);
}

Result<node::BlockPointer> EmbeddedChain::adopt(Block block, bool make_head) {
    const Bytes32 parent = block.header.parent_hash;
    auto imported = chain_->import(std::move(block));
    if (!imported) return imported.error();
    switch (imported->status) {
        case node::BlockStatus::Valid:
            break;
        case node::BlockStatus::Invalid:
            return Error{ErrorCode::InvalidInput, imported->reason};
        case node::BlockStatus::Syncing:
            return Error{ErrorCode::NotFound,
                         "the block's parent " + to_hex(parent) + " is not here; execute it first"};
        case node::BlockStatus::Accepted:
            return Error{ErrorCode::Unavailable, imported->reason};
    }
    if (!make_head) return imported->block;
    return move_head(imported->block->hash);
}

Result<node::BlockPointer> EmbeddedChain::move_head(const Bytes32& hash) {
    const auto moved = chain_->set_head(hash);
    if (!moved) return moved.error();
    if (moved->status != node::BlockStatus::Valid)
        return Error{ErrorCode::NotFound, "block " + to_hex(hash) + " is not here"};
    return chain_->block({.tag = node::BlockTag::Hash, .hash = hash});
}

std::shared_ptr<HeadQueue> EmbeddedChain::subscribe(size_t capacity) {
    auto out = std::make_shared<HeadQueue>(std::max<size_t>(capacity, 1));
    fanout_.add(out);
    return out;
}

}  // namespace switchyard::embedded
