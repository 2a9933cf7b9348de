// SPDX-License-Identifier: Apache-2.0
#include "host/node/forward/upstream_answer.hpp"

#include <algorithm>
#include <array>

#include "host/node/json/writer.hpp"

namespace switchyard::forward {
namespace {

/// Geth, Nethermind, Besu, Reth and Erigon, in lower case.
constexpr std::array<std::string_view, 4> kKnown{"already known", "alreadyknown",
                                                 "known transaction", "already imported"};
constexpr std::array<std::string_view, 8> kLater{
    "txpool is full", "pool is full",      "pool limit",     "busy",
    "timed out",      "too many requests", "nonce too high", "nonce gap"};

constexpr int64_t kBusy = -32005;     // EIP-1474: limit exceeded
constexpr int64_t kTimeout = -32002;  // EIP-1474: resource unavailable
constexpr int64_t kInternal = -32603;

void write_call(json::Writer& out, size_t id, BytesView transaction) {
    out.begin_object();
    out.member_string("jsonrpc", "2.0");
    out.key("id");
    out.number(uint64_t{id});
    out.member_string("method", "eth_sendRawTransaction");
    out.key("params");
    out.begin_array();
    out.data(transaction);
    out.end_array();
    out.end_object();
}

bool contains_any(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(
        words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

Delivery delivery_of(json::Element answer) {
    const json::Element error = answer.find("error");
    if (error.is_absent_or_null())
        return answer.find("result").is_string() ? Delivery::Accepted : Delivery::Later;
    std::string message(error.find("message").string().value_or(std::string_view{}));
    std::ranges::transform(message, message.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (contains_any(message, kKnown)) return Delivery::Known;
    const int64_t code = error.find("code").int64().value_or(0);
    if (code == kBusy || code == kTimeout || code == kInternal || contains_any(message, kLater))
        return Delivery::Later;
    return Delivery::Refused;
}

}  // namespace

std::string write_batch(std::span<const BytesView> transactions) {
    std::string out;
    json::Writer writer(out);
    if (transactions.size() == 1) {
        write_call(writer, 0, transactions[0]);
        return out;
    }
    writer.begin_array();
    for (size_t i = 0; i < transactions.size(); ++i)
        write_call(writer, i, transactions[i]);
    writer.end_array();
    return out;
}

Result<std::vector<Delivery>> read_batch_answer(std::string_view text, size_t count,
                                                json::Document& document) {
    json::ParseLimits limits;
    limits.bytes_max = text.size() + 1;
    const auto root = document.parse(text, limits);
    if (!root) return Error{ErrorCode::InvalidInput, "the answer is no JSON"};
    std::vector<Delivery> out(count, Delivery::Later);
    if (root->is_object()) {
        if (count != 1) return Error{ErrorCode::Unsupported, "one answer stands for a batch"};
        out[0] = delivery_of(*root);
        return out;
    }
    if (!root->is_array()) return Error{ErrorCode::InvalidInput, "the answer is no JSON-RPC"};
    for (const json::Element answer : root->elements()) {
        const auto id = answer.find("id").uint64();
        if (id && *id < count) out[*id] = delivery_of(answer);
    }
    return out;
}

}  // namespace switchyard::forward
