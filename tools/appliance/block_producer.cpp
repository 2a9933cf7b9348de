// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/block_producer.hpp"

#include <chrono>

#include "host/building/block_timer.hpp"
#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/node/building/chain_parent.hpp"

namespace switchyard::appliance {
namespace {

/// How often the pool is looked at.
constexpr std::chrono::milliseconds kLook{5};
/// After a block that could not be built.
constexpr std::chrono::seconds kPause{1};

uint64_t steady_ms() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::milliseconds(1));
}

uint64_t unix_s() {
    return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                 std::chrono::seconds(1));
}

/// Nobody's beacon: different for each attempt, so that each is a job of its own for the builder.
Bytes32 randao_of(uint64_t number, uint64_t timestamp, uint64_t attempt) {
    Bytes32 out;
    for (size_t i = 0; i < 8; ++i) {
        out[i] = static_cast<uint8_t>(number >> (8 * i));
        out[8 + i] = static_cast<uint8_t>(timestamp >> (8 * i));
        out[16 + i] = static_cast<uint8_t>(attempt >> (8 * i));
    }
    return keccak256(out);
}

/// Errors that say nothing about the chain's store.
bool is_passing(const Error& error) {
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::InvalidInput ||
           error.code == ErrorCode::Unsupported;
}

}  // namespace

BlockProducer::BlockProducer(const ProducerConfig& config, node::Chain& chain, Pool& pool,
                             PayloadBuilder& builder, OperatorLog& log,
                             std::function<void(const Error&)> on_failure)
    : chain_(chain),
      pool_(pool),
      builder_(builder),
      log_(log),
      on_failure_(std::move(on_failure)),
      config_(config) {
    thread_ = std::thread([this] { run(); });
}

BlockProducer::~BlockProducer() {
    stop();
}

void BlockProducer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void BlockProducer::configure(const ProducerConfig& config) {
    const std::lock_guard lock(mutex_);
    config_ = config;
}

void BlockProducer::run() {
    ProducerConfig config;
    std::optional<BlockTimer> timer;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, kLook, [this] { return stop_; });
            if (stop_) return;
            if (!timer || config_.interval != config.interval) {
                auto made = BlockTimer::create(
                    {.interval_ms = static_cast<uint64_t>(config_.interval.count())}, steady_ms());
                // The configuration was checked before.
                if (!made) return on_failure_(made.error());
                timer = *made;
            }
            config = config_;
        }
        const PoolStatus waiting = pool_.status();
        if (waiting.executable == 0) continue;
        const uint64_t gas_limit =
            next_gas_limit(chain_.head()->block->header().gas_limit, config.gas_limit);
        if (timer->due(steady_ms(), waiting.executable_gas, gas_limit) == BlockTimer::Due::No)
            continue;
        const auto made = build(config);
        timer->built(steady_ms());
        if (made) continue;
        log_.error("blocks", made.error().message);
        if (!is_passing(made.error())) return on_failure_(made.error());
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kPause, [this] { return stop_; });
    }
}

Result<bool> BlockProducer::build(const ProducerConfig& config) {
    const auto begin = std::chrono::steady_clock::now();
    const node::BlockPointer head = chain_.head()->block;
    auto parent = node::make_chain_parent(chain_, head);
    if (!parent) return parent.error();
    const BlockHeader& below = head->header();
    BlockAttributes attributes;
    attributes.timestamp = BlockTimer::timestamp(unix_s(), below.timestamp);
    attributes.beneficiary = config.beneficiary;
    attributes.prev_randao = randao_of(below.number + 1, attributes.timestamp, ++attempts_);
    attributes.gas_limit = next_gas_limit(below.gas_limit, config.gas_limit);
    attributes.extra_data = config.extra_data;
    attributes.slot_number = below.slot_number.value_or(0) + 1;
    const auto job = builder_.begin(*parent, std::move(attributes));
    if (!job) return job.error();
    const auto payload = builder_.get(*job);
    if (!payload) return payload.error();
    const SealedBlock& sealed = (*payload)->block;
    // What waits can't pay the base fee, or did not hold.
    if (sealed.transactions.empty()) return false;
    chain_.expect(node::judged_block_of(**payload));
    const auto imported = chain_.import(node::block_of(sealed));
    if (!imported) return imported.error();
    if (imported->status != node::BlockStatus::Valid)
        return Error{ErrorCode::Internal,
                     "a block that was built is not valid: " + imported->reason};
    // Nobody else makes blocks here, and these are durable: they are final.
    const auto moved = chain_.set_head(sealed.hash, sealed.hash, sealed.hash);
    if (!moved) return moved.error();
    const auto took = std::chrono::steady_clock::now() - begin;
    log_.debug("blocks", "built",
               {{"number", std::to_string(sealed.header.number)},
                {"hash", to_hex(sealed.hash)},
                {"transactions", std::to_string(sealed.transactions.size())},
                {"gas", std::to_string(sealed.header.gas_used)},
                {"ms", std::to_string(took / std::chrono::milliseconds(1))}});
    return true;
}

}  // namespace switchyard::appliance
