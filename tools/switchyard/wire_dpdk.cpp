// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress.hpp"
#include "dataplane/sender.hpp"
#include "tools/switchyard/wire.hpp"

namespace switchyard::tool {
namespace {

using dataplane::FrameBatch;
using dataplane::Ingress;
using dataplane::Port;

/// Frames encoded before they are handed to the port: bounds the memory of the sender whatever the
/// workload's size.
constexpr size_t kFramesAtOnce = 256;

class DpdkWire final : public Wire {
  public:
    DpdkWire(std::unique_ptr<Port> port, std::string description)
        : port_(std::move(port)), description_(std::move(description)) {}
    ~DpdkWire() override { stop(); }

    Result<TransactionSource*> start(std::span<const Bytes> transactions,
                                     std::span<const Address> sender_hints) override {
        SWITCHYARD_ASSERT(!ingress_);
        SWITCHYARD_ASSERT(sender_hints.empty() || sender_hints.size() == transactions.size());
        auto ingress = Ingress::create(*port_, dataplane::trusted_wire());
        if (!ingress) return ingress.error();
        auto encoder = dataplane::FrameEncoder::create({.session = ++session_});
        if (!encoder) return encoder.error();
        ingress_ = std::move(*ingress);
        stop_.store(false, std::memory_order_relaxed);
        sent_ = {};
        send_result_ = {};
        ingress_busy_ = {};
        sender_ =
            std::thread([this, transactions, sender_hints, frames = std::move(*encoder)]() mutable {
                send(transactions, sender_hints, frames);
            });
        receiver_ = std::thread([this] { receive(); });
        return static_cast<TransactionSource*>(ingress_.get());
    }

    Result<WireCounters> finish() override {
        stop();
        if (!ingress_) return Error{ErrorCode::InvalidInput, "the wire was not started"};
        const auto counters = ingress_->counters();
        ingress_.reset();
        if (!send_result_) return send_result_.error();
        WireCounters out{
            .frames_sent = sent_.frames,
            .bytes_sent = sent_.bytes,
            .frames_received = counters.received.frames,
            .frames_refused = counters.all_errors().frames + counters.all_drops().frames,
            .transactions = counters.transactions,
            .ingress = ingress_busy_};
        out.ingress.transactions = counters.transactions;
        return out;
    }

    std::string description() const override { return description_; }

  private:
    void stop() {
        stop_.store(true, std::memory_order_release);
        if (sender_.joinable()) sender_.join();
        if (receiver_.joinable()) receiver_.join();
    }

    void send(std::span<const Bytes> transactions, std::span<const Address> sender_hints,
              dataplane::FrameEncoder& encoder) {
        dataplane::FrameSender sender(*port_, {.patience = std::chrono::minutes(10)});
        FrameBatch frames;
        for (size_t i = 0; i < transactions.size(); ++i) {
            if (stop_.load(std::memory_order_acquire)) break;
            const BytesView hint = sender_hints.empty() ? BytesView{} : sender_hints[i].bytes;
            send_result_ = encoder.add(transactions[i], frames, hint);
            if (send_result_ && frames.size() >= kFramesAtOnce) {
                send_result_ = sender.send(frames);
                frames.clear();
            }
            if (!send_result_) break;
        }
        if (send_result_) {
            encoder.flush(frames);
            send_result_ = sender.send(frames);
        }
        sent_ = sender.counters();
        ingress_->finish_input();
    }

    void receive() {
        while (!stop_.load(std::memory_order_acquire)) {
            const auto begin = std::chrono::steady_clock::now();
            if (ingress_->receive_once() == 0) {
                std::this_thread::yield();
                continue;
            }
            ++ingress_busy_.batches;
            ingress_busy_.busy_ns += static_cast<uint64_t>(
                (std::chrono::steady_clock::now() - begin) / std::chrono::nanoseconds(1));
        }
    }

    std::unique_ptr<Port> port_;
    std::string description_;
    uint64_t session_ = 0;
    std::unique_ptr<Ingress> ingress_;
    std::atomic<bool> stop_{false};
    std::thread sender_;
    std::thread receiver_;
    dataplane::SenderCounters sent_;
    Result<void> send_result_;
    StationCounters ingress_busy_;
};

}  // namespace

Result<std::unique_ptr<Wire>> Wire::open() {
    auto environment = dataplane::dpdk::Environment::start({});
    if (!environment) return environment.error();
    auto port = dataplane::dpdk::open_port(**environment, {.device = "net_ring0"});
    if (!port) return port.error();
    const auto& info = (*environment)->info();
    std::string description = info.version + ", port net_ring0 (a virtual port looped back), " +
                              (info.huge_pages ? "huge pages" : "no huge pages");
    return std::unique_ptr<Wire>(
        std::make_unique<DpdkWire>(std::move(*port), std::move(description)));
}

}  // namespace switchyard::tool
