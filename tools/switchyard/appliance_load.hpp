// SPDX-License-Identifier: Apache-2.0
// Raw transactions into the JSON-RPC port of a whole appliance, in a folder of its own.
#pragma once

#include <memory>
#include <string>

#include "tools/appliance/appliance.hpp"

namespace switchyard::tool {

class ApplianceLoad {
  public:
    /// The senders of `signed_transactions(.., seed)` have funds. `sync` is `state.sync`'s word.
    /// `interval_ms`: blocks are built beside; 0: none.
    [[nodiscard]] static Result<std::unique_ptr<ApplianceLoad>> open(uint64_t seed,
                                                                     const std::string& sync,
                                                                     uint64_t interval_ms);
    ~ApplianceLoad();
    ApplianceLoad(const ApplianceLoad&) = delete;
    ApplianceLoad& operator=(const ApplianceLoad&) = delete;

    [[nodiscard]] appliance::Appliance& appliance() { return *appliance_; }

  private:
    explicit ApplianceLoad(std::string folder) : folder_(std::move(folder)) {}

    std::string folder_;
    appliance::OperatorLog log_{stderr, appliance::LogLevel::Error};
    std::unique_ptr<appliance::Appliance> appliance_;
};

}  // namespace switchyard::tool
