// SPDX-License-Identifier: Apache-2.0
// The pool at 100,000 transactions a second: what a block's worth of them costs to add, to take and
// to follow the head with, beside a plain pool; and what spreading conflicts is worth to lanes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <unordered_map>

#include "host/core/limits.hpp"
#include "host/pool/pool.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/execution_ways.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::tool {
namespace {

constexpr size_t kBlock = 100'000;
constexpr uint64_t kNoncesPerSender = 4;
constexpr uint64_t kGwei = 1'000'000'000;
constexpr size_t kBatch = 256;

Address sender_address(uint64_t number) {
    Address out;
    std::memcpy(out.data(), &number, sizeof(number));
    out[19] = 0xaa;
    return out;
}

/// Everybody is rich; nonces by number.
class Accounts final : public StateView {
  public:
    explicit Accounts(uint64_t count) : nonces_(count) {}
    [[nodiscard]] std::optional<Account> account(const Address& address) const override {
        uint64_t number = 0;
        std::memcpy(&number, address.data(), sizeof(number));
        Account out;
        out.nonce = nonces_[number];
        out.balance = ~Uint256{} - Uint256{1};
        return out;
    }
    [[nodiscard]] Uint256 storage(const Address&, const Uint256&) const override { return {}; }
    [[nodiscard]] CodePointer code(const Bytes32&) const override { return empty_code(); }
    [[nodiscard]] bool has_storage(const Address&) const override { return false; }
    void use(const SignedTransaction& transaction) {
        uint64_t number = 0;
        std::memcpy(&number, transaction.sender.data(), sizeof(number));
        nonces_[number] = transaction.transaction.nonce + 1;
    }

  private:
    std::vector<uint64_t> nonces_;
};

/// Payments of random senders, each with its next nonce.
class Traffic {
  public:
    Traffic(uint64_t senders, uint64_t seed) : random_(seed), nonces_(senders) {}

    std::vector<SignedTransaction> next(size_t count) {
        std::vector<SignedTransaction> out(count);
        for (SignedTransaction& item : out) {
            const uint64_t number = random_() % nonces_.size();
            Transaction& inner = item.transaction;
            inner.type = TransactionType::DynamicFee;
            inner.chain_id = 1;
            inner.nonce = nonces_[number]++;
            inner.max_fee_per_gas = Uint256{(10 + random_() % 190) * kGwei};
            inner.max_priority_fee_per_gas = Uint256{(random_() % 64) * kGwei / 8};
            inner.gas_limit = 21'000;
            inner.to = sender_address(random_() % nonces_.size());
            inner.value = Uint256{1};
            item.sender = sender_address(number);
            item.encoded_bytes = 115;
            for (size_t i = 0; i < 32; i += 8) {
                const uint64_t word = random_();
                std::memcpy(item.hash.data() + i, &word, sizeof(word));
            }
        }
        return out;
    }

  private:
    std::mt19937_64 random_;
    std::vector<uint64_t> nonces_;
};

/// A pool as one would write it: maps, and a heap of all senders for each block.
class PlainPool {
  public:
    explicit PlainPool(const StateView& state) : state_(state) {}

    void add(SignedTransaction&& transaction) {
        if (!hashes_.try_emplace(transaction.hash, transaction.sender).second) return;
        auto [it, is_new] = senders_.try_emplace(transaction.sender);
        if (is_new) it->second.next = state_.account(transaction.sender)->nonce;
        const uint64_t nonce = transaction.transaction.nonce;
        it->second.items.emplace(nonce, Item{std::move(transaction), arrivals_++});
    }
    std::vector<SignedTransaction> take(const Uint256& base_fee, size_t count) {
        struct Head {
            Uint256 tip;
            uint64_t arrival;
            Sender* sender;
            bool operator<(const Head& other) const {
                return tip != other.tip ? tip < other.tip : arrival > other.arrival;
            }
        };
        std::vector<Head> heap;
        const auto head_of = [&base_fee](Sender& sender) -> std::optional<Head> {
            const auto it = sender.items.find(sender.next);
            if (it == sender.items.end()) return std::nullopt;
            const Transaction& inner = it->second.transaction.transaction;
            if (inner.max_fee_per_gas < base_fee) return std::nullopt;
            return Head{std::min(inner.max_priority_fee_per_gas, inner.max_fee_per_gas - base_fee),
                        it->second.arrival, &sender};
        };
        for (auto& [address, sender] : senders_)
            if (const auto head = head_of(sender)) heap.push_back(*head);
        std::make_heap(heap.begin(), heap.end());
        std::vector<SignedTransaction> out;
        while (!heap.empty() && out.size() < count) {
            std::pop_heap(heap.begin(), heap.end());
            Sender& sender = *heap.back().sender;
            heap.pop_back();
            const auto it = sender.items.find(sender.next++);
            out.push_back(std::move(it->second.transaction));
            hashes_.erase(out.back().hash);
            sender.items.erase(it);
            if (const auto head = head_of(sender)) {
                heap.push_back(*head);
                std::push_heap(heap.begin(), heap.end());
            }
        }
        return out;
    }
    void set_head() {
        for (auto it = senders_.begin(); it != senders_.end();) {
            it->second.next = state_.account(it->first)->nonce;
            while (!it->second.items.empty() && it->second.items.begin()->first < it->second.next)
                it->second.items.erase(it->second.items.begin());
            it = it->second.items.empty() ? senders_.erase(it) : std::next(it);
        }
    }

  private:
    struct Item {
        SignedTransaction transaction;
        uint64_t arrival;
    };
    struct Sender {
        std::map<uint64_t, Item> items;
        uint64_t next = 0;
    };
    const StateView& state_;
    std::unordered_map<Address, Sender> senders_;
    std::unordered_map<Bytes32, Address> hashes_;
    uint64_t arrivals_ = 0;
};

enum Phase : size_t { kAdd, kTake, kHead, kPhases };
constexpr std::array<const char*, kPhases> kPhaseNames = {"add", "take_block", "set_head"};

/// CPU time of `work` for one transaction of a block.
template <typename Work>
double time_of(Work work) {
    const double begin = thread_cpu_ns();
    work();
    return (thread_cpu_ns() - begin) / static_cast<double>(kBlock);
}

void add_batches(Pool& pool, std::vector<SignedTransaction> transactions) {
    std::vector<Verdict> verdicts(kBatch);
    for (size_t begin = 0; begin < transactions.size(); begin += kBatch) {
        const size_t count = std::min(kBatch, transactions.size() - begin);
        pool.accept(std::span(transactions).subspan(begin, count),
                    std::span(verdicts).first(count));
    }
}

PoolHead head_of(const StateView& state) {
    PoolHead out;
    out.state = &state;
    out.block_gas_limit = 1'000'000'000'000;
    out.rules = [](const Transaction&) { return Verdict::Accepted; };
    return out;
}

Result<void> bench_phases(const BenchmarkOptions& options, Collected& all) {
    const uint64_t waiting = options.accounts;
    const uint64_t senders = std::max<uint64_t>(waiting / kNoncesPerSender, 1);
    Accounts accounts(senders);
    PoolConfig config;
    config.transactions_max = config.queued_max = waiting + 4 * kBlock;
    config.bytes_max = SIZE_MAX;
    config.spread_percent = 0;
    Pool pool(config);
    pool.set_head(head_of(accounts));
    PlainPool plain(accounts);
    Traffic traffic(senders, options.seed);
    for (uint64_t filled = 0; filled < waiting;) {
        auto some = traffic.next(std::min<uint64_t>(kBlock, waiting - filled));
        filled += some.size();
        for (const SignedTransaction& item : some)
            plain.add(SignedTransaction(item));
        add_batches(pool, std::move(some));
    }
    std::array<std::vector<double>, kPhases> ours;
    std::array<std::vector<double>, kPhases> theirs;
    uint64_t base_fee = 25 * kGwei;
    for (uint32_t round = 0; round <= options.rounds; ++round) {
        auto some = traffic.next(kBlock);
        auto copy = some;
        std::array<double, kPhases> our{};
        std::array<double, kPhases> their{};
        our[kAdd] = time_of([&] { add_batches(pool, std::move(some)); });
        their[kAdd] = time_of([&] {
            for (SignedTransaction& item : copy)
                plain.add(std::move(item));
        });
        base_fee = round % 2 == 0 ? base_fee * 9 / 8 : base_fee * 8 / 9;
        BlockTarget target;
        target.gas_limit = UINT64_MAX;
        target.base_fee = Uint256{base_fee};
        target.transactions_max = kBlock;
        std::vector<SignedTransaction> block;
        std::vector<SignedTransaction> expected;
        our[kTake] = time_of([&] { block = pool.take_block(target); });
        their[kTake] = time_of([&] { expected = plain.take(target.base_fee, kBlock); });
        if (block.size() != kBlock ||
            !std::ranges::equal(block, expected, {}, &SignedTransaction::hash,
                                &SignedTransaction::hash))
            return Error{ErrorCode::Mismatch, "the two pools do not give the same block"};
        std::vector<Address> changed;
        for (const SignedTransaction& item : block) {
            accounts.use(item);
            changed.push_back(item.sender);
            changed.push_back(*item.transaction.to);
        }
        our[kHead] = time_of([&] {
            PoolHead head = head_of(accounts);
            head.changed = changed;
            pool.set_head(std::move(head));
        });
        their[kHead] = time_of([&] { plain.set_head(); });
        if (round == 0) continue;  // warms up
        for (size_t phase = 0; phase < kPhases; ++phase) {
            ours[phase].push_back(our[phase]);
            theirs[phase].push_back(their[phase]);
        }
    }
    for (size_t phase = 0; phase < kPhases; ++phase) {
        std::vector<double> ratios;
        for (size_t i = 0; i < ours[phase].size(); ++i)
            ratios.push_back(theirs[phase][i] / ours[phase][i]);
        const std::string name = kPhaseNames[phase];
        const std::vector<Measurement> rows = {
            {name + ", plain pool", spread_of(theirs[phase]), {1, 1, 1}, ""},
            {name, spread_of(ours[phase]), spread_of(ratios), name}};
        all.text += to_table(rows, "transaction") + "\n";
        all.jobs.push_back({{"name", name},
                            {"plain_ns", json_of(rows[0].ns_per_item)},
                            {"ns", json_of(rows[1].ns_per_item)}});
        all.ratios[name] = json_of(rows[1].ratio);
    }
    return {};
}

/// The block that the pool makes of transactions that arrived in this order, all of one tip.
std::vector<SignedTransaction> block_of(std::vector<SignedTransaction> arrived,
                                        const StateView& state, uint32_t spread_percent) {
    PoolConfig config;
    config.transactions_per_sender_max = arrived.size();
    config.queued_per_sender_max = arrived.size();
    config.spread_percent = spread_percent;
    Pool pool(config);
    pool.set_head(head_of(state));
    BlockTarget target;
    target.gas_limit = UINT64_MAX;
    target.transactions_max = arrived.size();
    add_batches(pool, std::move(arrived));
    return pool.take_block(target);
}

Result<void> bench_spreading(std::string_view kind, const BenchmarkOptions& options,
                             EnergyMeter& energy, Collected& all) {
    workloads::WorkloadOptions wanted;
    wanted.seed = options.seed;
    wanted.transactions = 5'000;
    wanted.users = 10'000;
    auto workload = workloads::make_workload(kind, wanted);
    if (!workload) return workload.error();
    auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return chain.error();
    // As a market opens or a mint begins: those of the contract called most all come last.
    std::unordered_map<Address, size_t> calls;
    for (const SignedTransaction& item : workload->transactions)
        if (!item.transaction.data.empty()) ++calls[*item.transaction.to];
    const auto hottest =
        std::ranges::max_element(calls, {}, [](const auto& entry) { return entry.second; })->first;
    std::vector<SignedTransaction> arrived;
    for (const bool is_last : {false, true})
        for (const SignedTransaction& item : workload->transactions)
            if ((!item.transaction.data.empty() && *item.transaction.to == hottest) == is_last)
                arrived.push_back(item);
    const StateView& parent = (*chain)->state();
    for (const uint32_t percent : {0U, PoolConfig{}.spread_percent}) {
        const std::vector<SignedTransaction> block = block_of(arrived, parent, percent);
        if (block.size() != arrived.size())
            return Error{ErrorCode::Mismatch, "the pool did not take all transactions"};
        const auto input = (*chain)->next_block(block);
        auto road = BlockRoad::open({.threads = kExecuteThreads});
        if (!road) return road.error();
        for (int i = 0; i < 2; ++i)
            if (auto learned = (*road)->execute(input, parent); !learned) return learned.error();
        const std::string name = fmt::format("{}_{}", kind, percent == 0 ? "in_a_row" : "spread");
        const std::vector<Way> ways = {
            serially("serial", input, parent),
            {"over lanes, 2 threads", name, [&] { return (*road)->execute(input, parent); }}};
        const auto times = measure_ways(ways, block.size(), options.rounds, energy);
        if (!times) return times.error();
        add_job(all,
                fmt::format("{}, {}: {} transactions", kind,
                            percent == 0 ? "conflicts in a row" : "conflicts spread",
                            with_commas(block.size())),
                fmt::format("{} waits, {} aborts\n", with_commas((*road)->statistics().waits),
                            with_commas((*road)->statistics().aborts)),
                ways, *times);
    }
    return {};
}

}  // namespace

Result<BenchmarkReport> bench_pool(const BenchmarkOptions& options) {
    Collected all;
    all.text = fmt::format("{} transactions wait; a block takes {} of them\n\n",
                           with_commas(options.accounts), with_commas(kBlock));
    if (auto done = bench_phases(options, all); !done) return done.error();
    EnergyMeter energy;
    for (const std::string_view kind : {"hot30", "swaps"})
        if (auto done = bench_spreading(kind, options, energy, all); !done) return done.error();
    return BenchmarkReport{all.text,
                           {{"benchmark", "pool"},
                            {"waiting", options.accounts},
                            {"machine", machine_description()},
                            {"jobs", all.jobs},
                            {"ratios", all.ratios}}};
}

}  // namespace switchyard::tool
