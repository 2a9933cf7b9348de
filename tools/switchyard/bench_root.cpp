// SPDX-License-Identifier: Apache-2.0
// State roots block after block: a plain scalar trie, the trie in memory, the trie of records.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/plain_trie.hpp"

namespace switchyard::tool {
namespace {

/// A block of 10,000 payments changes sender and recipient of each.
constexpr size_t kChangesPerBlock = 20'000;
/// One of these changed accounts is new.
constexpr uint64_t kNewOneIn = 50;
/// Accounts that are put into a trie at a time when it is built.
constexpr uint64_t kBuildStep = 500'000;

uint64_t mix(uint64_t x) {  // the finalizer of SplitMix64 (Steele, Lea, Flood, 2014)
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

AccountChange account_change(uint64_t n, std::mt19937_64& random) {
    AccountChange out;
    out.address = to_address(Uint256{mix(n), mix(n + 1), n, 0});
    Account account;
    // A nonce near the account's usual one, a balance of 18 to 1,180 ether.
    account.nonce = 1 + mix(n) % 200 + random() % 8;
    account.balance = Uint256{random(), 1 + random() % 63, 0, 0};
    out.account = account;
    return out;
}

void sort_by_address(StateChanges& changes) {
    std::sort(changes.accounts.begin(), changes.accounts.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
}

/// Accounts [begin, end) as they are at the start.
StateChanges genesis_part(uint64_t begin, uint64_t end, uint64_t seed) {
    std::mt19937_64 random(seed + begin);
    StateChanges out;
    for (uint64_t n = begin; n < end; ++n)
        out.accounts.push_back(account_change(n, random));
    sort_by_address(out);
    return out;
}

/// What block `block` does to a state of `accounts` accounts: each account at most once, some new.
StateChanges block_changes(uint64_t accounts, uint64_t block, uint64_t seed) {
    std::mt19937_64 random(mix(seed) + block);
    std::vector<uint64_t> numbers;
    const size_t wanted = std::min<uint64_t>(kChangesPerBlock, accounts / 2);
    for (size_t i = 0; i < wanted; ++i)
        numbers.push_back(i % kNewOneIn == 0 ? accounts + block * kChangesPerBlock + i
                                             : random() % accounts);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    StateChanges out;
    for (const uint64_t n : numbers)
        out.accounts.push_back(account_change(n, random));
    sort_by_address(out);
    return out;
}

/// Account leaves over `PlainTrie`, hashed keys and all.
class PlainState {
  public:
    Bytes32 apply(const StateChanges& changes) {
        Bytes leaf;
        for (const AccountChange& change : changes.accounts) {
            leaf.clear();
            rlp::Encoder encoder(leaf);
            const size_t list = encoder.begin_list();
            encoder.uint64(change.account->nonce);
            encoder.uint256(change.account->balance);
            encoder.string(trie::kEmptyRoot);
            encoder.string(change.account->code_hash);
            encoder.end_list(list);
            trie_.put(keccak256(change.address), leaf);
        }
        return trie_.root();
    }

  private:
    PlainTrie trie_;
};

/// One of the tries with the roots that it gave.
struct Subject {
    std::string name;
    std::string ratio;
    std::function<Result<Bytes32>(const StateChanges&)> apply;
    std::vector<Bytes32> roots;
    size_t next_block = 0;
    Result<void> failure;

    void run(const StateChanges& changes) {
        const auto root = apply(changes);
        if (root)
            roots.push_back(*root);
        else
            failure = root.error();
    }
};

/// The trie of records, nothing of it written.
class RecordSubject {
  public:
    [[nodiscard]] static Result<std::unique_ptr<RecordSubject>> make() {
        auto out = std::make_unique<RecordSubject>();
        auto opened = commitment::StateCommitment::open(out->store_, {SIZE_MAX, kPageLeaves});
        if (!opened) return opened.error();
        out->commitment_ = std::make_unique<commitment::StateCommitment>(std::move(*opened));
        return out;
    }
    [[nodiscard]] commitment::StateCommitment& commitment() { return *commitment_; }

    static constexpr size_t kPageLeaves = 32;

  private:
    commitment::MemoryRecordStore store_;
    std::unique_ptr<commitment::StateCommitment> commitment_;
};

/// Builds all subjects' states and compares their roots.
Result<void> build(std::vector<Subject>& subjects, uint64_t accounts,
                   const BenchmarkOptions& options) {
    Progress progress("building", accounts, options.quiet);
    for (uint64_t begin = 0; begin < accounts; begin += kBuildStep) {
        const StateChanges part =
            genesis_part(begin, std::min(accounts, begin + kBuildStep), options.seed);
        for (Subject& subject : subjects)
            subject.run(part);
        progress.update(begin);
    }
    return {};
}

Result<void> check_roots(const std::vector<Subject>& subjects) {
    for (const Subject& subject : subjects) {
        if (!subject.failure) return subject.failure;
        if (subject.roots != subjects.front().roots)
            return Error{ErrorCode::Mismatch, subject.name + ": another root"};
    }
    return {};
}

/// Measures all subjects over the same blocks.
Result<std::vector<Measurement>> measure_blocks(std::vector<Subject>& subjects, uint64_t accounts,
                                                const BenchmarkOptions& options) {
    if (Result<void> built = build(subjects, accounts, options); !built) return built.error();
    if (Result<void> same = check_roots(subjects); !same) return same.error();
    std::vector<StateChanges> blocks;
    size_t changes = 0;
    for (uint64_t block = 0; block <= options.rounds; ++block) {
        blocks.push_back(block_changes(accounts, block, options.seed));
        changes += blocks.back().accounts.size();
    }
    std::vector<Contender> contenders;
    for (Subject& subject : subjects)
        contenders.push_back({subject.name, changes / blocks.size(),
                              [&subject, &blocks] { subject.run(blocks[subject.next_block++]); },
                              subject.ratio});
    std::vector<Measurement> out = measure(contenders, options.rounds, options.quiet);
    if (Result<void> same = check_roots(subjects); !same) return same.error();
    return out;
}

Subject subject_of(RecordSubject& records) {
    return {"records, batches",
            "root",
            [&records](const StateChanges& c) { return records.commitment().apply(c); },
            {},
            0,
            {}};
}

}  // namespace

Result<BenchmarkReport> bench_root(const BenchmarkOptions& options) {
    BenchmarkReport report;
    {
        PlainState plain;
        trie::StateTrie in_memory;
        auto records = RecordSubject::make();
        if (!records) return records.error();
        std::vector<Subject> subjects = {
            {"plain trie, scalar",
             "",
             [&plain](const StateChanges& c) -> Result<Bytes32> { return plain.apply(c); },
             {},
             0,
             {}},
            {"nodes in memory, batches",
             "root_nodes",
             [&in_memory](const StateChanges& c) { return in_memory.apply(c); },
             {},
             0,
             {}},
            subject_of(**records)};
        const auto measured = measure_blocks(subjects, options.accounts, options);
        if (!measured) return measured.error();
        report.text =
            fmt::format("{} accounts, {} changed in a block, one of {} new\n",
                        with_commas(options.accounts), with_commas(kChangesPerBlock), kNewOneIn) +
            to_table(*measured, "update");
        report.json = to_json("root", "update", *measured);
    }
    Table growth({"accounts", "ns/update min", "median", "max", "bytes in memory/account"});
    report.json["by_accounts"] = nlohmann::json::array();
    for (uint64_t accounts = 10'000; accounts <= options.accounts; accounts *= 10) {
        auto records = RecordSubject::make();
        if (!records) return records.error();
        std::vector<Subject> subjects = {subject_of(**records)};
        const auto measured = measure_blocks(subjects, accounts, options);
        if (!measured) return measured.error();
        const Spread& ns = measured->front().ns_per_item;
        const double bytes = static_cast<double>((*records)->commitment().cached_bytes()) /
                             static_cast<double>(accounts);
        growth.add({with_commas(accounts), fmt::format("{:.1f}", ns.min),
                    fmt::format("{:.1f}", ns.median), fmt::format("{:.1f}", ns.max),
                    fmt::format("{:.0f}", bytes)});
        report.json["by_accounts"].push_back(
            {{"accounts", accounts}, {"ns_per_update", ns.median}, {"bytes_per_account", bytes}});
    }
    report.text += "\n" + growth.to_string();
    return report;
}

}  // namespace switchyard::tool
