// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/rate_limit.hpp"

#include <algorithm>

namespace switchyard::http {
namespace {

/// The finaliser of MurmurHash3: addresses are close to each other, sets shall not be.
uint64_t mixed(uint64_t value) {
    value = (value ^ (value >> 33)) * 0xff51'afd7'ed55'8ccdULL;
    value = (value ^ (value >> 33)) * 0xc4ce'b9fe'1a85'ec53ULL;
    return value ^ (value >> 33);
}

}  // namespace

RateLimit::RateLimit(const RequestRate& rate) {
    configure(rate);
}

void RateLimit::configure(const RequestRate& rate) {
    const std::lock_guard lock(mutex_);
    rate_ = rate;
    sets_.resize(rate.per_second > 0 ? kSets : 0);
    limits_.store(!sets_.empty(), std::memory_order_relaxed);
}

bool RateLimit::take(uint64_t source, Clock::time_point now) {
    // A change of the rate need not reach a request that is under way.
    if (!limits_.load(std::memory_order_relaxed)) return true;
    const std::lock_guard lock(mutex_);
    if (sets_.empty()) return true;
    auto& set = sets_[mixed(source) % kSets];
    auto bucket = std::ranges::find_if(set, [source](const Bucket& each) {
        return each.source == source && each.heard != Clock::time_point{};
    });
    if (bucket == set.end()) {
        bucket = std::ranges::min_element(set, {}, &Bucket::heard);
        *bucket = {source, rate_.burst, now};
    }
    const double seconds = std::chrono::duration<double>(now - bucket->heard).count();
    bucket->tokens = std::min(rate_.burst, bucket->tokens + seconds * rate_.per_second);
    bucket->heard = now;
    if (bucket->tokens < 1) return false;
    bucket->tokens -= 1;
    return true;
}

}  // namespace switchyard::http
