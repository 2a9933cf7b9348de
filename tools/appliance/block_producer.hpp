// SPDX-License-Identifier: Apache-2.0
// Blocks by the clock, of what waits in the pool: a sequencer, or a development chain.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "host/building/payload_builder.hpp"
#include "host/node/chain/chain.hpp"
#include "tools/appliance/operator_log.hpp"

namespace switchyard::appliance {

struct ProducerConfig {
    std::chrono::milliseconds interval{1000};  ///< 100 ms to 12 s
    uint64_t gas_limit = 36'000'000;           ///< towards which each block moves
    Address beneficiary{};
    Bytes extra_data{};  ///< at most 32 bytes
};

/// Builds a block when an interval has passed since the last one and something waits for it, or
/// earlier when what waits fills one. Nobody else may move the chain's head: each block becomes
/// the head, and final, at once.
class BlockProducer {
  public:
    /// Runs at once. All outlive it. `on_failure` is called once, on the producer's thread, with
    /// the error that ended it: the chain's store failed.
    BlockProducer(const ProducerConfig& config, node::Chain& chain, Pool& pool,
                  PayloadBuilder& builder, OperatorLog& log,
                  std::function<void(const Error&)> on_failure);
    /// As `stop`.
    ~BlockProducer();
    BlockProducer(const BlockProducer&) = delete;
    BlockProducer& operator=(const BlockProducer&) = delete;

    /// A block under way is finished.
    void stop();
    /// From the next block on.
    void configure(const ProducerConfig& config);

  private:
    void run();
    /// Whether a block was made.
    [[nodiscard]] Result<bool> build(const ProducerConfig& config);

    node::Chain& chain_;
    Pool& pool_;
    PayloadBuilder& builder_;
    OperatorLog& log_;
    std::function<void(const Error&)> on_failure_;
    uint64_t attempts_ = 0;

    std::mutex mutex_;  ///< guards the next three
    std::condition_variable changed_;
    ProducerConfig config_;
    bool stop_ = false;

    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard::appliance
