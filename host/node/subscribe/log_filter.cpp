// SPDX-License-Identifier: Apache-2.0
#include "host/node/subscribe/log_filter.hpp"

#include <algorithm>

#include "host/node/json/hex_codec.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::subscribe {
namespace {

template <size_t N>
rpc::Failure read_one(json::Element element, std::string_view what,
                      std::vector<FixedBytes<N>>& out) {
    FixedBytes<N> value;
    const auto text = element.string();
    if (!text) return rpc::invalid_params("invalid " + std::string(what) + ": no string");
    const json::HexFault fault = json::decode_fixed(*text, value.bytes);
    if (fault != json::HexFault::None)
        return rpc::invalid_params("invalid " + std::string(what) + ": " +
                                   std::string(json::to_string(fault)));
    out.push_back(value);
    return {};
}

rpc::Failure read_addresses(json::Element element, LogFilter& filter) {
    if (element.is_absent_or_null()) return {};
    if (!element.is_array()) return read_one(element, "address", filter.addresses);
    if (element.size() > LogFilter::kAddressesMax)
        return rpc::invalid_params("exceed max addresses");
    for (const json::Element address : element.elements())
        if (auto failure = read_one(address, "address", filter.addresses)) return failure;
    return {};
}

rpc::Failure read_topics(json::Element element, LogFilter& filter) {
    if (element.is_absent_or_null()) return {};
    if (!element.is_array()) return rpc::invalid_params("topics must be an array");
    if (element.size() > LogFilter::kTopicsMax) return rpc::invalid_params("exceed max topics");
    for (const json::Element position : element.elements()) {
        auto& alternatives = filter.topics.emplace_back();
        if (position.is_absent_or_null()) continue;
        if (!position.is_array()) {
            if (auto failure = read_one(position, "topic", alternatives)) return failure;
            continue;
        }
        if (position.size() > LogFilter::kAlternativesMax)
            return rpc::invalid_params("exceed max topics");
        for (const json::Element topic : position.elements()) {
            // Null among alternatives lets everything through.
            if (topic.is_absent_or_null()) {
                alternatives.clear();
                break;
            }
            if (auto failure = read_one(topic, "topic", alternatives)) return failure;
        }
    }
    return {};
}

rpc::Failure read_block(json::Element element, std::optional<uint64_t>& block) {
    if (element.is_absent_or_null()) return {};
    const auto text = element.string();
    if (!text) return rpc::invalid_params("invalid block number");
    for (const std::string_view tag : {"latest", "pending", "earliest", "safe", "finalized"})
        if (*text == tag) return {};
    uint64_t number = 0;
    const json::HexFault fault = json::decode_quantity(*text, number);
    if (fault != json::HexFault::None)
        return rpc::invalid_params("invalid block number: " + std::string(json::to_string(fault)));
    block = number;
    return {};
}

}  // namespace

bool LogFilter::matches(const Address& address, std::span<const Bytes32> log_topics,
                        uint64_t block) const {
    if ((from_block && block < *from_block) || (to_block && block > *to_block)) return false;
    if (!addresses.empty() && std::ranges::find(addresses, address) == addresses.end())
        return false;
    if (topics.size() > log_topics.size()) return false;
    for (size_t i = 0; i < topics.size(); ++i)
        if (!topics[i].empty() && std::ranges::find(topics[i], log_topics[i]) == topics[i].end())
            return false;
    return true;
}

rpc::Answer<LogFilter> read_log_filter(json::Element criteria) {
    LogFilter filter;
    if (criteria.is_absent_or_null()) return filter;
    if (!criteria.is_object()) return rpc::invalid_params("a filter is an object");
    if (auto failure = read_addresses(criteria.find("address"), filter)) return *failure;
    if (auto failure = read_topics(criteria.find("topics"), filter)) return *failure;
    if (auto failure = read_block(criteria.find("fromBlock"), filter.from_block)) return *failure;
    if (auto failure = read_block(criteria.find("toBlock"), filter.to_block)) return *failure;
    if (filter.from_block && filter.to_block && *filter.from_block > *filter.to_block)
        return rpc::invalid_params("invalid block range params");
    return filter;
}

}  // namespace switchyard::subscribe
