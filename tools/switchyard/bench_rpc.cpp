// SPDX-License-Identifier: Apache-2.0
// eth_sendRawTransaction: a plain server's handling beside ours, then whole ports on loopback.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "simd/keccak256.hpp"
#include "tools/switchyard/appliance_load.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/rpc_load.hpp"

namespace switchyard::tool {
namespace {

constexpr size_t kTransactions = 20'000;
/// Of the rows with one transaction a request.
constexpr size_t kSingles = 4'000;

/// How a server without our parts would do it: a tree of values, one call after another.
std::string plain_answer(const std::string& request) {
    const auto batch = nlohmann::json::parse(request);
    nlohmann::json out = nlohmann::json::array();
    for (const nlohmann::json& call : batch) {
        const auto transaction = from_hex(call["params"][0].get<std::string>());
        Bytes32 hash;
        if (transaction) simd::keccak256(*transaction, hash.bytes);
        out.push_back({{"jsonrpc", "2.0"}, {"id", call["id"]}, {"result", to_hex(hash)}});
    }
    return out.dump();
}

/// One way to take transactions; `run` gives the seconds that it took.
struct Row {
    std::string name;
    std::string key;
    size_t transactions;
    bool wall;  ///< seconds are wall time of clients and server together, not CPU time
    std::function<Result<double>()> run;
};

Spread spread_of(std::vector<double> values) {
    std::ranges::sort(values);
    return {values.front(), values[values.size() / 2], values.back()};
}

}  // namespace

Result<BenchmarkReport> bench_rpc(const BenchmarkOptions& options) {
    const size_t batch = std::min<size_t>(options.batch, 1000);
    const auto transactions = signed_transactions(kTransactions, options.seed);
    const std::span<const Bytes> few = std::span(transactions).first(kSingles);
    const auto batches = raw_transaction_requests(transactions, batch);
    const auto singles = raw_transaction_requests(few, 1);
    auto sink = RpcLoad::create(Acceptance::AtOnce);
    if (!sink) return sink.error();
    auto verified = RpcLoad::create(Acceptance::Verified);
    if (!verified) return verified.error();

    const auto expected = nlohmann::json::parse(plain_answer(batches[0]));
    if (nlohmann::json::parse((*sink)->answer(batches[0])) != expected ||
        nlohmann::json::parse((*verified)->answer(batches[0])) != expected)
        return Error{ErrorCode::Mismatch, "the dispatcher and the plain server differ"};

    const auto on_cpu = [](const std::function<void()>& job) {
        return [job]() -> Result<double> {
            const double begin = process_cpu_ns();
            job();
            return (process_cpu_ns() - begin) / 1e9;
        };
    };
    const auto whole = [&](const char* sync, uint64_t interval_ms) {
        return [&, sync, interval_ms]() -> Result<double> {
            // A new one each time: the chain and the pool know the transactions afterwards.
            auto load = ApplianceLoad::open(options.seed, sync, interval_ms);
            if (!load) return load.error();
            return send_requests((*load)->appliance().port("http"), batches, transactions, 2);
        };
    };
    const std::vector<Row> rows = {
        {"CPU: plain server (nlohmann-json, call by call)", "plain", kTransactions, false,
         on_cpu([&] {
             for (const std::string& request : batches)
                 static_cast<void>(plain_answer(request));
         })},
        {"CPU: our dispatcher, submission queue, sink", "dispatcher", kTransactions, false,
         on_cpu([&] {
             for (const std::string& request : batches)
                 static_cast<void>((*sink)->answer(request));
         })},
        {fmt::format("port, batches of {}, accepted at once", batch), "batches", kTransactions,
         true, [&] { return (*sink)->run(batches, transactions, 2); }},
        {fmt::format("port, batches of {}, senders recovered", batch), "batches_verified",
         kTransactions, true, [&] { return (*verified)->run(batches, transactions, 2); }},
        {fmt::format("appliance, batches of {}, into the pool, each on the disk", batch),
         "appliance", kTransactions, true, whole("block", 0)},
        {fmt::format("appliance, batches of {}, into the pool, no sync", batch),
         "appliance_no_sync", kTransactions, true, whole("off", 0)},
        {fmt::format("appliance, batches of {}, each on the disk, blocks beside", batch),
         "appliance_with_blocks", kTransactions, true, whole("block", 500)},
        {"port, one a request on 8 connections, accepted at once", "singles", kSingles, true,
         [&] { return (*sink)->run(singles, few, 8); }},
    };
    std::vector<std::vector<double>> rates(rows.size());
    Progress progress("rpc", options.rounds, options.quiet);
    for (uint32_t round = 0; round <= options.rounds; ++round) {
        for (size_t i = 0; i < rows.size(); ++i) {
            const auto seconds = rows[i].run();
            if (!seconds) return seconds.error();
            // The first round warms up.
            if (round != 0)
                rates[i].push_back(static_cast<double>(rows[i].transactions) / *seconds);
        }
        progress.update(round);
    }

    Table table({"row", "tx/s min", "median", "max", "measured by"});
    nlohmann::json results = nlohmann::json::array();
    for (size_t i = 0; i < rows.size(); ++i) {
        const Spread spread = spread_of(rates[i]);
        const auto text = [](double rate) { return with_commas(static_cast<uint64_t>(rate)); };
        table.add({rows[i].name, text(spread.min), text(spread.median), text(spread.max),
                   rows[i].wall ? "wall" : "CPU"});
        results.push_back(
            {{"name", rows[i].name},
             {"key", rows[i].key},
             {"measured_by", rows[i].wall ? "wall" : "cpu"},
             {"transactions_per_second",
              {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}}}});
    }
    std::vector<double> ratios;
    for (size_t round = 0; round < rates[0].size(); ++round)
        ratios.push_back(rates[1][round] / rates[0][round]);
    const Spread ratio = spread_of(ratios);
    BenchmarkReport report;
    report.text =
        table.to_string() + fmt::format(
                                "our handling against the plain server's, CPU: {:.2f} ({:.2f} to "
                                "{:.2f})\nwall: clients and server share this machine's cores\n",
                                ratio.median, ratio.min, ratio.max);
    report.json = {{"benchmark", "rpc"}, {"item", "transaction"},
                   {"batch", batch},     {"machine", machine_description()},
                   {"results", results}, {"ratios", {{"rpc_dispatcher", ratio.median}}}};
    return report;
}

}  // namespace switchyard::tool
