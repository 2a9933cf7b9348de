// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/event_publisher.hpp"

#include <chrono>

#include "host/core/hex.hpp"
#include "host/node/eth/write_values.hpp"

namespace switchyard::appliance {
namespace {

constexpr std::chrono::milliseconds kLook{5};
constexpr size_t kEvents = 4'096;
constexpr size_t kQueue = 262'144;

template <typename Write>
subscribe::Text text_of(const Write& write) {
    auto out = std::make_shared<std::string>();
    json::Writer writer(*out);
    write(writer);
    return out;
}

/// The log of a block that has left the chain: `write_log` ends with this member.
subscribe::Text removed_text(std::string_view text) {
    constexpr std::string_view kStays = "false}";
    SWITCHYARD_ASSERT(text.ends_with(kStays));
    return std::make_shared<const std::string>(
        std::string(text.substr(0, text.size() - kStays.size())) + "true}");
}

}  // namespace

EventPublisher::EventPublisher(node::Chain& chain, Pool& pool, const node::eth::EthBackend& backend,
                               subscribe::SubscriptionHub& hub, OperatorLog& log)
    : chain_(chain),
      pool_(pool),
      backend_(backend),
      hub_(hub),
      log_(log),
      events_(pool.subscribe(kQueue)),
      batch_(kEvents) {
    chain_.add_listener(*this);
    thread_ = std::thread([this] { run(); });
}

EventPublisher::~EventPublisher() {
    chain_.remove_listener(*this);
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    stopped_.notify_all();
    thread_.join();
}

void EventPublisher::on_head(const node::HeadEvent& event) {
    const auto add = [](std::atomic<uint64_t>& counter, uint64_t by) {
        counter.fetch_add(by, std::memory_order_relaxed);
    };
    add(counters_.removed_blocks, event.removed.size());
    add(counters_.blocks, event.added.size());
    for (const node::BlockPointer& block : event.added) {
        add(counters_.transactions, block->block.transactions.size());
        add(counters_.gas, block->header().gas_used);
    }
    if (!event.added.empty() || !event.removed.empty()) {
        const node::ArchivedBlock& head = *event.head->block;
        log_.info("chain", event.removed.empty() ? "head" : "head, after a reorganisation",
                  {{"number", std::to_string(head.number())},
                   {"hash", to_hex(head.hash)},
                   {"transactions", std::to_string(head.block.transactions.size())},
                   {"gas", std::to_string(head.header().gas_used)},
                   {"added", std::to_string(event.added.size())},
                   {"removed", std::to_string(event.removed.size())}});
    }
    for (const node::BlockPointer& block : event.removed)
        publish_logs(*block, true);
    for (const node::BlockPointer& block : event.added) {
        hub_.publish_head({block->hash, text_of([&](json::Writer& out) {
                               out.begin_object();
                               node::eth::write_header(out, block->header(), block->hash);
                               out.end_object();
                           })});
        publish_logs(*block, false);
    }
}

void EventPublisher::publish_logs(const node::ArchivedBlock& block, bool removed) {
    if (!hub_.wants_logs()) return;
    std::vector<subscribe::LogEvent> events;
    uint64_t index = 0;
    for (size_t i = 0; i < block.receipts.size(); ++i)
        for (const switchyard::Log& log : block.receipts[i].logs) {
            auto text = text_of([&](json::Writer& out) {
                node::eth::write_log(out, log, block.transaction_hashes[i],
                                     node::eth::place_of(block, i), index);
            });
            if (removed) text = removed_text(*text);
            events.push_back({log.address, log.topics, block.number(), std::move(text)});
            ++index;
        }
    if (!events.empty()) hub_.publish_logs(events);
}

void EventPublisher::publish_pending() {
    std::vector<subscribe::PendingEvent> pending;
    for (size_t count = events_->poll(batch_); count != 0; count = events_->poll(batch_)) {
        const bool whole = hub_.wants(subscribe::Topic::PendingTransactions);
        if (!whole && hub_.filters() == 0 && !hub_.wants(subscribe::Topic::PendingHashes)) continue;
        pending.clear();
        for (size_t i = 0; i < count; ++i) {
            const PoolEvent& event = batch_[i];
            if (event.kind != PoolEvent::Kind::Pending) continue;
            subscribe::Text text;
            bool is_here = true;
            if (whole)
                text = text_of([&](json::Writer& out) {
                    is_here = node::eth::write_pooled_transaction(out, backend_, event.hash);
                });
            // It may have left for a block meanwhile: its hash is still news.
            pending.push_back({event.hash, is_here ? text : nullptr});
        }
        if (!pending.empty()) hub_.publish_pending(pending);
    }
    const uint64_t missed = events_->missed();
    if (missed != missed_)
        log_.warning("events", "pending transactions came faster than they could be told",
                     {{"missed", std::to_string(missed - missed_)}});
    missed_ = missed;
}

void EventPublisher::run() {
    uint64_t ticked_s = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (stopped_.wait_for(lock, kLook, [this] { return stop_; })) return;
        }
        publish_pending();
        const auto now_s = static_cast<uint64_t>(
            std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1));
        if (now_s != ticked_s) pool_.tick(now_s);
        ticked_s = now_s;
    }
}

}  // namespace switchyard::appliance
