// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to JSON-RPC: any text through the dispatcher, judged by a second reader of
// JSON.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "host/node/rpc/arguments.hpp"
#include "host/node/rpc/dispatcher.hpp"
#include "host/node/subscribe/methods.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

using rpc::Context;
using rpc::Failure;
using rpc::Params;

constexpr size_t kItemsMax = 12;

class SilentSubscriber final : public rpc::Subscriber {
  public:
    bool notify(const rpc::Notification&) override { return true; }
};

/// Reads every parameter as every kind.
Failure read_arguments(const Params& params, json::Writer& result) {
    rpc::Arguments arguments(params, 9);
    result.begin_array();
    result.data(arguments.address(0));
    result.quantity(arguments.quantity(1));
    result.quantity(arguments.word(2));
    result.data(arguments.data(3, 64));
    result.string(arguments.string(4));
    result.boolean(arguments.boolean(5));
    std::string text;
    arguments.element(6).write(text);
    if (!text.empty()) result.raw(text);
    result.data(arguments.hash(7));
    result.boolean(arguments.optional_boolean(8, true));
    result.end_array();
    return arguments.failure();
}

rpc::MethodTable make_table(subscribe::SubscriptionHub& hub) {
    rpc::MethodTable table;
    table.add("a_echo", [](const Params& params, Context&, json::Writer& result) -> Failure {
        std::string text;
        params.at(0).write(text);
        result.raw(text.empty() ? "null" : text);
        return {};
    });
    table.add("a_read", [](const Params& params, Context&, json::Writer& result) {
        return read_arguments(params, result);
    });
    table.add_batch("a_each",
                    [](std::span<const Params> calls, Context&, rpc::BatchAnswers& answers) {
                        for (const Params& params : calls) {
                            const auto value = params.at(0).uint64();
                            if (value) {
                                answers.result().quantity(*value);
                            } else {
                                answers.fail(rpc::invalid_params("no number"));
                            }
                        }
                    });
    subscribe::add_subscription_methods(table, hub);
    return table;
}

bool is_notification(const nlohmann::json& item) {
    return item.is_object() && item.value("jsonrpc", nlohmann::json()) == "2.0" &&
           item.contains("method") && item["method"].is_string() && item["method"] != "" &&
           !item.contains("id");
}

nlohmann::json id_of(const nlohmann::json& item) {
    if (!item.is_object() || !item.contains("id") || item["id"].is_structured()) return nullptr;
    return item["id"];
}

void check_response(const nlohmann::json& response, const nlohmann::json& id) {
    require(response.is_object() && response.size() == 3, "a response is not three members");
    require(response.value("jsonrpc", "") == "2.0", "a response is not of version 2.0");
    require(response.contains("id") && response["id"] == id, "a response has another id");
    require(response.contains("result") != response.contains("error"),
            "a response has not one of result and error");
    if (!response.contains("error")) return;
    require(response["error"]["code"].is_number_integer(), "an error has no code");
    require(response["error"]["message"].is_string(), "an error has no message");
}

/// Texts on which the two readers may differ: numbers beyond 64 bits or a double, depth, a mark
/// before the text, a zero byte, at which nlohmann's reader takes the text to end.
bool is_at_a_limit(std::string_view text) {
    size_t digits = 0;
    size_t depth = 0;
    for (const char c : text) {
        if (c == '\0') return true;
        if (digits > 0 && (c == 'e' || c == 'E')) return true;
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits >= 18) return true;
        if (c == '[' || c == '{') ++depth;
    }
    return depth > 100 || text.starts_with("\xef\xbb\xbf");
}

void check_batch(const nlohmann::json& root, const nlohmann::json& response) {
    if (root.empty()) return check_response(response, nullptr);
    if (root.size() > kItemsMax) {
        require(response.is_array() && response.size() == 1, "a large batch is not one error");
        return require(response[0]["error"]["code"] == rpc::code::kInvalidRequest,
                       "a large batch has another code");
    }
    size_t next = 0;
    for (const nlohmann::json& item : root) {
        if (is_notification(item)) continue;
        require(response.is_array() && next < response.size(), "a call has no response");
        check_response(response[next++], id_of(item));
    }
    require(response.is_discarded() ? next == 0 : next == response.size(),
            "there are more responses than calls");
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    static subscribe::SubscriptionHub hub({.filters_max = 64});
    static const rpc::MethodTable table = make_table(hub);
    rpc::DispatchLimits limits;
    limits.batch_items_max = kItemsMax;
    limits.batch_response_bytes_max = 4000;
    limits.response_bytes_max = 3000;
    static rpc::DispatchScratch scratch;
    const rpc::Dispatcher dispatcher(table, limits);

    const std::string input(reinterpret_cast<const char*>(data), size);
    std::string request = input;
    Context context;
    context.subscriber = std::make_shared<SilentSubscriber>();
    std::string out;
    dispatcher.answer(scratch, request, context, out);
    for (const auto& action : context.after_response)
        action();
    hub.publish_head({{}, std::make_shared<std::string>("1")});
    require(request == input, "the request was changed");
    require(out.size() < 3000 + 1000 + 400 * (kItemsMax + 1) + 6 * size,
            "a response is larger than its limits");

    const auto root = nlohmann::json::parse(input, nullptr, false);
    const auto response = nlohmann::json::parse(out, nullptr, false);
    require(out.empty() || !response.is_discarded(), "a response is no JSON");
    const bool refused = response.is_object() && response.contains("error") &&
                         response["error"]["code"] == rpc::code::kParseError;
    if (refused) {
        check_response(response, nullptr);
        require(root.is_discarded() || is_at_a_limit(input), "valid JSON was refused");
        return 0;
    }
    require(!root.is_discarded(), "what is no JSON was accepted");
    if (root.is_array()) {
        check_batch(root, response);
    } else if (is_notification(root)) {
        require(out.empty(), "a notification was answered");
    } else {
        check_response(response, id_of(root));
    }
    return 0;
}
