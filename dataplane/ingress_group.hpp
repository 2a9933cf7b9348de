// SPDX-License-Identifier: Apache-2.0
// One receive loop for each queue of a port.
#pragma once

#include <memory>
#include <vector>

#include "dataplane/ingress.hpp"

namespace switchyard::dataplane {

/// Each queue has its own thread, ring, sessions and meters; a frame that comes on another queue
/// than its session's is handed over, without a lock (`QueueExchange`). A consumer merges the
/// sources
/// (`MergedSource` of host/ingest). Limits are those of a queue: a source whose ports spread over N
/// queues may have N times what the meter says, and the answers to unknown sources are divided.
class IngressGroup {
  public:
    /// As `Ingress::create`, for all receive queues of the port (1 to 16, with as many transmit
    /// queues); `config.queue` is not looked at. InvalidInput, too, for OverloadPolicy::Wait on
    /// several queues. The port must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<IngressGroup>> create(Port& port,
                                                                      const IngressConfig& config);

    [[nodiscard]] size_t size() const { return queues_.size(); }
    [[nodiscard]] Ingress& operator[](size_t queue) { return *queues_[queue]; }
    /// Of all queues. Any thread.
    void finish_input();
    [[nodiscard]] bool input_ended() const;
    [[nodiscard]] IngressCounters counters() const;

  private:
    IngressGroup() = default;
    std::vector<std::unique_ptr<Ingress>> queues_;
};

}  // namespace switchyard::dataplane
