// SPDX-License-Identifier: Apache-2.0
// The port that transactions come in by, besides JSON-RPC: `dataplane/` as the appliance sees it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/port.hpp"
#include "dataplane/receive/ingress_counters.hpp"
#include "host/core/result.hpp"
#include "host/core/transaction_source.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

class DataPlane {
  public:
    /// Starts DPDK's environment (once per process), opens the device and, where there are CPUs
    /// enough, receives on threads of their own. `Unavailable` in a build without DPDK, or without
    /// the device.
    [[nodiscard]] static Result<std::unique_ptr<DataPlane>> open(
        const config::IngressSection& section);
    /// Whoever consumes has released everything.
    virtual ~DataPlane() = default;

    /// One for each queue; they live as long as this.
    [[nodiscard]] virtual std::vector<TransactionSource*> sources() = 0;
    /// Where receive and verify share a thread: one turn of the receive loops; whether there was
    /// something. Else nothing.
    virtual bool receive() = 0;
    /// No more is received; what was received is still handed over.
    virtual void finish() = 0;

    [[nodiscard]] virtual dataplane::IngressCounters counters() const = 0;
    [[nodiscard]] virtual dataplane::PortCounters port_counters() const = 0;
    /// One line: DPDK's version, device, memory.
    [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace switchyard::appliance
