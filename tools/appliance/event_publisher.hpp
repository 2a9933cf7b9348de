// SPDX-License-Identifier: Apache-2.0
// What happens to the chain and the pool, told to those who subscribed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "host/node/chain/chain.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/subscribe/subscription_hub.hpp"
#include "host/pool/pool.hpp"
#include "tools/appliance/operator_log.hpp"

namespace switchyard::appliance {

/// Heads and logs are published where the head moves, in its order; pending transactions by a
/// thread, some milliseconds later, which also tells the pool the time.
class EventPublisher final : public node::HeadListener {
  public:
    /// Of the canonical chain, since the start.
    struct Counters {
        std::atomic<uint64_t> blocks{0};  ///< that became canonical
        std::atomic<uint64_t> removed_blocks{0};
        std::atomic<uint64_t> transactions{0};  ///< of `blocks`
        std::atomic<uint64_t> gas{0};           ///< used, of `blocks`
    };

    /// Listens at once. All outlive it.
    EventPublisher(node::Chain& chain, Pool& pool, const node::eth::EthBackend& backend,
                   subscribe::SubscriptionHub& hub, OperatorLog& log);
    ~EventPublisher() override;
    EventPublisher(const EventPublisher&) = delete;
    EventPublisher& operator=(const EventPublisher&) = delete;

    void on_head(const node::HeadEvent& event) override;
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    void run();
    void publish_pending();
    void publish_logs(const node::ArchivedBlock& block, bool removed);

    node::Chain& chain_;
    Pool& pool_;
    const node::eth::EthBackend& backend_;
    subscribe::SubscriptionHub& hub_;
    OperatorLog& log_;
    std::shared_ptr<PoolEventQueue> events_;
    std::vector<PoolEvent> batch_;
    uint64_t missed_ = 0;
    Counters counters_;

    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard::appliance
