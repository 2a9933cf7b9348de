// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/ports.hpp"

#include <array>
#include <filesystem>

#include "host/core/hex.hpp"
#include "tools/appliance/listener_address.hpp"

namespace switchyard::appliance {
namespace {

/// execution-apis, src/engine/common.md: payloads with blobs are large.
constexpr size_t kEngineBodyBytes = size_t{128} << 20;
/// What a batch may take before it is parsed is the body's limit.
constexpr size_t kEngineBatch = 100;

http::PortConfig port_at(const std::string& name, const std::string& address) {
    const ListenerAddress at = listener_address(address);
    http::PortConfig out;
    out.name = name;
    out.address = at.host;
    out.port = at.port;
    return out;
}

void limit_time(http::PortLimits& limits, std::chrono::milliseconds timeout) {
    limits.request_timeout = timeout;
    limits.idle_timeout = timeout;
    limits.read_timeout = timeout;
    limits.write_timeout = timeout;
}

Result<std::shared_ptr<const auth::TokenCheck>> token_check(const std::string& file,
                                                            bool as_bearer) {
    const auto secret = auth::read_or_create_secret(file);
    if (!secret) return secret.error();
    return std::make_shared<const auth::TokenCheck>(
        *secret, as_bearer ? to_hex(*secret).substr(2) : std::string{});
}

}  // namespace

std::string secret_file(const config::NodeSection& node, const std::string& stated,
                        std::string_view name) {
    return stated.empty() ? (std::filesystem::path(node.folder) / name).string() : stated;
}

/// The methods of one port.
struct Ports::Service {
    Service(rpc::MethodTable offered, const rpc::DispatchLimits& limits)
        : table(std::move(offered)), dispatcher(table, limits) {}

    rpc::MethodTable table;
    rpc::Dispatcher dispatcher;
};

Ports::~Ports() = default;

namespace {

http::PortConfig rpc_port(const config::RpcSection& section, const std::string& name, bool http,
                          bool websocket) {
    http::PortConfig out = port_at(name, section.address);
    out.http = http;
    out.websocket = websocket;
    out.virtual_hosts = section.hosts;
    out.cors_origins = section.cors;
    out.websocket_origins = section.cors;
    out.limits.connections_max = section.connections;
    out.limits.body_bytes_max = section.body;
    out.limits.message_bytes_max = section.body;
    // A burst of two seconds.
    out.limits.rate = {static_cast<double>(section.rate), 2.0 * static_cast<double>(section.rate)};
    limit_time(out.limits, section.timeout);
    return out;
}

rpc::DispatchLimits rpc_limits(const config::RpcSection& section) {
    rpc::DispatchLimits out;
    out.json.bytes_max = section.body;
    out.batch_items_max = section.batch;
    return out;
}

}  // namespace

Result<std::unique_ptr<Ports>> Ports::open(const config::Configuration& now, const Offer& offer) {
    std::unique_ptr<Ports> out(new Ports);
    http::ServerConfig server;
    const bool shared =
        now.http.enabled && now.websocket.enabled && now.http.address == now.websocket.address;
    const auto add = [&](http::PortConfig port, std::span<const std::string> apis,
                         const rpc::DispatchLimits& limits) {
        auto service = std::make_unique<Service>(offer.methods.subset(apis), limits);
        port.dispatcher = &service->dispatcher;
        server.ports.push_back(std::move(port));
        out->services_.push_back(std::move(service));
    };
    if (now.http.enabled)
        add(rpc_port(now.http, "http", true, shared), now.http.apis, rpc_limits(now.http));
    if (now.websocket.enabled && !shared)
        add(rpc_port(now.websocket, "websocket", false, true), now.websocket.apis,
            rpc_limits(now.websocket));
    if (now.engine.enabled) {
        auto token = token_check(secret_file(now.node, now.engine.secret, kEngineSecret), false);
        if (!token) return token.error();
        http::PortConfig port = port_at("engine", now.engine.address);
        port.websocket = true;
        // Behind a token, any name may be used (go-ethereum: authrpc.vhosts).
        port.virtual_hosts = {"*"};
        port.token = std::move(*token);
        port.limits.body_bytes_max = kEngineBodyBytes;
        port.limits.message_bytes_max = kEngineBodyBytes;
        rpc::DispatchLimits limits;
        limits.json.bytes_max = kEngineBodyBytes;
        limits.batch_items_max = kEngineBatch;
        limits.batch_response_bytes_max = kEngineBodyBytes;
        // A consensus client asks for blocks and logs on this port, too (common.md).
        const std::array<std::string, 4> apis{"engine", "eth", "net", "web3"};
        add(std::move(port), apis, limits);
    }
    if (now.admin.enabled) {
        auto token = token_check(secret_file(now.node, now.admin.secret, kAdminSecret), true);
        if (!token) return token.error();
        http::PortConfig port = port_at("admin", now.admin.address);
        port.http = false;
        port.virtual_hosts = {"*"};
        port.token = std::move(*token);
        port.routes = http::admin_routes(offer.registry, offer.unready);
        port.workers = 1;
        out->services_.push_back(nullptr);
        server.ports.push_back(std::move(port));
    }
    for (const http::PortConfig& port : server.ports)
        out->listening_.push_back({port.name, port.address, port.websocket});
    auto started = http::Server::start(std::move(server));
    if (!started) return started.error();
    out->server_ = std::move(*started);
    for (size_t i = 0; i < out->listening_.size(); ++i)
        out->listening_[i].address =
            to_string(ListenerAddress{out->listening_[i].address, out->server_->port(i)});
    return out;
}

void Ports::reconfigure(const config::Configuration& now) {
    for (size_t i = 0; i < listening_.size(); ++i) {
        const Listening& port = listening_[i];
        if (port.name != "http" && port.name != "websocket") continue;
        const config::RpcSection& section = port.name == "http" ? now.http : now.websocket;
        server_->reconfigure(i, rpc_port(section, port.name, port.name == "http", port.websocket));
        services_[i]->dispatcher.set_limits(rpc_limits(section));
    }
}

uint16_t Ports::port(std::string_view name) const {
    for (size_t i = 0; i < listening_.size(); ++i)
        if (listening_[i].name == name) return server_->port(i);
    return 0;
}

void Ports::add_metrics(metrics::Registry& registry) const {
    for (size_t i = 0; i < listening_.size(); ++i) {
        http::add_port_metrics(registry, *server_, i, listening_[i].name);
        if (services_[i] != nullptr)
            http::add_dispatch_metrics(registry, services_[i]->dispatcher, listening_[i].name);
    }
}

void Ports::stop() {
    server_->stop();
}

}  // namespace switchyard::appliance
