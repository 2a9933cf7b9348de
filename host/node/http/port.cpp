// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/port.hpp"

namespace switchyard::http {

void Port::reconfigure(const PortConfig& next) {
    PortConfig now = config;
    now.virtual_hosts = next.virtual_hosts;
    now.cors_origins = next.cors_origins;
    now.websocket_origins = next.websocket_origins;
    const PortLimits& from = next.limits;
    now.limits.connections_max = from.connections_max;
    now.limits.body_bytes_max = from.body_bytes_max;
    now.limits.message_bytes_max = from.message_bytes_max;
    now.limits.rate = from.rate;
    now.limits.idle_timeout = from.idle_timeout;
    now.limits.read_timeout = from.read_timeout;
    now.limits.write_timeout = from.write_timeout;
    now.limits.request_timeout = from.request_timeout;
    rate.configure(from.rate);
    live.set(std::move(now));
}

void Port::add(Session* session, std::weak_ptr<Session> handle) {
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session, std::move(handle));
}

void Port::remove(Session* session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
}

std::vector<std::shared_ptr<Session>> Port::sessions() const {
    std::vector<std::shared_ptr<Session>> out;
    const std::lock_guard lock(mutex_);
    out.reserve(sessions_.size());
    for (const auto& [session, handle] : sessions_)
        if (auto held = handle.lock()) out.push_back(std::move(held));
    return out;
}

uint64_t source_of(const net::ip::tcp::socket& socket) {
    beast::error_code unconnected;
    const net::ip::address address = socket.remote_endpoint(unconnected).address();
    if (address.is_v4()) return address.to_v4().to_uint();
    const auto bytes = address.to_v6().to_bytes();
    if (address.to_v6().is_v4_mapped()) {
        uint64_t out = 0;
        for (size_t i = 12; i < 16; ++i)
            out = out << 8 | bytes[i];
        return out;
    }
    uint64_t out = 0;
    for (size_t i = 0; i < 8; ++i)
        out = out << 8 | bytes[i];
    return out;
}

uint64_t Port::next_connection() {
    static std::atomic<uint64_t> numbers{0};
    return numbers.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::string Port::answer(rpc::DispatchScratch& scratch, std::string& request, rpc::Context& context,
                         std::chrono::milliseconds timeout, ByteShare& share) {
    const auto begin = rpc::Context::Clock::now();
    context.deadline = begin + timeout;
    context.cancelled = &stopping;
    std::string out;
    config.dispatcher->answer(scratch, request, context, out);
    counters.request_seconds.observe(
        std::chrono::duration<double>(rpc::Context::Clock::now() - begin).count());
    if (share.take(budget, out.size())) return out;
    count(counters.busy);
    return busy_response();
}

namespace {

std::string limit_response(const char* reason) {
    std::string out;
    json::Writer writer(out);
    rpc::write_error_response(writer, {rpc::code::kBusy, reason, {}});
    return out;
}

}  // namespace

std::string busy_response() {
    return limit_response("server busy");
}

std::string over_rate_response() {
    return limit_response("too many requests");
}

}  // namespace switchyard::http
