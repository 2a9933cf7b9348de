// SPDX-License-Identifier: Apache-2.0
// Runs the receive loop at a share of its capacity for as long as one likes, and fails unless
// memory, buffers, sessions and slots stay where they are.
//
// One thread on one core does both sides in turn: clients send on one net_ring and the ingress
// receives there; the ingress answers on another. Exit code 0: flat, and every transaction was
// answered once and rightly; 1: not so, and the line that is not says why; 2: wrong arguments or no
// port.
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress.hpp"
#include "tests/soak/flatness.hpp"
#include "tests/soak/ingest_traffic.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SWITCHYARD_SOAK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SWITCHYARD_SOAK_SANITIZED 1
#endif
#endif

namespace switchyard::soak {
namespace {

using namespace dataplane;

#ifdef SWITCHYARD_SOAK_SANITIZED
/// A sanitizer's own memory grows; it finds leaks by itself.
constexpr bool kJudgeResidentPages = false;
#else
constexpr bool kJudgeResidentPages = true;
#endif

/// Something that is not given back on purpose, so that the soak is seen to fail.
enum class Leak : uint8_t { None, Buffers, Memory };

struct Options {
    double seconds = 3'600;
    uint64_t transactions = 0;  ///< end after so many instead; capacity is measured over a quarter
    double share = 0.8;
    double capacity_seconds = 20;
    double sample_seconds = 1;
    double idle_seconds = 30;
    uint64_t seed = 1;
    Leak leak = Leak::None;
};

constexpr const char* kUsage =
    "usage: ingest_soak [--seconds S] [--transactions N] [--share F] [--capacity-seconds S]\n"
    "                   [--sample-seconds S] [--idle-seconds S] [--seed N] [--leak "
    "buffers|memory]\n"
    "Measures what the receive loop takes on one core, holds the share F of it (0.8) for S seconds "
    "(3600),\n"
    "and compares memory, buffers, sessions and slots with a flat line. --transactions ends it "
    "after N\n"
    "transactions instead. --leak forgets something on purpose: the soak must then fail.\n";

double monotonic_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double thread_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double resident_pages() {
    long total = 0;
    long resident = 0;
    std::FILE* const file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    const int found = std::fscanf(file, "%ld %ld", &total, &resident);
    std::fclose(file);
    return found == 2 ? static_cast<double>(resident) : 0;
}

/// Receives on one port and sends on another.
class CrossedPort final : public Port {
  public:
    CrossedPort(Port& in, Port& out, Leak leak) : in_(in), out_(out), leak_(leak) {}

    size_t receive(uint16_t queue, std::span<Frame> out) override {
        return in_.receive(queue, out);
    }
    void free_buffers(std::span<const uintptr_t> buffers) override {
        constexpr uint64_t kForgottenEvery = 2'000;
        if (leak_ == Leak::Buffers && ++calls_ % kForgottenEvery == 0) buffers = buffers.subspan(1);
        in_.free_buffers(buffers);
    }
    size_t transmit(uint16_t queue, std::span<const BytesView> frames) override {
        return out_.transmit(queue, frames);
    }
    [[nodiscard]] bool input_ended(uint16_t queue) const override { return in_.input_ended(queue); }
    [[nodiscard]] const PortInfo& info() const override { return in_.info(); }
    [[nodiscard]] PortCounters counters() const override { return in_.counters(); }
    [[nodiscard]] uint32_t buffers_in_use() const override { return in_.buffers_in_use(); }

  private:
    Port& in_;
    Port& out_;
    Leak leak_;
    uint64_t calls_ = 0;
};

/// What is sampled. Of all but the first, what is left when everything has ended must be 0.
struct Gauge {
    const char* name;
    std::vector<Sample> samples;

    [[nodiscard]] double mean() const {
        double sum = 0;
        for (const Sample& one : samples)
            sum += one.value;
        return sum / static_cast<double>(std::max<size_t>(samples.size(), 1));
    }
};

/// A test by count has sessions short enough that many come and go.
TrafficConfig traffic_config(const Options& options) {
    TrafficConfig out{.seed = options.seed};
    if (options.transactions != 0) {
        out.shortest = 500;
        out.longest = 4'000;
        out.vanishing = 0.2;
    }
    return out;
}

class IngestSoak {
  public:
    IngestSoak(const Options& options, Port& requests, Port& replies)
        : options_(options),
          requests_(requests),
          replies_(replies),
          port_(requests, replies, options.leak),
          stock_(options.seed),
          traffic_(requests, replies, traffic_config(options), stock_) {
        for (const char* name :
             {"resident pages", "buffers, requests", "buffers, replies", "sessions",
              "sources with sessions", "transactions under way", "frame slots", "groups open",
              "frames held by groups", "rebuilt datagrams", "large transactions"})
            gauges_.push_back({.name = name, .samples = {}});
        // Touched, so that what is written down does not look like growth.
        for (Gauge& gauge : gauges_) {
            gauge.samples.resize(kSamplesMax);
            gauge.samples.clear();
        }
    }

    Result<void> run();
    /// Prints what was found; whether all of it is good.
    bool report();

  private:
    static constexpr size_t kSamplesMax = 1u << 15;
    static constexpr size_t kBudget = 64;

    /// One page a minute; in a test of seconds, what clients take when they first fill their
    /// windows.
    [[nodiscard]] double pages_allowed() const {
        return options_.transactions != 0 ? 2'048 : std::max(64.0, 0.75 * held_seconds_ / 60);
    }

    /// All clients once, with the server after each; returns transactions submitted.
    size_t round(size_t budget);
    void serve();
    void consume();
    void measure_capacity();
    void hold();
    bool drain();
    void sample(double seconds);
    [[nodiscard]] std::vector<double> gauge_values() const;
    bool judge_gauges();
    bool judge_counters();

    const Options options_;
    Port& requests_;
    Port& replies_;
    CrossedPort port_;
    IngestStock stock_;
    IngestTraffic traffic_;
    std::unique_ptr<Ingress> ingress_;
    std::array<RawTransaction, 256> batch_{};
    std::array<Verdict, 256> verdicts_{};
    size_t turn_ = 0;       ///< the client that is first in the next round
    uint64_t strange_ = 0;  ///< transactions whose bytes nobody sent
    double capacity_ = 0;   ///< transactions per second of the thread
    double held_rate_ = 0;
    double held_seconds_ = 0;
    double held_busy_ = 0;  ///< seconds of the thread
    double longest_gap_ = 0;
    bool drained_ = false;
    std::vector<Gauge> gauges_;
    std::vector<std::unique_ptr<uint8_t[]>> never_freed_;
};

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

void IngestSoak::consume() {
    while (const size_t count = ingress_->poll(batch_)) {
        for (size_t i = 0; i < count; ++i) {
            const auto entry = stock_.find(batch_[i].bytes);
            if (!entry) ++strange_;
            verdicts_[i] = entry ? stock_.verdict(*entry) : Verdict::Malformed;
        }
        // Touched, as memory in use is.
        if (options_.leak == Leak::Memory)
            never_freed_.push_back(std::make_unique<uint8_t[]>(64 * count));
        ingress_->release(std::span{batch_}.first(count), std::span{verdicts_}.first(count));
    }
}

void IngestSoak::serve() {
    do {
        consume();
    } while (ingress_->receive_once() != 0);
}

size_t IngestSoak::round(size_t budget) {
    size_t submitted = 0;
    size_t last = turn_;
    for (size_t k = 0; k < traffic_.clients(); ++k) {
        const size_t client = (turn_ + k) % traffic_.clients();
        const uint64_t now = now_ns();
        const size_t count = traffic_.turn(client, now, std::min(budget - submitted, kBudget));
        submitted += count;
        if (count != 0) last = client + 1;
        serve();
        if (k % 8 == 7) (void)traffic_.take_replies(now);
    }
    // Where the budget ended the next one begins: nobody falls silent for want of a turn.
    turn_ = last % traffic_.clients();
    return submitted;
}

void IngestSoak::measure_capacity() {
    const double begin = monotonic_seconds();
    double busy = thread_seconds();
    uint64_t answered = traffic_.counters().answered;
    // The first third touches memory; it does not count.
    const uint64_t wanted = options_.transactions / 4;
    bool warm = false;
    for (;;) {
        (void)round(SIZE_MAX);
        const double elapsed = monotonic_seconds() - begin;
        const uint64_t all = traffic_.counters().answered;
        const double done = wanted != 0 ? static_cast<double>(all) / static_cast<double>(wanted)
                                        : elapsed / options_.capacity_seconds;
        if (!warm && done > 1.0 / 3) {
            warm = true;
            busy = thread_seconds();
            answered = all;
        }
        if (done >= 1) break;
    }
    capacity_ =
        static_cast<double>(traffic_.counters().answered - answered) / (thread_seconds() - busy);
}

/// Submits at the rate. What cannot be submitted in time (the machine is busy elsewhere) is not
/// made good for by more than a second's worth.
void IngestSoak::hold() {
    const double rate = options_.share * capacity_;
    const double begin = monotonic_seconds();
    const double busy = thread_seconds();
    const uint64_t answered = traffic_.counters().answered;
    const uint64_t sample_every = std::max<uint64_t>(1, options_.transactions / 64);
    double due = 0;
    double last = begin;
    double next_sample = begin;
    uint64_t next_count = 0;
    uint64_t submitted = 0;
    for (;;) {
        const double now = monotonic_seconds();
        longest_gap_ = std::max(longest_gap_, now - last);
        due = std::min(due + rate * (now - last), rate);
        last = now;
        const bool counted = options_.transactions != 0;
        if (counted ? submitted >= next_count : now >= next_sample) {
            sample(now - begin);
            next_sample += options_.sample_seconds;
            next_count += sample_every;
        }
        if (counted ? submitted >= options_.transactions : now - begin >= options_.seconds) break;
        const size_t count = due < 1 ? 0 : round(static_cast<size_t>(due));
        submitted += count;
        due -= static_cast<double>(count);
        if (count == 0) {
            (void)round(0);
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }
    held_seconds_ = monotonic_seconds() - begin;
    held_busy_ = thread_seconds() - busy;
    held_rate_ = static_cast<double>(traffic_.counters().answered - answered) / held_seconds_;
}

/// Ends all sessions, those that clients left without a word by their time.
bool IngestSoak::drain() {
    traffic_.finish();
    const double end = monotonic_seconds() + options_.idle_seconds + 60;
    while (monotonic_seconds() < end) {
        (void)round(0);
        serve();
        (void)traffic_.take_replies(now_ns());
        const IngressUse use = ingress_->use();
        if (traffic_.finished() && use.sessions == 0 && use.groups == 0 && use.reassemblies == 0)
            break;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    serve();
    (void)traffic_.take_replies(now_ns());
    return traffic_.finished();
}

std::vector<double> IngestSoak::gauge_values() const {
    const IngressUse use = ingress_->use();
    return {resident_pages(),
            double(requests_.buffers_in_use()),
            double(replies_.buffers_in_use()),
            double(use.sessions),
            double(use.sources),
            double(use.transactions),
            double(use.frames),
            double(use.groups),
            double(use.group_frames),
            double(use.rebuilt),
            double(use.reassemblies)};
}

void IngestSoak::sample(double seconds) {
    if (gauges_.front().samples.size() == kSamplesMax) return;
    const std::vector<double> values = gauge_values();
    for (size_t i = 0; i < gauges_.size(); ++i)
        gauges_[i].samples.push_back({seconds, values[i]});
}

Result<void> IngestSoak::run() {
    IngressConfig config;
    config.link.ipv4 = TrafficConfig{}.server_ipv4;
    config.receiver.session_idle_ns = static_cast<uint64_t>(options_.idle_seconds * 1e9);
    // Metered, and never refused: what is held here is a rate of the whole.
    config.receiver.meter.transactions = {.per_second = 1e9, .burst = 1e8};
    auto ingress = Ingress::create(port_, config);
    if (!ingress) return ingress.error();
    ingress_ = std::move(*ingress);
    measure_capacity();
    std::printf(
        "capacity           %.0f transactions per second of one core, both sides of the wire\n",
        capacity_);
    std::fflush(stdout);
    hold();
    drained_ = drain();
    return {};
}

bool IngestSoak::judge_gauges() {
    const std::vector<double> left = gauge_values();
    bool good = true;
    std::printf("%-24s %10s %10s %10s %12s %10s %10s %8s\n", "gauge", "first", "last", "largest",
                "per minute", "growth", "allowed", "at end");
    for (size_t i = 0; i < gauges_.size(); ++i) {
        const bool pages = i == 0;
        // Pages: one a minute over the last three quarters. The others follow the load of the
        // moment, and what they lose for good shows at the end, to the last one.
        const double tolerance = pages ? pages_allowed() : 16 + gauges_[i].mean();
        const Flatness found = judge_flatness(gauges_[i].samples, tolerance);
        const bool judged = !pages || kJudgeResidentPages;
        const bool flat = !judged || found.flat;
        const bool empty = pages || left[i] == 0;
        std::printf("%-24s %10.0f %10.0f %10.0f %12.2f %10.1f %10.1f %8.0f%s%s\n", gauges_[i].name,
                    found.first, found.last, found.largest, found.per_minute, found.growth,
                    found.allowed, left[i], flat ? "" : "  GROWS", empty ? "" : "  NOT GIVEN BACK");
        good = good && flat && empty;
    }
    return good;
}

bool IngestSoak::judge_counters() {
    const TrafficCounters& sent = traffic_.counters();
    const IngressCounters c = ingress_->counters();
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "transactions       %llu submitted, %llu answered, %llu left behind by clients that "
        "vanished; %llu rebuilt, %llu large\n"
        "sessions           %llu, of which %llu vanished; %llu ended by the server for their age\n"
        "frames             %llu sent; %llu lost besides, %llu doubled, %llu delayed, %llu "
        "damaged, "
        "%llu of strangers; %llu replies lost\n",
        number(sent.submitted), number(sent.answered), number(sent.unanswered),
        number(c.transactions_rebuilt), number(c.transactions_reassembled), number(sent.sessions),
        number(sent.vanished), number(c.sessions_evicted), number(sent.frames), number(sent.lost),
        number(sent.doubled), number(sent.delayed), number(sent.damaged), number(sent.garbage),
        number(sent.replies_lost));
    bool good = true;
    const auto expect = [&](bool holds, const char* what) {
        if (!holds) std::printf("WRONG              %s\n", what);
        good = good && holds;
    };
    expect(traffic_.failure().empty(), traffic_.failure().c_str());
    expect(drained_, "clients still wait for answers");
    expect(sent.wrong == 0 && strange_ == 0, "a verdict or a transaction is another one");
    expect(sent.answered + sent.unanswered == sent.submitted, "answers do not add up");
    expect(c.transactions_released == c.transactions, "what was handed over was not released");
    expect(sent.resets == 0 || longest_gap_ > options_.idle_seconds / 2,
           "the server forgot sessions of clients that live");
    expect(c.received.frames == sent.frames - sent.port_full, "frames got lost in the port");
    expect(c.received.frames == c.delivered.frames + c.fragments.frames + c.parity.frames +
                                    c.control.frames + c.all_errors().frames + c.all_drops().frames,
           "the fates of frames do not add up");
    // Otherwise it would have proved little.
    expect(c.transactions_rebuilt != 0 && c.transactions_reassembled != 0 && sent.vanished != 0 &&
               c.sessions_evicted != 0 &&
               c.errors[static_cast<size_t>(FrameError::BadChecksum)].frames != 0,
           "too little went wrong on the way to prove anything");
    return good;
}

bool IngestSoak::report() {
    const double held = held_rate_ / capacity_;
    std::printf(
        "held               %.0f transactions per second for %.0f s: %.1f%% of capacity (wanted "
        "%.0f%%); the thread ran %.0f%% of the time\n",
        held_rate_, held_seconds_, 100 * held, 100 * options_.share,
        100 * held_busy_ / held_seconds_);
    const bool gauges = judge_gauges();
    const bool counters = judge_counters();
    // By count it is a test of the soak, and other work of the machine must not fail it.
    const bool load = options_.transactions != 0 || held > 0.95 * options_.share;
    if (!load) std::printf("WRONG              the load was not held: the machine was busy\n");
    std::printf("%s\n", gauges && counters && load ? "flat" : "not flat");
    return gauges && counters && load;
}

bool parse_number(std::string_view text, auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

bool parse_leak(std::string_view text, Leak& leak) {
    leak = text == "buffers" ? Leak::Buffers : text == "memory" ? Leak::Memory : Leak::None;
    return leak != Leak::None;
}

bool parse(int count, char** arguments, Options& options) {
    if (count % 2 == 0) return false;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        const std::string_view value = arguments[i + 1];
        const bool known =
            name == "--seconds"            ? parse_number(value, options.seconds)
            : name == "--transactions"     ? parse_number(value, options.transactions)
            : name == "--share"            ? parse_number(value, options.share)
            : name == "--capacity-seconds" ? parse_number(value, options.capacity_seconds)
            : name == "--sample-seconds"   ? parse_number(value, options.sample_seconds)
            : name == "--idle-seconds"     ? parse_number(value, options.idle_seconds)
            : name == "--seed"             ? parse_number(value, options.seed)
            : name == "--leak"             ? parse_leak(value, options.leak)
                                           : false;
        if (!known) return false;
    }
    return options.seconds > 0 && options.share > 0 && options.share <= 1 &&
           options.capacity_seconds > 0 && options.sample_seconds > 0 && options.idle_seconds > 0 &&
           (options.transactions == 0 || options.transactions >= 10'000);
}

/// Sends as many frames as the port has buffers, so that each is touched before anything is
/// measured.
Result<void> touch_buffers(Port& port) {
    const Bytes frame(port.info().frame_bytes, 0);
    const BytesView frames[] = {frame};
    std::array<Frame, 1> received;
    for (uint32_t i = 0; i < port.info().buffers; ++i) {
        if (port.transmit(0, frames) != 1 || port.receive(0, received) != 1)
            return Error{ErrorCode::Internal, "a looped port does not return a frame"};
        const uintptr_t buffers[] = {received[0].buffer};
        port.free_buffers(buffers);
    }
    return {};
}

int run(const Options& options) {
    // Larger pieces come from the system and go back to it: holes in the heap of clients that come
    // and go would look like a leak of the server's.
    (void)::mallopt(M_MMAP_THRESHOLD, 1'024);
    auto environment = dpdk::Environment::start({});
    if (!environment) {
        std::fprintf(stderr, "ingest_soak: %s\n", environment.error().message.c_str());
        return 2;
    }
    const auto requests = dpdk::open_port(**environment, {.device = "net_ring0"});
    const auto replies = dpdk::open_port(**environment, {.device = "net_ring1"});
    if (!requests || !replies) {
        std::fprintf(stderr, "ingest_soak: no net_ring: %s\n",
                     (requests ? replies : requests).error().message.c_str());
        return 2;
    }
    for (Port* const port : {requests->get(), replies->get()})
        if (auto touched = touch_buffers(*port); !touched) {
            std::fprintf(stderr, "ingest_soak: %s\n", touched.error().message.c_str());
            return 2;
        }
    IngestSoak soak(options, **requests, **replies);
    if (auto ran = soak.run(); !ran) {
        std::fprintf(stderr, "ingest_soak: %s\n", ran.error().message.c_str());
        return 2;
    }
    return soak.report() ? 0 : 1;
}

}  // namespace
}  // namespace switchyard::soak

int main(int count, char** arguments) {
    using namespace switchyard::soak;
    Options options;
    if (count == 2 && std::string_view(arguments[1]) == "--help") {
        std::fputs(kUsage, stdout);
        return 0;
    }
    if (!parse(count, arguments, options)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    return run(options);
}
