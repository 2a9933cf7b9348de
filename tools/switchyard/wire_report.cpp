// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/wire_report.hpp"

#include <fmt/format.h>

#include "dataplane/client/client_session.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

using dataplane::FrameTally;
using dataplane::IngressCounters;

nlohmann::json json_of(const FrameTally& tally) {
    return {{"frames", tally.frames}, {"bytes", tally.bytes}};
}

template <typename Reason, size_t N>
nlohmann::json json_of(const std::array<FrameTally, N>& tallies) {
    nlohmann::json out = nlohmann::json::object();
    for (size_t i = 0; i < N; ++i)
        if (tallies[i].frames != 0)
            out[std::string(dataplane::to_string(static_cast<Reason>(i)))] = json_of(tallies[i]);
    return out;
}

nlohmann::json verdicts_of(const IngressCounters& counters) {
    nlohmann::json out = nlohmann::json::object();
    for (size_t i = 0; i < kVerdictCount; ++i)
        if (counters.verdicts[i] != 0)
            out[dataplane::verdict_name(static_cast<Verdict>(i))] = counters.verdicts[i];
    return out;
}

bool adds_up(const IngressCounters& c) {
    return c.received.frames + c.taken_over.frames ==
           c.handed_over.frames + c.delivered.frames + c.fragments.frames + c.parity.frames +
               c.control.frames + c.all_errors().frames + c.all_drops().frames;
}

std::string reasons(const nlohmann::json& tallies) {
    std::string out;
    for (const auto& [name, tally] : tallies.items())
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name,
                           with_commas(tally["frames"].get<uint64_t>()));
    return out.empty() ? "none" : out;
}

}  // namespace

nlohmann::json to_json(const PortReport& report) {
    const IngressCounters& c = report.ingress;
    nlohmann::json queues = nlohmann::json::array();
    bool all_add_up = adds_up(c);
    for (const IngressCounters& queue : report.queues) {
        all_add_up = all_add_up && adds_up(queue);
        queues.push_back({{"received", json_of(queue.received)},
                          {"handed_over", json_of(queue.handed_over)},
                          {"taken_over", json_of(queue.taken_over)},
                          {"transactions", queue.transactions},
                          {"sessions_opened", queue.sessions_opened}});
    }
    const auto micros = [&](double fraction) {
        return static_cast<double>(c.latency.quantile_ns(fraction)) / 1e3;
    };
    return {
        {"description", report.description},
        {"seconds", report.seconds},
        {"received", json_of(c.received)},
        {"delivered", json_of(c.delivered)},
        {"fragments", json_of(c.fragments)},
        {"parity", json_of(c.parity)},
        {"control", json_of(c.control)},
        {"errors", json_of<dataplane::FrameError>(c.errors)},
        {"drops", json_of<dataplane::DropReason>(c.drops)},
        {"adds_up", all_add_up},
        {"handed_over", json_of(c.handed_over)},
        {"taken_over", json_of(c.taken_over)},
        {"queues", queues},
        {"transactions", c.transactions},
        {"transactions_rebuilt", c.transactions_rebuilt},
        {"transactions_reassembled", c.transactions_reassembled},
        {"transactions_repeated", c.transactions_repeated},
        {"transactions_dropped", c.transactions_dropped},
        {"datagrams_rebuilt", c.datagrams_rebuilt},
        {"verdicts", verdicts_of(c)},
        {"latency_us", {{"median", micros(0.5)}, {"p99", micros(0.99)}, {"p999", micros(0.999)}}},
        {"sessions_opened", c.sessions_opened},
        {"sequence_gaps", c.sequence_gaps},
        {"replies", json_of(c.replies)},
        {"reports", c.reports},
        {"challenges", c.challenges},
        {"replies_dropped", c.replies_dropped},
        {"port",
         {{"received_frames", report.port.received_frames},
          {"transmitted_frames", report.port.transmitted_frames},
          {"missed_frames", report.port.missed_frames},
          {"no_buffer_frames", report.port.no_buffer_frames},
          {"receive_errors", report.port.receive_errors},
          {"transmit_errors", report.port.transmit_errors},
          {"segmented_dropped", report.port.segmented_dropped}}}};
}

std::string to_text(const PortReport& report) {
    const nlohmann::json all = to_json(report);
    const IngressCounters& c = report.ingress;
    std::string verdicts;
    for (const auto& [name, count] : all["verdicts"].items())
        verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", name,
                                with_commas(count.get<uint64_t>()));
    return fmt::format(
        "{}\n"
        "frames        {} received in {:.1f} s; missed by the device {}, no buffer {}\n"
        "refused       {}\n"
        "dropped       {}\n"
        "transactions  {}: {}\n"
        "              rebuilt from parity {}, from fragments {}, came again {}\n"
        "latency       arrival to verdict, us: median {:.0f}, p99 {:.0f}, p99.9 {:.0f}\n"
        "replies       {}, of them {} Reports\n"
        "counters      {}\n",
        report.description, with_commas(c.received.frames), report.seconds,
        with_commas(report.port.missed_frames), with_commas(report.port.no_buffer_frames),
        reasons(all["errors"]), reasons(all["drops"]), with_commas(c.transactions),
        verdicts.empty() ? "none" : verdicts, with_commas(c.transactions_rebuilt),
        with_commas(c.transactions_reassembled), with_commas(c.transactions_repeated),
        all["latency_us"]["median"].get<double>(), all["latency_us"]["p99"].get<double>(),
        all["latency_us"]["p999"].get<double>(), with_commas(c.replies.frames),
        with_commas(c.reports), adds_up(c) ? good("add up") : bad("do not add up"));
}

std::string to_line(const PortReport& before, const PortReport& after) {
    const double seconds = std::max(after.seconds - before.seconds, 1e-9);
    const auto rate = [&](uint64_t from, uint64_t to) {
        return with_commas(static_cast<uint64_t>(static_cast<double>(to - from) / seconds));
    };
    const IngressCounters& a = before.ingress;
    const IngressCounters& b = after.ingress;
    return fmt::format(
        "{:6.0f} s  {:>11} frames/s  {:>11} transactions/s  {:>9} refused/s  {:>9} dropped/s  "
        "{:>9} missed/s",
        after.seconds, rate(a.received.frames, b.received.frames),
        rate(a.transactions, b.transactions), rate(a.all_errors().frames, b.all_errors().frames),
        rate(a.all_drops().frames, b.all_drops().frames),
        rate(before.port.missed_frames, after.port.missed_frames));
}

}  // namespace switchyard::tool
