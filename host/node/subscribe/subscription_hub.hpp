// SPDX-License-Identifier: Apache-2.0
// From events of the chain and the pool to everybody who asked for them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/node/rpc/context.hpp"
#include "host/node/rpc/rpc_error.hpp"
#include "host/node/rpc/subscriber.hpp"
#include "host/node/subscribe/log_filter.hpp"

namespace switchyard::subscribe {

/// JSON text of one value, shared by all who receive it.
using Text = std::shared_ptr<const std::string>;

struct HeadEvent {
    Bytes32 hash;
    Text header;  ///< as eth_subscribe's newHeads sends it
};
struct LogEvent {
    Address address;
    std::span<const Bytes32> topics;
    uint64_t block = 0;
    Text log;  ///< with `removed`
};
struct PendingEvent {
    Bytes32 hash;
    Text transaction;  ///< may be null when `wants_pending_transactions` said no
};

struct HubLimits {
    size_t subscriptions_max = 20'000;  ///< of all connections
    size_t subscriptions_of_connection_max = 1000;
    size_t filters_max = 4096;
    /// Entries that wait for one filter's next poll; beyond, the filter is removed, since a list
    /// with holes would be wrong.
    size_t filter_entries_max = 20'000;
    std::chrono::seconds filter_expiry{300};  ///< without a poll
};

enum class Topic : uint8_t { NewHeads, Logs, PendingHashes, PendingTransactions, Syncing };
inline constexpr size_t kTopicCount = static_cast<size_t>(Topic::Syncing) + 1;

/// Subscriptions push, filters are polled. Publishing costs one visit for each who listens and
/// waits for none: a subscriber whose queue is full is dropped by its connection
/// (`rpc::Subscriber`), and then forgotten here. Everything is safe from any thread.
class SubscriptionHub {
  public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit SubscriptionHub(const HubLimits& limits = {}, Clock clock = {});

    // Publishing. Events of one kind are heard in the order of the calls.
    void publish_head(const HeadEvent& head);
    void publish_logs(std::span<const LogEvent> logs);
    void publish_pending(std::span<const PendingEvent> transactions);
    void publish_syncing(const Text& status);
    /// Whether anybody hears these, so that nobody writes JSON for nothing.
    [[nodiscard]] bool wants(Topic topic) const;
    [[nodiscard]] bool wants_logs() const;

    /// The id of a subscription that `context.subscriber` hears from the moment on at which its
    /// response is queued. -32601 without a subscriber, -32005 over a limit.
    [[nodiscard]] rpc::Answer<std::string> subscribe(rpc::Context& context, Topic topic,
                                                     LogFilter filter = {});
    /// False unless this connection has the subscription.
    [[nodiscard]] bool unsubscribe(const rpc::Context& context, std::string_view id);

    /// The id of a filter of new heads' hashes, logs or pending transactions' hashes. `criteria`
    /// is kept for `filter_criteria`.
    [[nodiscard]] rpc::Answer<std::string> new_filter(Topic topic, LogFilter filter = {},
                                                      std::string criteria = {});
    /// What came since the last poll, as JSON texts; nothing if there is no such filter.
    [[nodiscard]] std::optional<std::vector<Text>> poll_filter(std::string_view id);
    /// Of a filter of logs, as it was given; counts as a poll.
    [[nodiscard]] std::optional<std::string> filter_criteria(std::string_view id);
    [[nodiscard]] bool uninstall_filter(std::string_view id);

    [[nodiscard]] size_t subscriptions() const;
    [[nodiscard]] size_t filters() const;
    /// Subscriptions that ended because their connection had gone or was dropped.
    [[nodiscard]] uint64_t lost_subscriptions() const {
        return lost_.load(std::memory_order_relaxed);
    }

  private:
    struct Subscription {
        std::string id;
        Text head;  ///< see rpc::Notification
        std::weak_ptr<rpc::Subscriber> subscriber;
        const rpc::Subscriber* key = nullptr;  ///< compared, never used
        LogFilter filter;
        bool active = false;
    };
    struct Filter {
        Topic topic;
        LogFilter logs;
        std::string criteria;
        std::vector<Text> entries;
        std::chrono::steady_clock::time_point polled;
    };
    using Subscriptions = std::vector<Subscription>;

    [[nodiscard]] Subscriptions& of(Topic topic) {
        return subscriptions_[static_cast<size_t>(topic)];
    }
    /// Sends `event` to those of a topic for whom `wanted` holds.
    template <typename Wanted>
    void send_locked(Topic topic, const Text& event, const Wanted& wanted);
    template <typename Wanted>
    void add_to_filters_locked(Topic topic, const Text& entry, const Wanted& wanted);
    void activate(std::string_view id, Topic topic);
    void forget_locked(Subscriptions& list, size_t index);
    void prune_subscriptions_locked();
    void prune_filters_locked();

    HubLimits limits_;
    Clock clock_;
    mutable std::mutex mutex_;
    std::array<Subscriptions, kTopicCount> subscriptions_;
    std::unordered_map<const rpc::Subscriber*, size_t> of_connection_;
    std::unordered_map<std::string, Filter> filters_;
    std::atomic<uint64_t> lost_{0};
};

}  // namespace switchyard::subscribe
