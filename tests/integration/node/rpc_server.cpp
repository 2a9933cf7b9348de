// SPDX-License-Identifier: Apache-2.0
// The node's ports with a few methods of their own, as a process that clients not written here talk
// to.
//
// usage: node_rpc_server FOLDER    prints one JSON object with its ports, ends when standard input
// does
#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "host/core/hex.hpp"
#include "host/node/http/server.hpp"
#include "host/node/rpc/arguments.hpp"
#include "host/node/subscribe/methods.hpp"

namespace {

using namespace switchyard;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

std::shared_ptr<std::string> text_of(const Params& params, size_t index) {
    auto text = std::make_shared<std::string>();
    params.at(index).write(*text);
    return text;
}

/// `test_echo [value]`, `test_publishHeads [header, count]`, `test_publishLog [address, topic,
/// log]`, `test_memory []`: the process's largest resident size in KiB.
void add_methods(rpc::MethodTable& table, subscribe::SubscriptionHub& hub) {
    table.add("test_echo", [](const Params& params, Context&, json::Writer& result) -> Failure {
        const auto text = text_of(params, 0);
        result.raw(text->empty() ? "null" : *text);
        return {};
    });
    table.add("test_publishHeads",
              [&hub](const Params& params, Context&, json::Writer& result) -> Failure {
                  const uint64_t count = params.at(1).uint64().value_or(1);
                  for (uint64_t i = 0; i < count; ++i)
                      hub.publish_head({{}, text_of(params, 0)});
                  result.number(count);
                  return {};
              });
    table.add("test_publishLog",
              [&hub](const Params& params, Context&, json::Writer& result) -> Failure {
                  rpc::Arguments arguments(params, 3);
                  const Address address = arguments.address(0);
                  const std::array<Bytes32, 1> topics = {arguments.hash(1)};
                  if (arguments.failure()) return arguments.failure();
                  const std::array<subscribe::LogEvent, 1> logs = {
                      subscribe::LogEvent{address, topics, 1, text_of(params, 2)}};
                  hub.publish_logs(logs);
                  result.null();
                  return {};
              });
    table.add("test_memory", [](const Params&, Context&, json::Writer& result) -> Failure {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        result.number(int64_t{usage.ru_maxrss});
        return {};
    });
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: node_rpc_server FOLDER\n");
        return 2;
    }
    const auto secret = auth::read_or_create_secret(std::string(arguments[1]) + "/jwt.hex");
    if (!secret) {
        std::fprintf(stderr, "node_rpc_server: %s\n", secret.error().message.c_str());
        return 2;
    }
    subscribe::SubscriptionHub hub;
    rpc::MethodTable table;
    add_methods(table, hub);
    subscribe::add_subscription_methods(table, hub);
    const rpc::Dispatcher dispatcher(table, {});

    http::PortConfig open;
    open.port = 0;
    open.websocket = true;
    open.dispatcher = &dispatcher;
    open.limits.connections_max = 256;
    open.limits.bytes_in_flight_max = 32 * 1024 * 1024;
    open.limits.idle_timeout = std::chrono::milliseconds(2000);
    open.limits.read_timeout = std::chrono::milliseconds(2000);
    http::PortConfig engine = open;
    engine.name = "engine";
    engine.token = std::make_shared<auth::TokenCheck>(*secret);
    http::ServerConfig config;
    config.ports = {open, engine};
    const auto server = http::Server::start(std::move(config));
    if (!server) {
        std::fprintf(stderr, "node_rpc_server: %s\n", server.error().message.c_str());
        return 3;
    }
    std::printf("{\"http\":%d,\"engine\":%d}\n", (*server)->port(0), (*server)->port(1));
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    (*server)->stop();
    return (*server)->counters().connections_open == 0 ? 0 : 1;
}
