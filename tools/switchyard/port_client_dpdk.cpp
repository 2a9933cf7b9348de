// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <thread>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/protocol/neighbor.hpp"
#include "host/core/random.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/port_client.hpp"

namespace switchyard::tool {
namespace {

using dataplane::ClientSession;
using dataplane::ClientState;
using dataplane::Frame;
using dataplane::FrameBatch;
using dataplane::FrameError;
using dataplane::MacAddress;
using dataplane::Port;

constexpr size_t kBurst = 64;
constexpr double kAskAgainNs = 200e6;

uint64_t now_ns() {
    return static_cast<uint64_t>(wall_ns());
}

class PortClient final : public TransactionLink {
  public:
    PortClient(std::unique_ptr<Port> port, ClientSession session, const PortClientConfig& config)
        : port_(std::move(port)), session_(std::move(session)), config_(config) {
        own_.udp_port = config.own_port;
        if (config.own_ip.is_v4()) {
            own_.ipv4 = config.own_ip.to_v4();
        } else {
            own_.ipv6 = config.own_ip;
        }
    }

    ~PortClient() override {
        session_.close(payloads_);
        send();
    }

    Result<void> connect();

    [[nodiscard]] Result<std::optional<uint64_t>> submit(BytesView transaction,
                                                         BytesView sender_hint) override {
        if (session_.state() == ClientState::Failed) return session_.failure();
        auto number = session_.submit(transaction, sender_hint);
        if (number && (!*number || ++submissions_ % 16 == 0)) (void)turn();
        return number;
    }

    [[nodiscard]] Result<size_t> wait(std::span<dataplane::TransactionResult> out,
                                      std::chrono::milliseconds patience) override {
        const uint64_t end = now_ns() + static_cast<uint64_t>(patience.count()) * 1'000'000;
        for (;;) {
            const bool busy = turn();
            if (const size_t count = session_.take_results(out)) return count;
            if (session_.state() == ClientState::Failed) return session_.failure();
            if (now_ns() >= end) return size_t{0};
            if (!busy) std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    }

    [[nodiscard]] const dataplane::ClientCounters& counters() const override {
        return session_.counters();
    }

  private:
    bool turn();
    bool receive();
    void take(BytesView frame);
    void send();
    void transmit(BytesView frame) {
        const BytesView frames[] = {frame};
        // What a full queue refuses is lost, like on a link; the session sends it again.
        (void)port_->transmit(0, frames);
    }
    void ask_for_mac();

    std::unique_ptr<Port> port_;
    ClientSession session_;
    PortClientConfig config_;
    dataplane::LinkConfig own_;
    MacAddress server_mac_{};
    bool server_known_ = false;
    FrameBatch payloads_;
    std::array<uint8_t, dataplane::kFrameBytesMax> frame_{};
    uint64_t submissions_ = 0;
};

void PortClient::ask_for_mac() {
    std::array<uint8_t, dataplane::kNeighborFrameBytesMax> request;
    const size_t size = dataplane::ask_neighbor({.mac = port_->info().mac, .ip = config_.own_ip},
                                                config_.server_ip, request);
    transmit(BytesView{request}.first(size));
}

/// Answers who asks for our address, learns the server's, and hands datagrams on.
void PortClient::take(BytesView frame) {
    std::array<uint8_t, dataplane::kNeighborFrameBytesMax> reply;
    if (const size_t size = dataplane::answer_neighbor(frame, own_, port_->info().mac, reply);
        size != 0) {
        transmit(BytesView{reply}.first(size));
        return;
    }
    if (const auto mac = dataplane::neighbor_answer(frame, config_.server_ip)) {
        server_mac_ = *mac;
        server_known_ = true;
        return;
    }
    dataplane::LinkHeaders link;
    if (dataplane::parse_link(frame, own_, link) == FrameError::None &&
        link.source.ip == config_.server_ip && link.source.port == config_.server_port)
        session_.receive(link.payload, now_ns());
}

bool PortClient::receive() {
    std::array<Frame, kBurst> burst;
    std::array<uintptr_t, kBurst> buffers;
    const size_t count = port_->receive(0, burst);
    for (size_t i = 0; i < count; ++i) {
        take(burst[i].bytes);
        buffers[i] = burst[i].buffer;
    }
    port_->free_buffers(std::span{buffers}.first(count));
    return count != 0;
}

void PortClient::send() {
    for (size_t i = 0; i < payloads_.size(); ++i) {
        const BytesView payload = payloads_[i];
        const size_t link_bytes = dataplane::link_headers_bytes(config_.server_ip);
        const std::span<uint8_t> frame = std::span{frame_}.first(link_bytes + payload.size());
        std::memcpy(frame.data() + link_bytes, payload.data(), payload.size());
        dataplane::write_link_headers(
            {.mac = port_->info().mac, .ip = config_.own_ip, .udp_port = config_.own_port},
            {.mac = server_mac_, .ip = config_.server_ip, .udp_port = config_.server_port}, frame);
        transmit(frame);
    }
    payloads_.clear();
}

bool PortClient::turn() {
    bool busy = false;
    while (receive())
        busy = true;
    session_.poll(now_ns(), payloads_);
    busy = busy || !payloads_.empty();
    send();
    return busy;
}

Result<void> PortClient::connect() {
    const double begin = wall_ns();
    const auto patience = static_cast<double>(config_.session.patience_ns);
    for (double asked = 0; !server_known_;) {
        const double now = wall_ns();
        if (now - begin > patience)
            return Error{ErrorCode::Timeout, "port " + config_.device + ": nobody knows " +
                                                 dataplane::to_string(config_.server_ip) +
                                                 "; is a server listening at that address on the "
                                                 "other side of this port?"};
        if (now - asked >= kAskAgainNs) {
            ask_for_mac();
            asked = now;
        }
        if (!receive()) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    // The session's patience starts with its first Hello.
    auto session = ClientSession::create(config_.session, now_ns());
    if (!session) return session.error();
    session_ = std::move(*session);
    while (session_.state() == ClientState::Connecting)
        if (!turn()) std::this_thread::sleep_for(std::chrono::microseconds(50));
    return session_.state() == ClientState::Failed ? Result<void>{session_.failure()}
                                                   : Result<void>{};
}

}  // namespace

Result<std::unique_ptr<TransactionLink>> open_port_client(const PortClientConfig& config) {
    PortClientConfig wanted = config;
    wanted.session.ipv6 = !config.server_ip.is_v4();
    while (wanted.session.session == 0) {
        std::array<uint8_t, 8> bytes{};
        if (auto drawn = fill_random(bytes); !drawn) return drawn.error();
        std::memcpy(&wanted.session.session, bytes.data(), bytes.size());
    }
    auto session = ClientSession::create(wanted.session, now_ns());
    if (!session) return session.error();
    auto environment = dataplane::dpdk::Environment::start(
        dataplane::dpdk::environment_for(wanted.device));
    if (!environment) return environment.error();
    auto port = dataplane::dpdk::open_port(**environment, {.device = wanted.device});
    if (!port) return port.error();
    auto out = std::make_unique<PortClient>(std::move(*port), std::move(*session), wanted);
    if (auto connected = out->connect(); !connected) return connected.error();
    return std::unique_ptr<TransactionLink>(std::move(out));
}

}  // namespace switchyard::tool
