// SPDX-License-Identifier: Apache-2.0
#include "host/node/subscribe/subscription_hub.hpp"

#include <algorithm>

#include "host/core/hex.hpp"
#include "host/core/random.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::subscribe {
namespace {

/// 128 random bits as a quantity: nobody guesses another connection's filter.
rpc::Answer<std::string> new_id() {
    Bytes32 bytes;
    if (!fill_random(std::span(bytes.bytes).last(16)))
        return rpc::RpcError{rpc::code::kInternal, "no random bytes", {}};
    return to_hex_quantity(load_big_endian(bytes.data()));
}

Text quoted(const Bytes32& hash) {
    return std::make_shared<std::string>('"' + to_hex(hash) + '"');
}

constexpr auto kEverybody = [](const auto&) { return true; };

}  // namespace

SubscriptionHub::SubscriptionHub(const HubLimits& limits, Clock clock)
    : limits_(limits), clock_(std::move(clock)) {
    if (!clock_) clock_ = [] { return std::chrono::steady_clock::now(); };
}

template <typename Wanted>
void SubscriptionHub::send_locked(Topic topic, const Text& event, const Wanted& wanted) {
    Subscriptions& list = of(topic);
    for (size_t i = 0; i < list.size();) {
        Subscription& subscription = list[i];
        if (!subscription.active || !wanted(subscription.filter)) {
            ++i;
            continue;
        }
        const auto subscriber = subscription.subscriber.lock();
        if (subscriber && subscriber->notify({subscription.head, event})) {
            ++i;
            continue;
        }
        lost_.fetch_add(1, std::memory_order_relaxed);
        forget_locked(list, i);
    }
}

template <typename Wanted>
void SubscriptionHub::add_to_filters_locked(Topic topic, const Text& entry, const Wanted& wanted) {
    for (auto at = filters_.begin(); at != filters_.end();) {
        Filter& filter = at->second;
        if (filter.topic != topic || !wanted(filter.logs)) {
            ++at;
            continue;
        }
        if (filter.entries.size() >= limits_.filter_entries_max) {
            at = filters_.erase(at);
            continue;
        }
        filter.entries.push_back(entry);
        ++at;
    }
}

void SubscriptionHub::publish_head(const HeadEvent& head) {
    const std::lock_guard lock(mutex_);
    prune_filters_locked();
    send_locked(Topic::NewHeads, head.header, kEverybody);
    if (!filters_.empty()) add_to_filters_locked(Topic::NewHeads, quoted(head.hash), kEverybody);
}

void SubscriptionHub::publish_logs(std::span<const LogEvent> logs) {
    const std::lock_guard lock(mutex_);
    for (const LogEvent& event : logs) {
        const auto wanted = [&event](const LogFilter& filter) {
            return filter.matches(event.address, event.topics, event.block);
        };
        send_locked(Topic::Logs, event.log, wanted);
        add_to_filters_locked(Topic::Logs, event.log, wanted);
    }
}

void SubscriptionHub::publish_pending(std::span<const PendingEvent> transactions) {
    const std::lock_guard lock(mutex_);
    const bool hashes = !of(Topic::PendingHashes).empty() || !filters_.empty();
    for (const PendingEvent& event : transactions) {
        if (event.transaction)
            send_locked(Topic::PendingTransactions, event.transaction, kEverybody);
        if (!hashes) continue;
        const Text hash = quoted(event.hash);
        send_locked(Topic::PendingHashes, hash, kEverybody);
        add_to_filters_locked(Topic::PendingHashes, hash, kEverybody);
    }
}

void SubscriptionHub::publish_syncing(const Text& status) {
    const std::lock_guard lock(mutex_);
    send_locked(Topic::Syncing, status, kEverybody);
}

bool SubscriptionHub::wants(Topic topic) const {
    const std::lock_guard lock(mutex_);
    return !subscriptions_[static_cast<size_t>(topic)].empty();
}

bool SubscriptionHub::wants_logs() const {
    const std::lock_guard lock(mutex_);
    return !subscriptions_[static_cast<size_t>(Topic::Logs)].empty() ||
           std::ranges::any_of(filters_,
                               [](const auto& entry) { return entry.second.topic == Topic::Logs; });
}

rpc::Answer<std::string> SubscriptionHub::subscribe(rpc::Context& context, Topic topic,
                                                    LogFilter filter) {
    if (!context.subscriber)
        return rpc::RpcError{rpc::code::kMethodNotFound, "notifications not supported", {}};
    auto id = new_id();
    if (!id) return id;
    const std::lock_guard lock(mutex_);
    const auto over_limit = [&] {
        size_t all = 0;
        for (const Subscriptions& list : subscriptions_)
            all += list.size();
        const auto of_this = of_connection_.find(context.subscriber.get());
        return all >= limits_.subscriptions_max ||
               (of_this != of_connection_.end() &&
                of_this->second >= limits_.subscriptions_of_connection_max);
    };
    if (over_limit()) {
        prune_subscriptions_locked();
        if (over_limit()) return rpc::RpcError{rpc::code::kBusy, "too many subscriptions", {}};
    }
    auto head = std::make_shared<std::string>(
        R"({"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":")" + *id +
        R"(","result":)");
    of(topic).push_back({*id, std::move(head), context.subscriber, context.subscriber.get(),
                         std::move(filter), false});
    ++of_connection_[context.subscriber.get()];
    context.after_response.emplace_back([this, name = *id, topic] { activate(name, topic); });
    return id;
}

void SubscriptionHub::activate(std::string_view id, Topic topic) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(of(topic), id, &Subscription::id);
    if (found != of(topic).end()) found->active = true;
}

bool SubscriptionHub::unsubscribe(const rpc::Context& context, std::string_view id) {
    const std::lock_guard lock(mutex_);
    for (Subscriptions& list : subscriptions_) {
        const auto found = std::ranges::find(list, id, &Subscription::id);
        if (found == list.end()) continue;
        if (!context.subscriber || found->subscriber.lock() != context.subscriber) return false;
        forget_locked(list, static_cast<size_t>(found - list.begin()));
        return true;
    }
    return false;
}

void SubscriptionHub::forget_locked(Subscriptions& list, size_t index) {
    const auto count = of_connection_.find(list[index].key);
    if (count != of_connection_.end() && --count->second == 0) of_connection_.erase(count);
    if (index + 1 != list.size()) list[index] = std::move(list.back());
    list.pop_back();
}

void SubscriptionHub::prune_subscriptions_locked() {
    for (Subscriptions& list : subscriptions_)
        for (size_t i = list.size(); i-- > 0;)
            if (list[i].subscriber.expired()) {
                lost_.fetch_add(1, std::memory_order_relaxed);
                forget_locked(list, i);
            }
}

rpc::Answer<std::string> SubscriptionHub::new_filter(Topic topic, LogFilter filter,
                                                     std::string criteria) {
    auto id = new_id();
    if (!id) return id;
    const std::lock_guard lock(mutex_);
    prune_filters_locked();
    if (filters_.size() >= limits_.filters_max)
        return rpc::RpcError{rpc::code::kBusy, "too many filters", {}};
    filters_.emplace(*id, Filter{topic, std::move(filter), std::move(criteria), {}, clock_()});
    return id;
}

std::optional<std::vector<Text>> SubscriptionHub::poll_filter(std::string_view id) {
    const std::lock_guard lock(mutex_);
    prune_filters_locked();
    const auto found = filters_.find(std::string(id));
    if (found == filters_.end()) return std::nullopt;
    found->second.polled = clock_();
    return std::exchange(found->second.entries, {});
}

std::optional<std::string> SubscriptionHub::filter_criteria(std::string_view id) {
    const std::lock_guard lock(mutex_);
    prune_filters_locked();
    const auto found = filters_.find(std::string(id));
    if (found == filters_.end() || found->second.topic != Topic::Logs) return std::nullopt;
    found->second.polled = clock_();
    return found->second.criteria;
}

bool SubscriptionHub::uninstall_filter(std::string_view id) {
    const std::lock_guard lock(mutex_);
    return filters_.erase(std::string(id)) != 0;
}

void SubscriptionHub::prune_filters_locked() {
    if (filters_.empty()) return;
    const auto now = clock_();
    std::erase_if(filters_, [&](const auto& entry) {
        return now - entry.second.polled >= limits_.filter_expiry;
    });
}

size_t SubscriptionHub::subscriptions() const {
    const std::lock_guard lock(mutex_);
    size_t all = 0;
    for (const Subscriptions& list : subscriptions_)
        all += list.size();
    return all;
}

size_t SubscriptionHub::filters() const {
    const std::lock_guard lock(mutex_);
    return filters_.size();
}

}  // namespace switchyard::subscribe
