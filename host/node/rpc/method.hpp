// SPDX-License-Identifier: Apache-2.0
// The methods that a port offers, by name.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/node/json/document.hpp"
#include "host/node/json/writer.hpp"
#include "host/node/rpc/context.hpp"
#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::rpc {

/// Positional parameters. Those that were left out are absent elements.
class Params {
  public:
    Params() = default;
    /// `array` is an array, null or absent.
    explicit Params(json::Element array);

    [[nodiscard]] size_t size() const { return size_; }
    /// Absent behind the end. Cheap for the first few.
    [[nodiscard]] json::Element at(size_t index) const;

  private:
    json::Element array_;
    size_t size_ = 0;
};

/// Serves one call: writes one JSON value to `result`, or returns why not (what it wrote until then
/// is taken back). Runs on any worker thread, beside others. Does not throw.
using Handler =
    std::function<Failure(const Params& params, Context& context, json::Writer& result)>;

/// Where a `BatchHandler` puts its results: each call exactly once, in order.
class BatchAnswers {
  public:
    virtual ~BatchAnswers() = default;
    /// The writer for the next call's result: one JSON value, before anything else is asked.
    [[nodiscard]] virtual json::Writer& result() = 0;
    virtual void fail(const RpcError& error) = 0;
};

/// Serves neighbouring calls of one batch together, because together is cheaper: signatures are
/// verified in batches. Single calls are batches of one.
using BatchHandler =
    std::function<void(std::span<const Params> calls, Context& context, BatchAnswers& answers)>;

struct Method {
    std::string name;
    Handler handler;  ///< one of the two is set
    BatchHandler batch_handler;
};

/// Built before serving begins; reading is safe from any thread.
class MethodTable {
  public:
    /// A name is `namespace_method` and registered once; both are asserted.
    void add(std::string name, Handler handler);
    void add_batch(std::string name, BatchHandler handler);

    [[nodiscard]] const Method* find(std::string_view name) const;
    [[nodiscard]] size_t size() const { return methods_.size(); }
    [[nodiscard]] std::vector<std::string_view> names() const;
    [[nodiscard]] std::vector<std::string_view> namespaces() const;

    /// Only the methods of these namespaces, and `rpc_modules`, which lists them: what one port
    /// offers.
    [[nodiscard]] MethodTable subset(std::span<const std::string> namespaces) const;

  private:
    void add_modules_method();
    std::map<std::string, Method, std::less<>> methods_;
};

/// What stands before the first underscore of a method's name.
[[nodiscard]] std::string_view namespace_of(std::string_view method);

}  // namespace switchyard::rpc
