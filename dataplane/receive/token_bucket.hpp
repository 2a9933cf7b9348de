// SPDX-License-Identifier: Apache-2.0
// A token bucket over a clock that the caller passes in.
#pragma once

#include <algorithm>
#include <cstdint>

namespace switchyard::dataplane {

struct BucketConfig {
    double per_second = 0;  ///< tokens that flow in; 0: without a limit
    double burst = 0;       ///< tokens that it holds at most
};

/// Starts full. Taking may leave it in debt, up to one burst: a large datagram then pays later
/// instead of never passing. One thread.
class TokenBucket {
  public:
    /// Whether a token is there.
    [[nodiscard]] bool ready(const BucketConfig& config, uint64_t now_ns) {
        if (config.per_second <= 0) return true;
        if (!started_) {
            started_ = true;
            tokens_ = config.burst;
        } else if (now_ns > last_ns_) {
            const double seconds = static_cast<double>(now_ns - last_ns_) * 1e-9;
            tokens_ = std::min(config.burst, tokens_ + seconds * config.per_second);
        }
        last_ns_ = std::max(last_ns_, now_ns);
        return tokens_ >= 1;
    }
    void take(const BucketConfig& config, double tokens) {
        if (config.per_second > 0) tokens_ = std::max(tokens_ - tokens, -config.burst);
    }

  private:
    double tokens_ = 0;
    uint64_t last_ns_ = 0;
    bool started_ = false;
};

}  // namespace switchyard::dataplane
