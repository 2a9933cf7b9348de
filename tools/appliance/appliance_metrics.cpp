// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/appliance_metrics.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "dataplane/client/client_session.hpp"

namespace switchyard::appliance {
namespace {

using metrics::Kind;
using metrics::Metric;
using metrics::Registry;

constexpr Metric kInfo = {"switchyard_info", Kind::Gauge,
                          "Always 1; its labels say what runs: version and conflict detector."};
constexpr Metric kResident = {"switchyard_process_resident_bytes", Kind::Gauge,
                              "Memory of the process that is in RAM."};
constexpr Metric kCpu = {"switchyard_process_cpu_seconds_total", Kind::Counter,
                         "CPU time of the process, of all threads."};
constexpr Metric kUptime = {"switchyard_process_uptime_seconds", Kind::Gauge,
                            "Time since the appliance was opened."};

constexpr Metric kHead = {"switchyard_chain_head_number", Kind::Gauge, "Number of the head block."};
constexpr Metric kHeadTime = {"switchyard_chain_head_timestamp_seconds", Kind::Gauge,
                              "Timestamp of the head block, in Unix time."};
constexpr Metric kBlocks = {"switchyard_chain_blocks_total", Kind::Counter,
                            "Blocks that became canonical."};
constexpr Metric kRemoved = {"switchyard_chain_blocks_removed_total", Kind::Counter,
                             "Blocks that were taken back by reorganisations."};
constexpr Metric kTransactions = {"switchyard_chain_transactions_total", Kind::Counter,
                                  "Transactions of blocks that became canonical."};
constexpr Metric kGas = {"switchyard_chain_gas_total", Kind::Counter,
                         "Gas used by blocks that became canonical."};

constexpr Metric kPool = {"switchyard_pool_transactions", Kind::Gauge,
                          "Transactions that wait: executable, or queued behind a nonce gap."};
constexpr Metric kPoolBytes = {"switchyard_pool_bytes", Kind::Gauge,
                               "Encoded bytes of the transactions that wait."};
constexpr Metric kPoolSenders = {"switchyard_pool_senders", Kind::Gauge,
                                 "Senders of the transactions that wait."};
constexpr Metric kPoolVerdicts = {"switchyard_pool_verdicts_total", Kind::Counter,
                                  "Transactions that the pool was offered, by its verdict."};
constexpr Metric kPoolLeft = {"switchyard_pool_left_total", Kind::Counter,
                              "Transactions that left the pool other than into a block built "
                              "from it, by the reason."};
constexpr Metric kPoolJournal = {"switchyard_pool_journal_bytes", Kind::Gauge,
                                 "Size of the pool's journal."};
constexpr Metric kPoolSyncs = {"switchyard_pool_journal_syncs_total", Kind::Counter,
                               "Times that the pool's journal was synced to the disk."};

constexpr Metric kVerified = {"switchyard_verify_transactions_total", Kind::Counter,
                              "Transactions that were verified, by the final verdict."};
constexpr Metric kVerifyBatches = {"switchyard_verify_batches_total", Kind::Counter,
                                   "Batches that were verified."};
constexpr Metric kVerifyBusy = {"switchyard_verify_busy_seconds_total", Kind::Counter,
                                "Time from taking batches to releasing them, the pool included."};
constexpr Metric kUnderWay = {"switchyard_submission_transactions", Kind::Gauge,
                              "Transactions of JSON-RPC that wait for their verdict."};
constexpr Metric kSubmitted = {"switchyard_submission_transactions_total", Kind::Counter,
                               "Transactions of JSON-RPC that were taken."};
constexpr Metric kSubmissionFull = {"switchyard_submission_refused_total", Kind::Counter,
                                    "Attempts to submit that found no room, and were repeated or "
                                    "given up."};

constexpr Metric kWays = {"switchyard_execute_blocks_total", Kind::Counter,
                          "Executions of blocks, by their way: access_list, as_it_pays (lanes or "
                          "serially), serial."};
constexpr Metric kLists = {"switchyard_execute_access_lists_refused_total", Kind::Counter,
                           "Access lists that came with a block and were not its own."};
constexpr Metric kExecuted = {"switchyard_execute_transactions_total", Kind::Counter,
                              "Transactions that were executed over lanes or serially."};
constexpr Metric kAborts = {"switchyard_execute_aborts_total", Kind::Counter,
                            "Executions over lanes whose reads did not hold: they ran again."};
constexpr Metric kWaits = {"switchyard_execute_waits_total", Kind::Counter,
                           "Dependencies between lanes that were waited for."};
constexpr Metric kFallbacks = {"switchyard_detector_fallbacks_total", Kind::Counter,
                               "Blocks that software planned in the detector's place."};

constexpr Metric kSubscriptions = {"switchyard_subscriptions", Kind::Gauge,
                                   "Subscriptions of WebSocket connections."};
constexpr Metric kFilters = {"switchyard_filters", Kind::Gauge, "Filters that are polled."};
constexpr Metric kLost = {"switchyard_subscriptions_lost_total", Kind::Counter,
                          "Subscriptions that ended with their connection."};

constexpr Metric kForwardWaiting = {"switchyard_forward_transactions", Kind::Gauge,
                                    "Transactions that wait to be handed on to another node."};
constexpr Metric kForwarded = {"switchyard_forward_transactions_total", Kind::Counter,
                               "Transactions that were to be handed on to another node, by what "
                               "became of them. From zero when a reload begins with another."};
constexpr Metric kForwardRequests = {"switchyard_forward_requests_total", Kind::Counter,
                                     "Requests that were sent to the other node."};
constexpr Metric kForwardFailures = {"switchyard_forward_failures_total", Kind::Counter,
                                     "Requests to the other node without a usable answer."};

constexpr Metric kFrames = {"switchyard_ingress_frames_total", Kind::Counter,
                            "Frames that the data plane took from its port, by their fate."};
constexpr Metric kIngressTransactions = {"switchyard_ingress_transactions_total", Kind::Counter,
                                         "Transactions that the data plane handed over."};
constexpr Metric kIngressSessions = {"switchyard_ingress_sessions_total", Kind::Counter,
                                     "Sessions of the ingest protocol that were opened."};

double of(uint64_t value) {
    return static_cast<double>(value);
}

double resident_bytes() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"),
                                                               &std::fclose);
    unsigned long long size = 0;
    unsigned long long resident = 0;
    if (file == nullptr || std::fscanf(file.get(), "%llu %llu", &size, &resident) != 2) return 0;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage use{};
    if (::getrusage(RUSAGE_SELF, &use) != 0) return 0;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

void add_process(Registry& registry, const MeteredParts& parts) {
    registry.add(kInfo,
                 {{"version", parts.version},
                  {"detector", parts.execution.detector()},
                  {"detector_kind", parts.execution.detector_kind()}},
                 [] { return 1.0; });
    registry.add(kResident, {}, resident_bytes);
    registry.add(kCpu, {}, cpu_seconds);
    registry.add(kUptime, {}, [begin = std::chrono::steady_clock::now()] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    });
}

void add_chain(Registry& registry, const MeteredParts& parts) {
    const node::Chain& chain = parts.chain;
    registry.add(kHead, {}, [&chain] { return of(chain.head()->block->number()); });
    registry.add(kHeadTime, {}, [&chain] { return of(chain.head()->block->header().timestamp); });
    const EventPublisher::Counters& seen = parts.events.counters();
    const auto add = [&registry](const Metric& metric, const std::atomic<uint64_t>& counter) {
        registry.add(metric, {}, [&counter] { return of(counter.load()); });
    };
    add(kBlocks, seen.blocks);
    add(kRemoved, seen.removed_blocks);
    add(kTransactions, seen.transactions);
    add(kGas, seen.gas);
}

void add_pool(Registry& registry, const Pool& pool) {
    registry.add(kPool, {{"state", "executable"}},
                 [&pool] { return of(pool.status().executable); });
    registry.add(kPool, {{"state", "queued"}}, [&pool] { return of(pool.status().queued); });
    registry.add(kPoolBytes, {}, [&pool] { return of(pool.status().bytes); });
    registry.add(kPoolSenders, {}, [&pool] { return of(pool.status().senders); });
    for (size_t i = 0; i < kVerdictCount; ++i)
        registry.add(kPoolVerdicts, {{"verdict", dataplane::verdict_name(static_cast<Verdict>(i))}},
                     [&pool, i] { return of(pool.statistics().verdicts[i]); });
    const auto left = [&](const char* reason, uint64_t PoolStatistics::*counter) {
        registry.add(kPoolLeft, {{"reason", reason}},
                     [&pool, counter] { return of(pool.statistics().*counter); });
    };
    left("replaced", &PoolStatistics::replaced);
    left("nonce_used", &PoolStatistics::stale);
    left("evicted", &PoolStatistics::evicted);
    left("expired", &PoolStatistics::expired);
    left("rejected", &PoolStatistics::rejected);
    const auto status = [&pool] {
        return pool.journal_status().value_or(journal::JournalStatus{});
    };
    registry.add(kPoolJournal, {}, [status] { return of(status().segment_bytes); });
    registry.add(kPoolSyncs, {}, [status] { return of(status().syncs); });
}

void add_intake(Registry& registry, const MeteredParts& parts) {
    const auto& verify = parts.verify;
    for (size_t i = 0; i < kVerdictCount; ++i)
        registry.add(kVerified, {{"verdict", dataplane::verdict_name(static_cast<Verdict>(i))}},
                     [verify, i] { return of(verify().verdicts[i]); });
    registry.add(kVerifyBatches, {}, [verify] { return of(verify().batches); });
    registry.add(kVerifyBusy, {}, [verify] { return of(verify().busy_ns) * 1e-9; });
    const SubmissionQueue& queue = parts.queue;
    registry.add(kUnderWay, {}, [&queue] { return of(queue.counters().under_way); });
    registry.add(kSubmitted, {}, [&queue] { return of(queue.counters().submitted); });
    registry.add(kSubmissionFull, {}, [&queue] {
        const SubmissionCounters counters = queue.counters();
        return of(counters.refused_full + counters.refused_share);
    });
}

void add_execution(Registry& registry, const Execution& execution) {
    const auto add = [&](const Metric& metric, metrics::Labels labels, auto read) {
        registry.add(metric, std::move(labels),
                     [&execution, read] { return of(read(execution.counters())); });
    };
    using C = Execution::Counters;
    add(kWays, {{"way", "access_list"}}, [](const C& c) { return c.blocks.by_access_list; });
    add(kWays, {{"way", "as_it_pays"}}, [](const C& c) { return c.blocks.as_it_pays; });
    add(kWays, {{"way", "serial"}}, [](const C& c) { return c.blocks.serial; });
    add(kLists, {}, [](const C& c) { return c.blocks.lists_refused; });
    add(kExecuted, {}, [](const C& c) { return c.transactions; });
    add(kAborts, {}, [](const C& c) { return c.aborts; });
    add(kWaits, {}, [](const C& c) { return c.waits; });
    add(kFallbacks, {}, [](const C& c) { return c.detector.health.fallbacks; });
}

void add_forward(Registry& registry, const std::function<forward::ForwardCounters()>& counters) {
    using C = forward::ForwardCounters;
    const auto fate = [&](const char* name, uint64_t C::*counter) {
        registry.add(kForwarded, {{"fate", name}},
                     [counters, counter] { return of(counters().*counter); });
    };
    fate("accepted", &C::accepted);
    fate("known", &C::known);
    fate("refused", &C::refused);
    fate("full", &C::dropped_full);
    fate("old", &C::dropped_old);
    fate("missed", &C::missed);
    registry.add(kForwardWaiting, {}, [counters] { return of(counters().waiting); });
    registry.add(kForwardRequests, {}, [counters] { return of(counters().requests); });
    registry.add(kForwardFailures, {}, [counters] { return of(counters().failures); });
}

void add_ingress(Registry& registry, const std::function<dataplane::IngressCounters()>& counters) {
    using C = dataplane::IngressCounters;
    const auto frames = [&](const char* fate, auto read) {
        registry.add(kFrames, {{"fate", fate}},
                     [counters, read] { return of(read(counters()).frames); });
    };
    frames("delivered", [](const C& c) { return c.delivered; });
    frames("fragment", [](const C& c) { return c.fragments; });
    frames("parity", [](const C& c) { return c.parity; });
    frames("control", [](const C& c) { return c.control; });
    frames("error", [](const C& c) { return c.all_errors(); });
    frames("dropped", [](const C& c) { return c.all_drops(); });
    registry.add(kIngressTransactions, {}, [counters] { return of(counters().transactions); });
    registry.add(kIngressSessions, {}, [counters] { return of(counters().sessions_opened); });
}

}  // namespace

void add_appliance_metrics(Registry& registry, const MeteredParts& parts) {
    add_process(registry, parts);
    add_chain(registry, parts);
    add_pool(registry, parts.pool);
    add_intake(registry, parts);
    add_execution(registry, parts.execution);
    const subscribe::SubscriptionHub& hub = parts.hub;
    registry.add(kSubscriptions, {}, [&hub] { return of(hub.subscriptions()); });
    registry.add(kFilters, {}, [&hub] { return of(hub.filters()); });
    registry.add(kLost, {}, [&hub] { return of(hub.lost_subscriptions()); });
    add_forward(registry, parts.forward);
    if (parts.ingress) add_ingress(registry, parts.ingress);
}

}  // namespace switchyard::appliance
