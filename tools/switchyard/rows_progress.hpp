// SPDX-License-Identifier: Apache-2.0
// A progress bar for passes over a state, which say how far they are in parts of their own.
#pragma once

#include <chrono>

#include "host/state/rebuild/row_chunks.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {

class RowsProgressBar {
  public:
    RowsProgressBar(std::string label, bool quiet) : progress_(std::move(label), kParts, quiet) {}

    /// Valid as long as this.
    [[nodiscard]] RowsProgress callback() {
        return [this](uint64_t done, uint64_t total) {
            progress_.update(static_cast<uint64_t>(static_cast<double>(done) /
                                                   static_cast<double>(total) * kParts));
        };
    }
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

  private:
    static constexpr uint64_t kParts = 10'000;
    Progress progress_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace switchyard::tool
