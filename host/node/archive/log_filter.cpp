// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/log_filter.hpp"

#include <algorithm>

#include "host/chain/hash.hpp"

namespace switchyard::node {
namespace {

constexpr uint8_t kAddressPosition = 0xff;

uint64_t key_of(uint8_t position, BytesView value) {
    Bytes message{position};
    message.insert(message.end(), value.begin(), value.end());
    const Bytes32 hash = keccak256(message);
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof key; ++i)
        key = key << 8 | hash[i];
    return key;
}

}  // namespace

bool LogFilter::matches(const Log& log) const {
    if (!addresses.empty() && std::ranges::find(addresses, log.address) == addresses.end())
        return false;
    if (topics.size() > log.topics.size()) return false;
    for (size_t i = 0; i < topics.size(); ++i)
        if (!topics[i].empty() && std::ranges::find(topics[i], log.topics[i]) == topics[i].end())
            return false;
    return true;
}

std::vector<uint64_t> keys_of(const Log& log) {
    std::vector<uint64_t> out{key_of(kAddressPosition, log.address)};
    for (size_t i = 0; i < log.topics.size(); ++i)
        out.push_back(key_of(static_cast<uint8_t>(i), log.topics[i]));
    return out;
}

std::vector<LogKeys> criteria_of(const LogFilter& filter) {
    std::vector<LogKeys> out;
    if (!filter.addresses.empty()) {
        LogKeys& keys = out.emplace_back();
        for (const Address& address : filter.addresses)
            keys.push_back(key_of(kAddressPosition, address));
    }
    for (size_t i = 0; i < filter.topics.size(); ++i) {
        if (filter.topics[i].empty()) continue;
        LogKeys& keys = out.emplace_back();
        for (const Bytes32& topic : filter.topics[i])
            keys.push_back(key_of(static_cast<uint8_t>(i), topic));
    }
    return out;
}

}  // namespace switchyard::node
