// SPDX-License-Identifier: Apache-2.0
// The thread that verifies: from the sources of raw transactions into the pool.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "host/ingest/merged_source.hpp"
#include "host/ingest/verify_station.hpp"

namespace switchyard::appliance {

class Intake {
  public:
    /// Runs at once. `sources` (1 to 16) and `sink` outlive it. `receive` is called once a turn and
    /// says whether it did something.
    Intake(const VerifyConfig& config, std::vector<TransactionSource*> sources,
           TransactionSink& sink, std::function<bool()> receive);
    /// As `stop`.
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    /// Gives what the sources still have its verdict and returns when they are exhausted, for which
    /// each must have been told that no more comes; or after some seconds, as a wire may be flooded
    /// without an end.
    void stop();

    /// As of at most a tenth of a second ago.
    [[nodiscard]] VerifyStatistics statistics() const;

  private:
    void run();

    VerifyStation station_;
    MergedSource source_;
    TransactionSink& sink_;
    std::function<bool()> receive_;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    VerifyStatistics statistics_;  ///< a copy for others
    std::thread thread_;           ///< last: it uses everything above
};

}  // namespace switchyard::appliance
