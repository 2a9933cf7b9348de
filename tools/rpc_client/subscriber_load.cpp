// SPDX-License-Identifier: Apache-2.0
#include "tools/rpc_client/subscriber_load.hpp"

#include <sys/resource.h>

#include <chrono>
#include <memory>

#include "host/node/http/server.hpp"
#include "host/node/subscribe/methods.hpp"
#include "tools/rpc_client/connection.hpp"

namespace switchyard::tool {
namespace {

/// A server with subscriptions and nothing else.
struct SubscriberServer {
    subscribe::SubscriptionHub hub;
    rpc::MethodTable table;
    rpc::Dispatcher dispatcher{table, {}};
    std::unique_ptr<http::Server> server;

    Result<void> start(size_t connections) {
        subscribe::add_subscription_methods(table, hub);
        http::PortConfig port;
        port.port = 0;
        port.websocket = true;
        port.dispatcher = &dispatcher;
        port.limits.connections_max = connections;
        port.limits.notifications_max = 64;
        // So that the kernel does not hold megabytes for the one that does not read.
        port.limits.send_buffer_bytes = 32 * 1024;
        // TCP gives that one's small window back late, the later the longer it slept.
        port.limits.close_timeout = std::chrono::seconds(120);
        port.limits.write_timeout = std::chrono::seconds(120);
        http::ServerConfig config;
        config.ports.push_back(std::move(port));
        auto started = http::Server::start(std::move(config));
        if (!started) return started.error();
        server = std::move(*started);
        return {};
    }
};

Result<void> allow_descriptors(size_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= count) return {};
    limit.rlim_cur = count;
    if (limit.rlim_cur > limit.rlim_max || ::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return Error{ErrorCode::Unavailable, "this needs " + std::to_string(count) +
                                                 " descriptors; raise the limit with ulimit -n"};
    return {};
}

Result<Connection> subscribed(uint16_t port, int receive_bytes) {
    auto connection = Connection::open(port, 120'000, receive_bytes);
    if (!connection) return connection;
    if (auto upgraded = connection->upgrade(); !upgraded) return upgraded.error();
    if (auto sent = connection->send_text(
            R"({"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]})");
        !sent)
        return sent.error();
    const auto answer = connection->receive_frame();
    if (!answer) return answer.error();
    if (answer->payload.find("\"result\":\"0x") == std::string::npos)
        return Error{ErrorCode::Mismatch, "no subscription: " + answer->payload};
    return connection;
}

/// `{"number":5,"padding":"..."}`.
std::string event_text(size_t number, size_t bytes) {
    std::string out = "{\"number\":" + std::to_string(number) + ",\"padding\":\"";
    out.append(bytes > out.size() + 2 ? bytes - out.size() - 2 : 0, 'x');
    return out + "\"}";
}

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
        .count();
}

Result<void> expect_event(Connection& reader, size_t number) {
    const auto frame = reader.receive_frame();
    if (!frame) return frame.error();
    const std::string wanted = "\"result\":{\"number\":" + std::to_string(number) + ",";
    if (frame->opcode != 1 || frame->payload.find(wanted) == std::string::npos)
        return Error{ErrorCode::Mismatch, "a reader got something else than event " +
                                              std::to_string(number) + ": " +
                                              frame->payload.substr(0, 200)};
    return {};
}

/// Reads until the close frame.
Result<void> read_notice(Connection& sleeper, SubscriberRun& run) {
    for (size_t i = 0; i <= run.events; ++i) {
        const auto frame = sleeper.receive_frame();
        if (!frame) return frame.error();
        if (frame->opcode != 8) continue;
        run.close_code = frame->close_code();
        run.close_reason = frame->payload.substr(std::min<size_t>(2, frame->payload.size()));
        return {};
    }
    return Error{ErrorCode::Mismatch, "the one that does not read was sent no close"};
}

}  // namespace

Result<SubscriberRun> run_subscribers(size_t subscribers, size_t events, size_t event_bytes) {
    if (auto allowed = allow_descriptors(2 * subscribers + 256); !allowed) return allowed.error();
    SubscriberServer server;
    if (auto started = server.start(subscribers + 16); !started) return started.error();
    const uint16_t port = server.server->port();

    auto sleeper = subscribed(port, 4096);
    if (!sleeper) return sleeper.error();
    std::vector<Connection> readers;
    readers.reserve(subscribers);
    for (size_t i = 0; i < subscribers; ++i) {
        auto reader = subscribed(port, 0);
        if (!reader) return reader.error();
        readers.push_back(std::move(*reader));
    }

    SubscriberRun run;
    run.subscribers = subscribers;
    run.events = events;
    for (size_t event = 0; event < events; ++event) {
        const auto text = std::make_shared<std::string>(event_text(event, event_bytes));
        const auto begin = std::chrono::steady_clock::now();
        server.hub.publish_head({{}, text});
        run.publish_ms.push_back(milliseconds_since(begin));
        for (Connection& reader : readers)
            if (auto got = expect_event(reader, event); !got)
                return Error{got.error().code, "a reader: " + got.error().message};
        run.delivery_ms.push_back(milliseconds_since(begin));
        if (run.dropped_after != 0) continue;
        if (server.server->counters().subscribers_dropped.load() == 0) continue;
        run.dropped_after = event + 1;
        // Within the time that a close may take: it hears why.
        if (auto noticed = read_notice(*sleeper, run); !noticed)
            return Error{noticed.error().code,
                         "the one that does not read: " + noticed.error().message};
    }
    run.dropped = server.server->counters().subscribers_dropped.load();
    if (run.dropped_after == 0)
        return Error{ErrorCode::Mismatch, "the one that does not read was not dropped"};
    return run;
}

}  // namespace switchyard::tool
