// SPDX-License-Identifier: Apache-2.0
#include "host/node/subscribe/methods.hpp"

#include "host/node/rpc/arguments.hpp"

namespace switchyard::subscribe {
namespace {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

RpcError filter_not_found() {
    return {rpc::code::kServer, "filter not found", {}};
}

Failure write_id(const rpc::Answer<std::string>& id, json::Writer& result) {
    if (!id) return id.error();
    result.string(*id);
    return {};
}

Failure subscribe(SubscriptionHub& hub, const Params& params, Context& context,
                  json::Writer& result) {
    Arguments arguments(params, 2);
    const std::string_view name = arguments.string(0);
    if (arguments.failure()) return arguments.failure();
    if (name == "newHeads") return write_id(hub.subscribe(context, Topic::NewHeads), result);
    if (name == "syncing") return write_id(hub.subscribe(context, Topic::Syncing), result);
    if (name == "newPendingTransactions") {
        const bool whole = arguments.optional_boolean(1, false);
        if (arguments.failure()) return arguments.failure();
        const Topic topic = whole ? Topic::PendingTransactions : Topic::PendingHashes;
        return write_id(hub.subscribe(context, topic), result);
    }
    if (name == "logs") {
        auto filter = read_log_filter(arguments.optional_element(1));
        if (!filter) return filter.error();
        return write_id(hub.subscribe(context, Topic::Logs, std::move(*filter)), result);
    }
    return RpcError{rpc::code::kMethodNotFound,
                    "no \"" + std::string(name) + "\" subscription in eth namespace",
                    {}};
}

Failure unsubscribe(SubscriptionHub& hub, const Params& params, Context& context,
                    json::Writer& result) {
    Arguments arguments(params, 1);
    const std::string_view id = arguments.string(0);
    if (arguments.failure()) return arguments.failure();
    if (!context.subscriber)
        return RpcError{rpc::code::kMethodNotFound, "notifications not supported", {}};
    if (!hub.unsubscribe(context, id))
        return RpcError{rpc::code::kServer, "subscription not found", {}};
    result.boolean(true);
    return {};
}

Failure new_log_filter(SubscriptionHub& hub, const Params& params, json::Writer& result) {
    Arguments arguments(params, 1);
    const json::Element criteria = arguments.element(0);
    if (arguments.failure()) return arguments.failure();
    auto filter = read_log_filter(criteria);
    if (!filter) return filter.error();
    std::string text;
    criteria.write(text);
    return write_id(hub.new_filter(Topic::Logs, std::move(*filter), std::move(text)), result);
}

Failure filter_changes(SubscriptionHub& hub, const Params& params, json::Writer& result) {
    Arguments arguments(params, 1);
    const std::string_view id = arguments.string(0);
    if (arguments.failure()) return arguments.failure();
    const auto entries = hub.poll_filter(id);
    if (!entries) return filter_not_found();
    result.begin_array();
    for (const Text& entry : *entries)
        result.raw(*entry);
    result.end_array();
    return {};
}

/// What eth_getLogs gives for the filter's criteria.
Failure filter_logs(const rpc::MethodTable& table, SubscriptionHub& hub, const Params& params,
                    Context& context, json::Writer& result) {
    Arguments arguments(params, 1);
    const std::string_view id = arguments.string(0);
    if (arguments.failure()) return arguments.failure();
    const auto criteria = hub.filter_criteria(id);
    if (!criteria) return filter_not_found();
    const rpc::Method* logs = table.find("eth_getLogs");
    if (logs == nullptr || !logs->handler)
        return RpcError{rpc::code::kMethodNotFound,
                        "the method eth_getLogs does not exist/is not available",
                        {}};
    json::Document document;
    const auto root = document.parse("[" + *criteria + "]");
    if (!root) return RpcError{rpc::code::kInternal, root.error().message, {}};
    return logs->handler(Params(*root), context, result);
}

}  // namespace

void add_subscription_methods(rpc::MethodTable& table, SubscriptionHub& hub) {
    table.add("eth_subscribe",
              [&hub](const Params& params, Context& context, json::Writer& result) {
                  return subscribe(hub, params, context, result);
              });
    table.add("eth_unsubscribe",
              [&hub](const Params& params, Context& context, json::Writer& result) {
                  return unsubscribe(hub, params, context, result);
              });
    table.add("eth_newFilter", [&hub](const Params& params, Context&, json::Writer& result) {
        return new_log_filter(hub, params, result);
    });
    const auto add_plain = [&](const char* name, Topic topic) {
        table.add(name, [&hub, topic](const Params& params, Context&, json::Writer& result) {
            // go-ethereum's newPendingTransactionFilter takes a flag; hashes it is here.
            const Arguments arguments(params, topic == Topic::PendingHashes ? 1 : 0);
            if (arguments.failure()) return arguments.failure();
            return write_id(hub.new_filter(topic), result);
        });
    };
    add_plain("eth_newBlockFilter", Topic::NewHeads);
    add_plain("eth_newPendingTransactionFilter", Topic::PendingHashes);
    table.add("eth_getFilterChanges", [&hub](const Params& params, Context&, json::Writer& result) {
        return filter_changes(hub, params, result);
    });
    table.add("eth_getFilterLogs",
              [&table, &hub](const Params& params, Context& context, json::Writer& result) {
                  return filter_logs(table, hub, params, context, result);
              });
    table.add("eth_uninstallFilter",
              [&hub](const Params& params, Context&, json::Writer& result) -> Failure {
                  Arguments arguments(params, 1);
                  const std::string_view id = arguments.string(0);
                  if (arguments.failure()) return arguments.failure();
                  result.boolean(hub.uninstall_filter(id));
                  return {};
              });
}

}  // namespace switchyard::subscribe
