// SPDX-License-Identifier: Apache-2.0
// From a JSON-RPC 2.0 request to its response, whatever brought it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/live.hpp"
#include "host/node/json/document.hpp"
#include "host/node/json/writer.hpp"
#include "host/node/rpc/method.hpp"

namespace switchyard::rpc {

/// The defaults are go-ethereum's where it has the limit.
struct DispatchLimits {
    json::ParseLimits json;
    size_t batch_items_max = 1000;
    /// Of the results of one batch together; what comes after is answered with -32003.
    size_t batch_response_bytes_max = 25'000'000;
    /// Of one result. Traces of a whole block are the largest.
    size_t response_bytes_max = 128 * 1024 * 1024;
};

/// Sums since the start. Written by all workers, read by anybody.
struct DispatchCounters {
    std::atomic<uint64_t> requests{0};  ///< calls and notifications, each of a batch
    std::atomic<uint64_t> notifications{0};
    std::atomic<uint64_t> batches{0};
    std::atomic<uint64_t> errors{0};        ///< calls answered with an error of any kind
    std::atomic<uint64_t> parse_errors{0};  ///< texts that are no JSON or no request
    std::atomic<uint64_t> timeouts{0};
    std::atomic<uint64_t> too_large{0};  ///< results or batches over a limit
};

/// What one thread needs to answer, used again from request to request.
class DispatchScratch {
  private:
    friend class Dispatcher;
    json::Document document_;
    std::vector<Params> calls_;
    std::vector<json::Element> ids_;
    Live<DispatchLimits>::Pointer limits_;  ///< of the dispatcher that answered last
};

/// Answers requests, notifications and batches as JSON-RPC 2.0 says, and where it leaves the choice
/// as go-ethereum does (rpc/handler.go, rpc/json.go): a batch is served in order by one thread, an
/// empty batch and one with too many items is one error, an item that is no request is answered
/// with -32600 in its place.
///
/// Safe from many threads, each with its own scratch. Memory of a response is bounded by the
/// limits.
class Dispatcher {
  public:
    /// `table` must outlive this.
    Dispatcher(const MethodTable& table, const DispatchLimits& limits)
        : table_(table), limits_(limits) {}

    /// Appends the response to `request` to `out`; nothing for a notification. `request` may get
    /// more capacity, its text stays.
    void answer(DispatchScratch& scratch, std::string& request, Context& context,
                std::string& out) const;

    /// From any thread; each request is answered by the limits with which it began.
    void set_limits(const DispatchLimits& limits) { limits_.set(limits); }
    [[nodiscard]] const DispatchCounters& counters() const { return counters_; }

  private:
    struct Request;
    class Answers;
    void answer_batch(DispatchScratch& scratch, json::Element batch, const DispatchLimits& limits,
                      Context& context, std::string& out) const;
    void answer_one(json::Element element, const DispatchLimits& limits, Context& context,
                    json::Writer& writer) const;
    [[nodiscard]] static Request read_request(json::Element element);
    [[nodiscard]] Failure check(const Request& request) const;
    void call(const Request& request, const DispatchLimits& limits, Context& context,
              json::Writer& writer) const;
    void write_error(json::Writer& writer, json::Element id, const RpcError& error) const;

    const MethodTable& table_;
    Live<DispatchLimits> limits_;
    mutable DispatchCounters counters_;
};

/// A whole response with an error and the id null, for texts that are no request.
void write_error_response(json::Writer& writer, const RpcError& error);

}  // namespace switchyard::rpc
