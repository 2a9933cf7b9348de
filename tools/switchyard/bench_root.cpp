// SPDX-License-Identifier: Apache-2.0
// State roots block after block: a plain scalar trie, the trie in memory, the trie of records.
#include <fmt/format.h>

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/plain_trie.hpp"
#include "tools/switchyard/root_workload.hpp"

namespace switchyard::tool {
namespace {

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
    for (uint64_t begin = 0; begin < accounts; begin += kGenesisStep) {
        const StateChanges part = genesis_part(begin, accounts, options.seed);
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
                        with_commas(options.accounts), with_commas(kChangesInBlock), kNewOneIn) +
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
    if (!options.store.empty())
        if (Result<void> added = add_store_table(options, report); !added) return added.error();
    return report;
}

}  // namespace switchyard::tool
