// SPDX-License-Identifier: Apache-2.0
// Rate of the receive loop: frames wait in a net_ring, and one thread receives, parses, checks and
// consumes them. Sending is outside of the measured time, which is CPU time of the thread, so that
// other load on the machine shows little.
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <random>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress.hpp"
#include "dataplane/sender.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kTransactions = 200'000;
constexpr size_t kTransactionBytes = 200;
constexpr size_t kQueueFrames = 1'024;
constexpr int kPasses = 5;

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Pass {
    double seconds = 0;
    uint64_t transactions = 0;
};

/// One pass over all frames, a ring's content at a time.
Result<Pass> run(Port& port, const FrameBatch& frames) {
    auto ingress = Ingress::create(port, trusted_wire());
    if (!ingress) return ingress.error();
    FrameSender sender(port, {});
    const std::vector<BytesView> views = frames.views();
    std::array<RawTransaction, kBatchTransactionsMax> batch;
    const std::array<Verdict, kBatchTransactionsMax> verdicts{};
    Pass out;
    for (size_t at = 0; at < views.size(); at += kQueueFrames) {
        const size_t count = std::min(kQueueFrames, views.size() - at);
        if (auto sent = sender.send(std::span{views}.subspan(at, count)); !sent)
            return sent.error();
        const double start = cpu_seconds();
        while ((*ingress)->receive_once() != 0)
            while (const size_t polled = (*ingress)->poll(batch))
                (*ingress)->release(std::span{batch}.first(polled),
                                    std::span{verdicts}.first(polled));
        out.seconds += cpu_seconds() - start;
    }
    out.transactions = (*ingress)->counters().transactions_released;
    return out;
}

Result<void> bench() {
    auto environment = dpdk::Environment::start({});
    if (!environment) return environment.error();
    auto port = dpdk::open_port(**environment, {.queue_frames = kQueueFrames});
    if (!port) return port.error();
    std::mt19937_64 random(1);
    const auto transactions =
        test::random_transactions(random, kTransactions, kTransactionBytes, kTransactionBytes);
    for (const size_t frame_bytes : {kFrameBytesStandard, kFrameBytesMax}) {
        auto frames = encode_all({.frame_bytes = frame_bytes}, test::views(transactions));
        if (!frames) return frames.error();
        std::array<double, kPasses> rates{};
        for (double& rate : rates) {
            auto pass = run(**port, *frames);
            if (!pass) return pass.error();
            if (pass->transactions != kTransactions)
                return Error{ErrorCode::Mismatch, "the loop lost transactions"};
            rate = static_cast<double>(pass->transactions) / pass->seconds;
        }
        std::ranges::sort(rates);
        fmt::print(
            "frames of {:>5} bytes: {:.1f} million transactions per CPU second (median of {}, "
            "{:.1f} to "
            "{:.1f})\n",
            frame_bytes, rates[kPasses / 2] / 1e6, kPasses, rates.front() / 1e6,
            rates.back() / 1e6);
    }
    return {};
}

}  // namespace
}  // namespace switchyard::dataplane

int main() {
    if (const auto done = switchyard::dataplane::bench(); !done) {
        fmt::print(stderr, "ingest_bench: {}\n", done.error().message);
        return 1;
    }
    return 0;
}
