// SPDX-License-Identifier: Apache-2.0
// The receive loop alone: frames wait in a virtual port, one thread receives, checks and answers
// them. Beside it a plain loop over a UDP socket. Sending is outside of the measured time, which is
// CPU time of the thread.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

#include "dataplane/dpdk/dpdk_port.hpp"
#include "dataplane/ingress.hpp"
#include "dataplane/protocol/encode.hpp"
#include "dataplane/protocol/parse.hpp"
#include "dataplane/sender.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/ingest_session.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/socket_loop.hpp"

namespace switchyard::tool {
namespace {

using dataplane::FrameBatch;
using dataplane::FrameError;
using dataplane::GroupShape;
using dataplane::Ingress;
using dataplane::IngressConfig;
using dataplane::kTransactionsPerFrameMax;
using dataplane::Port;
using dataplane::SpscRing;

constexpr size_t kTransactions = 60'000;
constexpr size_t kTransactionBytes = 200;
constexpr size_t kQueueFrames = 1'024;
constexpr size_t kBurst = 32;

/// One way to receive: `run` handles everything once and returns the CPU time of the receiving side
/// in nanoseconds per item.
struct Loop {
    std::string name;
    std::string ratio;
    std::function<Result<double>()> run;
};

class IngestBench {
  public:
    /// One ingress serves all passes, so that its memory is warm as in a server that runs.
    [[nodiscard]] static Result<std::unique_ptr<IngestBench>> create(
        Port& port, const BenchmarkOptions& options) {
        IngressConfig config;
        config.link.ipv4 = IngestSession::kServerIpv4;
        config.receiver.window = 16'384;
        config.receiver.sessions = 256;
        auto ingress = Ingress::create(port, config);
        if (!ingress) return ingress.error();
        return std::unique_ptr<IngestBench>(
            new IngestBench(port, std::move(*ingress), options.seed));
    }

    [[nodiscard]] Result<FrameBatch> encode(const dataplane::EncoderConfig& config) const {
        const std::vector<BytesView> views(transactions_.begin(), transactions_.end());
        return dataplane::encode_all(config, views);
    }

    /// Frames through the whole loop: receive, parse, check, session, ring, poll, release, Reports.
    /// Every `lose`-th data frame does not arrive; 0: all do.
    Result<double> whole(GroupShape group, size_t lose, size_t frame_bytes) const;
    /// Frames through the first stations only: `station` gets each frame.
    Result<double> stations(const std::function<bool(BytesView)>& station) const;
    /// What it costs to refuse a frame; `change` makes a bad one of a good one.
    Result<double> refuse(const std::function<void(Bytes&)>& change) const;
    /// Datagrams through recvmmsg: parsed and checked, or through a receiver with all that it does.
    Result<double> sockets() const;
    Result<double> sockets_whole() const;

  private:
    IngestBench(Port& port, std::unique_ptr<Ingress> ingress, uint64_t seed)
        : port_(port), ingress_(std::move(ingress)) {
        std::mt19937_64 random(seed);
        for (Bytes& transaction : transactions_) {
            transaction.resize(kTransactionBytes);
            for (uint8_t& byte : transaction)
                byte = static_cast<uint8_t>(random());
        }
    }

    /// Ends a session and empties the port.
    Result<void> close(const dataplane::EncoderConfig& session) const {
        auto encoder = dataplane::FrameEncoder::create(session);
        if (!encoder) return encoder.error();
        FrameBatch frames;
        encoder->add_control(dataplane::FrameKind::Close, {}, frames);
        drain();
        if (auto sent = dataplane::FrameSender(port_, {}).send(frames); !sent) return sent.error();
        (void)ingress_->receive_once();
        drain();
        return {};
    }
    /// What replies left in the looped port.
    void drain() const {
        std::array<dataplane::Frame, kBurst> frames;
        std::array<uintptr_t, kBurst> buffers;
        while (const size_t count = port_.receive(0, frames)) {
            for (size_t i = 0; i < count; ++i)
                buffers[i] = frames[i].buffer;
            port_.free_buffers(std::span{buffers}.first(count));
        }
    }

    Port& port_;
    std::unique_ptr<Ingress> ingress_;
    mutable uint64_t sessions_ = 0;
    std::vector<Bytes> transactions_{kTransactions};
};

void consume(Ingress& ingress) {
    std::array<RawTransaction, kBatchTransactionsMax> batch;
    const std::array<Verdict, kBatchTransactionsMax> verdicts{};
    while (const size_t count = ingress.poll(batch))
        ingress.release(std::span{batch}.first(count), std::span{verdicts}.first(count));
}

Result<double> IngestBench::whole(GroupShape group, size_t lose, size_t frame_bytes) const {
    auto session = IngestSession::open(port_, *ingress_, ++sessions_);
    if (!session) return session.error();
    auto config = session->encoder();
    config.group = group;
    config.frame_bytes = frame_bytes;
    const auto frames = encode(config);
    if (!frames) return frames.error();
    std::vector<BytesView> views = frames->views();
    if (lose != 0) {
        std::vector<BytesView> kept;
        for (size_t i = 0; i < views.size(); ++i)
            if (i % lose != lose / 2) kept.push_back(views[i]);
        views = std::move(kept);
    }
    const uint64_t before = ingress_->counters().transactions_released;
    dataplane::FrameSender sender(port_, {});
    double ns = 0;
    // Half a queue at a time: replies come back on the same virtual port.
    for (size_t at = 0; at < views.size(); at += kQueueFrames / 2) {
        const size_t count = std::min(kQueueFrames / 2, views.size() - at);
        if (auto sent = sender.send(std::span{views}.subspan(at, count)); !sent)
            return sent.error();
        const double begin = thread_cpu_ns();
        while (ingress_->receive_once() != 0)
            consume(*ingress_);
        ns += thread_cpu_ns() - begin;
    }
    consume(*ingress_);
    (void)ingress_->receive_once();
    config.first_sequence = views.size() + 64;
    if (auto closed = close(config); !closed) return closed.error();
    const uint64_t got = ingress_->counters().transactions_released - before;
    if (got != kTransactions)
        return Error{ErrorCode::Mismatch,
                     fmt::format("the loop gave {} of {} transactions", got, kTransactions)};
    return ns / static_cast<double>(kTransactions);
}

Result<double> IngestBench::stations(const std::function<bool(BytesView)>& station) const {
    const auto frames = encode({});
    if (!frames) return frames.error();
    const std::vector<BytesView> views = frames->views();
    dataplane::FrameSender sender(port_, {});
    std::array<dataplane::Frame, kBurst> burst;
    std::array<uintptr_t, kBurst> buffers;
    double ns = 0;
    bool good = true;
    for (size_t at = 0; at < views.size(); at += kQueueFrames / 2) {
        const size_t wanted = std::min(kQueueFrames / 2, views.size() - at);
        if (auto sent = sender.send(std::span{views}.subspan(at, wanted)); !sent)
            return sent.error();
        const double begin = thread_cpu_ns();
        while (const size_t count = port_.receive(0, burst)) {
            for (size_t i = 0; i < count; ++i) {
                if (i + 1 < count) {
                    __builtin_prefetch(burst[i + 1].bytes.data());
                    __builtin_prefetch(burst[i + 1].bytes.data() + 64);
                }
                good = station(burst[i].bytes) && good;
                buffers[i] = burst[i].buffer;
            }
            port_.free_buffers(std::span{buffers}.first(count));
        }
        ns += thread_cpu_ns() - begin;
    }
    if (!good) return Error{ErrorCode::Mismatch, "a station refused a good frame"};
    return ns / static_cast<double>(kTransactions);
}

Result<double> IngestBench::refuse(const std::function<void(Bytes&)>& change) const {
    auto session = IngestSession::open(port_, *ingress_, ++sessions_);
    if (!session) return session.error();
    const auto good = encode(session->encoder());
    if (!good) return good.error();
    std::vector<Bytes> bad;
    for (size_t i = 0; i < kQueueFrames / 2; ++i) {
        bad.push_back(to_bytes((*good)[i]));
        change(bad.back());
    }
    const std::vector<BytesView> views(bad.begin(), bad.end());
    dataplane::FrameSender sender(port_, {});
    const uint64_t before = ingress_->counters().transactions;
    constexpr size_t kPasses = 20;
    double ns = 0;
    for (size_t pass = 0; pass < kPasses; ++pass) {
        if (auto sent = sender.send(views); !sent) return sent.error();
        const double begin = thread_cpu_ns();
        while (ingress_->receive_once() != 0) {
        }
        ns += thread_cpu_ns() - begin;
    }
    auto config = session->encoder();
    config.first_sequence = 1'000'000;
    if (auto closed = close(config); !closed) return closed.error();
    if (ingress_->counters().transactions != before)
        return Error{ErrorCode::Mismatch, "the loop took a bad frame"};
    return ns / static_cast<double>(kPasses * views.size());
}

Result<double> IngestBench::sockets() const {
    const auto datagrams = encode({.link_headers = false});
    if (!datagrams) return datagrams.error();
    auto loop = SocketLoop::open();
    if (!loop) return loop.error();
    dataplane::DatagramHeader header;
    dataplane::ParsedBody body;
    uint64_t transactions = 0;
    const auto ns = loop->run(datagrams->views(), [&](BytesView payload) {
        if (dataplane::parse_datagram(payload, header, body) == FrameError::None)
            transactions += body.count;
    });
    if (!ns) return ns.error();
    if (transactions != kTransactions)
        return Error{ErrorCode::Mismatch, "the socket loop lost transactions"};
    return *ns / static_cast<double>(kTransactions);
}

Result<double> IngestBench::sockets_whole() const {
    SpscRing<RawTransaction> ring(8'192);
    const auto counters = std::make_unique<dataplane::ReceiveCounters>();
    // Trusted, so that there is nothing to answer: less work than the receive loop does.
    dataplane::ReceiverConfig config;
    config.sources = dataplane::SourcePolicy::Trust;
    config.window = 16'384;
    config.sessions = 256;
    dataplane::Receiver receiver(config, {}, ring, *counters);
    const auto datagrams = encode({.link_headers = false});
    if (!datagrams) return datagrams.error();
    auto loop = SocketLoop::open();
    if (!loop) return loop.error();
    std::array<RawTransaction, kTransactionsPerFrameMax> batch;
    uint64_t now_ns = 0;
    const auto ns = loop->run(datagrams->views(), [&](BytesView payload) {
        (void)receiver.handle({.source = {IngestSession::kClientIpv4, 1},
                               .payload = payload,
                               .frame = 0,
                               .frame_bytes = payload.size()},
                              ++now_ns);
        const size_t count = ring.pop(batch);
        for (size_t i = 0; i < count; ++i)
            (void)receiver.settle({.owner = batch[i].owner,
                                   .source_id = batch[i].source_id,
                                   .sequence = batch[i].sequence,
                                   .verdict = Verdict::Accepted},
                                  now_ns);
    });
    if (!ns) return ns.error();
    if (counters->transactions.value() != kTransactions)
        return Error{ErrorCode::Mismatch, "the socket loop lost transactions"};
    return *ns / static_cast<double>(kTransactions);
}

/// Runs all loops in turn, `rounds` times after one to warm up.
Result<std::vector<Measurement>> measure_loops(const std::vector<Loop>& loops,
                                               const BenchmarkOptions& options) {
    std::vector<std::vector<double>> times(loops.size());
    std::vector<std::vector<double>> ratios(loops.size());
    Progress progress("measuring", uint64_t{options.rounds} + 1, options.quiet);
    for (uint32_t round = 0; round <= options.rounds; ++round) {
        double baseline = 0;
        for (size_t i = 0; i < loops.size(); ++i) {
            const auto ns = loops[i].run();
            if (!ns) return Error{ns.error().code, loops[i].name + ": " + ns.error().message};
            if (i == 0) baseline = *ns;
            if (round == 0) continue;
            times[i].push_back(*ns);
            ratios[i].push_back(baseline / *ns);
        }
        progress.update(round + 1);
    }
    const auto spread = [](std::vector<double>& values) {
        std::ranges::sort(values);
        return Spread{values.front(), values[values.size() / 2], values.back()};
    };
    std::vector<Measurement> out;
    for (size_t i = 0; i < loops.size(); ++i)
        out.push_back({loops[i].name, spread(times[i]), spread(ratios[i]), loops[i].ratio});
    return out;
}

/// What one frame is taken through, station after station.
struct Stations {
    dataplane::LinkHeaders link;
    dataplane::DatagramHeader header;
    dataplane::ParsedBody body;

    bool outer(BytesView frame) { return parse_link(frame, {}, link) == FrameError::None; }
    bool headed(BytesView frame) {
        return outer(frame) && parse_header(link.payload, header) == FrameError::None;
    }
    bool parsed(BytesView frame) {
        return headed(frame) && dataplane::checksum_holds(link.payload) &&
               parse_body(header.kind, header.body, body) == FrameError::None;
    }
};

/// The same work on both sides: parse and check.
std::vector<Loop> parse_loops(const IngestBench& bench) {
    const auto stations = std::make_shared<Stations>();
    return {{"recvmmsg, parsed and checked", "", [&bench] { return bench.sockets(); }},
            {"receive loop, parsed and checked", "ingest", [&bench, stations] {
                 return bench.stations([&](BytesView frame) { return stations->parsed(frame); });
             }}};
}

/// The whole of both: sessions, windows, verdicts; of ours also the replies.
std::vector<Loop> whole_loops(const IngestBench& bench) {
    using dataplane::kFrameBytesMax;
    using dataplane::kFrameBytesStandard;
    return {
        {"recvmmsg, then the same receiver", "", [&bench] { return bench.sockets_whole(); }},
        {"receive loop, whole", "ingest_whole",
         [&bench] { return bench.whole({}, 0, kFrameBytesStandard); }},
        {"the same, groups of 16 + 4, nothing lost", "ingest_groups",
         [&bench] {
             return bench.whole({16, 4}, 0, kFrameBytesStandard);
         }},
        {"the same, every 20th frame lost and rebuilt", "ingest_rebuilt",
         [&bench] {
             return bench.whole({16, 4}, 20, kFrameBytesStandard);
         }},
        {"receive loop, whole, frames of 9,014 bytes", "ingest_jumbo",
         [&bench] { return bench.whole({}, 0, kFrameBytesMax); }},
    };
}

std::vector<Loop> station_loops(const IngestBench& bench) {
    const auto stations = std::make_shared<Stations>();
    const auto loop = [&bench](const char* name, auto station) {
        return Loop{name, "", [&bench, station] { return bench.stations(station); }};
    };
    return {loop("port: burst in, buffers back", [](BytesView) { return true; }),
            loop("Ethernet, IPv4, UDP", [stations](BytesView f) { return stations->outer(f); }),
            loop("header", [stations](BytesView f) { return stations->headed(f); }),
            // One station: the lengths of records are read while the CPU computes the checksum, so
            // that neither has a time of its own.
            loop("CRC32C and records", [stations](BytesView f) { return stations->parsed(f); }),
            {"session, window, ring, verdict, Report", "",
             [&bench] { return bench.whole({}, 0, dataplane::kFrameBytesStandard); }}};
}

std::vector<Loop> refusals(const IngestBench& bench) {
    using namespace dataplane;
    constexpr size_t kDatagram = kLinkHeadersBytes;
    const auto refuse = [&bench](const char* name, auto change) {
        return Loop{name, "", [&bench, change] { return bench.refuse(change); }};
    };
    return {
        refuse("not of this protocol", [](Bytes& frame) { frame[kDatagram] ^= 1; }),
        refuse("of a stranger: a cookie that was never made",
               [](Bytes& frame) { frame[kDatagram + offset::kSession] ^= 1; }),
        refuse("of a session, with another's cookie",
               [](Bytes& frame) { frame[kDatagram + offset::kCookie] ^= 1; }),
        refuse("damaged: CRC32C", [](Bytes& frame) { frame.back() ^= 1; }),
    };
}

/// What each station adds to those before it.
std::vector<double> differences(const std::vector<Measurement>& cumulative) {
    std::vector<double> out;
    double before = 0;
    for (const Measurement& one : cumulative) {
        out.push_back(one.ns_per_item.median - before);
        before = one.ns_per_item.median;
    }
    return out;
}

}  // namespace

Result<BenchmarkReport> bench_ingest(const BenchmarkOptions& options) {
    auto environment = dataplane::dpdk::Environment::start({});
    if (!environment) return environment.error();
    auto port = dataplane::dpdk::open_port(**environment,
                                           {.device = "net_ring0", .queue_frames = kQueueFrames});
    if (!port) return port.error();
    const auto made = IngestBench::create(**port, options);
    if (!made) return made.error();
    const IngestBench& bench = **made;
    const auto parse = measure_loops(parse_loops(bench), options);
    if (!parse) return parse.error();
    const auto whole = measure_loops(whole_loops(bench), options);
    if (!whole) return whole.error();
    const auto stations = measure_loops(station_loops(bench), options);
    if (!stations) return stations.error();
    const auto refused = measure_loops(refusals(bench), options);
    if (!refused) return refused.error();

    BenchmarkReport out{to_table(*parse, "transaction") + "\n" + to_table(*whole, "transaction"),
                        to_json("ingest", "transaction", *parse)};
    const nlohmann::json of_whole = to_json("ingest", "transaction", *whole);
    for (const auto& result : of_whole["results"])
        out.json["results"].push_back(result);
    out.json["ratios"].update(of_whole["ratios"]);
    const double parsed_rate = 1e9 / (*parse)[1].ns_per_item.median;
    const double rate = 1e9 / (*whole)[1].ns_per_item.median;
    const std::vector<double> added = differences(*stations);
    Table station_table({"station", "ns per transaction"});
    Table refusal_table({"frame that is refused", "ns per frame", "million per second"});
    out.json["transactions_per_second"] = parsed_rate;
    out.json["transactions_per_second_whole"] = rate;
    out.json["transaction_bytes"] = kTransactionBytes;
    out.json["port"] = (*port)->info().driver;
    for (size_t i = 0; i < stations->size(); ++i) {
        const std::string& name = (*stations)[i].name;
        station_table.add({name, fmt::format("{:.1f}", added[i])});
        out.json["stations"].push_back({{"name", name}, {"ns_per_transaction", added[i]}});
    }
    for (const Measurement& one : *refused) {
        const double ns = one.ns_per_item.median;
        refusal_table.add({one.name, fmt::format("{:.1f}", ns), fmt::format("{:.1f}", 1e3 / ns)});
        out.json["refused"].push_back({{"name", one.name}, {"ns_per_frame", ns}});
    }
    out.text += fmt::format(
        "\n{}\n{}\nof {} bytes, per second of one core's time, port {}: {} parsed and checked; {} "
        "with session, verdict and Report\n",
        station_table.to_string(), refusal_table.to_string(), kTransactionBytes,
        (*port)->info().name, with_commas(static_cast<uint64_t>(parsed_rate)),
        with_commas(static_cast<uint64_t>(rate)));
    return out;
}

}  // namespace switchyard::tool
