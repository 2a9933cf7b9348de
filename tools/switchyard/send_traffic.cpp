// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/send_traffic.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/transaction_file.hpp"
#include "tools/switchyard/workload_options.hpp"
#include "tools/workloads/sign_workload.hpp"

namespace switchyard::tool {
namespace {

using dataplane::TransactionResult;

/// Holds the rate that was asked for; with rate 0 there is always something due.
class Pace {
  public:
    explicit Pace(uint64_t rate) : rate_(rate) {}
    [[nodiscard]] bool due(uint64_t sent) const {
        if (rate_ == 0) return true;
        return static_cast<double>(sent) <
               (wall_ns() - start_ns_) * 1e-9 * static_cast<double>(rate_);
    }

  private:
    uint64_t rate_;
    double start_ns_ = wall_ns();
};

}  // namespace

void add_send_options(CLI::App& command, SendSettings& settings) {
    add_workload_options(command, settings.workload);
    command.add_option("--chain-id", settings.workload.chain_id, "Chain id of what is generated")
        ->capture_default_str();
    command.add_option("--repeat", settings.repeat, "Send all of it this many times")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
        ->capture_default_str();
    command
        .add_option("--rate", settings.rate,
                    "Transactions per second; 0: as fast as the server answers")
        ->capture_default_str();
    command
        .add_option("--window", settings.session.window,
                    "Transactions under way: a power of two from 256 to 65,536")
        ->capture_default_str();
    command
        .add_option("--group", settings.group_data,
                    "Datagrams that parity protects together, 1 to 32")
        ->check(CLI::Range(1, 32))
        ->capture_default_str();
    command
        .add_option("--parity", settings.group_parity,
                    "Parity datagrams for each group, 0 to 16: that many may be lost without "
                    "being sent again")
        ->check(CLI::Range(0, 16))
        ->capture_default_str();
    command
        .add_option("--patience", settings.patience_s,
                    "Seconds without a word from the server after which to give up")
        ->check(CLI::Range(1, 3'600))
        ->capture_default_str();
    command.add_option("--verdicts", settings.verdicts,
                       "File for the verdicts, one on each line, in the order of sending");
    command.add_flag("--json", settings.json, "Print one JSON object");
}

dataplane::ClientConfig session_of(const SendSettings& settings) {
    dataplane::ClientConfig out = settings.session;
    out.group = {static_cast<uint8_t>(settings.group_data),
                 static_cast<uint8_t>(settings.group_parity)};
    out.patience_ns = uint64_t{settings.patience_s} * 1'000'000'000;
    return out;
}

Result<ServerName> parse_server(const std::string& text) {
    // An IPv6 address has colons of its own: with a port it stands in brackets (RFC 3986).
    if (dataplane::parse_ip(text)) return ServerName{.host = text};
    const bool bracketed = text.starts_with('[');
    const size_t host_end = bracketed ? text.find(']') : text.find(':');
    ServerName out{.host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0))};
    const size_t colon = bracketed && host_end != std::string::npos ? host_end + 1 : host_end;
    const bool named = bracketed ? host_end != std::string::npos && dataplane::parse_ip(out.host)
                                 : !out.host.empty();
    if (named && colon >= text.size()) return out;
    if (named && text[colon] == ':') {
        const char* const end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data() + colon + 1, end, out.port);
        if (error == std::errc{} && at == end && out.port != 0) return out;
    }
    return Error{ErrorCode::InvalidInput,
                 text + ": a server is HOST, HOST:PORT, an address, or [ADDRESS]:PORT for IPv6"};
}

Result<Traffic> load_traffic(const SendSettings& settings) {
    Traffic out;
    if (!settings.generate.empty()) {
        auto workload = workloads::make_workload(settings.generate, settings.workload);
        if (!workload) return workload.error();
        out.transactions = workloads::sign_transactions(workload->transactions, settings.workload);
        for (const SignedTransaction& transaction : workload->transactions)
            out.senders.push_back(transaction.sender);
        return out;
    }
    for (const std::string& file : settings.files) {
        auto transactions = read_transaction_file(file, settings.binary);
        if (!transactions) return transactions.error();
        std::move(transactions->begin(), transactions->end(), std::back_inserter(out.transactions));
    }
    if (out.transactions.empty())
        return Error{ErrorCode::InvalidInput,
                     "there is nothing to send; name files, '-' for standard input, or --generate"};
    return out;
}

Result<SendOutcome> send_traffic(const SendSettings& settings, const Traffic& traffic,
                                 TransactionLink& link) {
    const uint64_t total = traffic.transactions.size() * settings.repeat;
    std::ofstream verdict_file;
    if (!settings.verdicts.empty()) {
        verdict_file.open(settings.verdicts, std::ios::trunc);
        if (!verdict_file) return Error{ErrorCode::Io, settings.verdicts + ": cannot be written"};
    }
    SendOutcome out;
    Progress progress("sending", total, settings.json);
    std::array<TransactionResult, 1'024> results;
    const Pace pace(settings.rate);
    const double begin = wall_ns();
    uint64_t submitted = 0;
    while (out.answered < total) {
        while (submitted < total && pace.due(submitted)) {
            const size_t which = submitted % traffic.transactions.size();
            const BytesView hint =
                traffic.senders.empty() ? BytesView{} : BytesView{traffic.senders[which]};
            const auto number = link.submit(traffic.transactions[which], hint);
            if (!number) return number.error();
            if (!*number) break;
            ++submitted;
        }
        // Paced, more is due soon; at full speed only an answer makes room.
        const bool paced = settings.rate != 0 && submitted < total;
        const auto count = link.wait(results, std::chrono::milliseconds(paced ? 1 : 1'000));
        if (!count)
            return Error{count.error().code,
                         fmt::format("{} ({} of {} were answered)", count.error().message,
                                     out.answered, total)};
        for (size_t i = 0; i < *count; ++i) {
            const auto verdict = static_cast<size_t>(results[i].verdict);
            if (verdict < out.verdicts.size()) ++out.verdicts[verdict];
            if (verdict_file.is_open())
                verdict_file << dataplane::verdict_name(results[i].verdict) << '\n';
        }
        out.answered += *count;
        progress.update(out.answered);
    }
    out.seconds = (wall_ns() - begin) * 1e-9;
    if (verdict_file.is_open()) verdict_file.close();
    if (!verdict_file)
        return Error{ErrorCode::Io, settings.verdicts + ": not all of it could be written"};
    return out;
}

void print_outcome(const SendSettings& settings, const SendOutcome& outcome,
                   const dataplane::ClientCounters& counters) {
    const double rate = static_cast<double>(outcome.answered) / std::max(outcome.seconds, 1e-9);
    nlohmann::json verdicts = nlohmann::json::object();
    for (size_t i = 0; i < outcome.verdicts.size(); ++i)
        if (outcome.verdicts[i] != 0)
            verdicts[dataplane::verdict_name(static_cast<Verdict>(i))] = outcome.verdicts[i];
    if (settings.json) {
        fmt::print("{}\n", nlohmann::json{{"answered", outcome.answered},
                                          {"verdicts", verdicts},
                                          {"seconds", outcome.seconds},
                                          {"transactions_per_second", rate},
                                          {"datagrams_sent", counters.datagrams_sent},
                                          {"datagrams_received", counters.datagrams_received},
                                          {"sent_again", counters.transactions_again},
                                          {"queries", counters.queries},
                                          {"round_trip_us", counters.round_trip_ns / 1'000}}
                               .dump(2));
        return;
    }
    Table table({"verdict", "transactions"});
    for (const auto& [name, count] : verdicts.items())
        table.add({name, with_commas(count.get<uint64_t>())});
    fmt::print(
        "{}{} answered in {:.2f} s: {} per second; {} datagrams out, {} in, {} transactions "
        "sent again, round trip {} us\n",
        table.to_string(), with_commas(outcome.answered), outcome.seconds,
        with_commas(static_cast<uint64_t>(rate)), with_commas(counters.datagrams_sent),
        with_commas(counters.datagrams_received), with_commas(counters.transactions_again),
        counters.round_trip_ns / 1'000);
}

}  // namespace switchyard::tool
