// SPDX-License-Identifier: Apache-2.0
// State roots block after block: a plain scalar trie, the trie in memory, the trie of records.
#include <fmt/format.h>

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/state/commitment/memory_record_store.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/switchyard/account_workload.hpp"
#include "tools/switchyard/bench_root_store.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/plain_trie.hpp"

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

/// From this size on the trie of records is measured beside the others.
constexpr uint64_t kComparedFrom = 1'000'000;

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

/// What the tries of one size came to.
struct SizeResult {
    uint64_t accounts = 0;
    std::vector<Measurement> measured;  ///< the trie of records last
    double bytes_per_account = 0;       ///< of the trie of records
};

/// Measures the trie of records over `accounts` accounts; `beside` the others if asked for.
Result<SizeResult> measure_size(uint64_t accounts, bool beside, const BenchmarkOptions& options) {
    PlainState plain;
    trie::StateTrie in_memory;
    auto records = RecordSubject::make();
    if (!records) return records.error();
    std::vector<Subject> subjects;
    if (beside) {
        subjects.push_back(
            {"plain trie, scalar",
             "",
             [&plain](const StateChanges& c) -> Result<Bytes32> { return plain.apply(c); },
             {},
             0,
             {}});
        subjects.push_back({"nodes in memory, batches",
                            "root_nodes",
                            [&in_memory](const StateChanges& c) { return in_memory.apply(c); },
                            {},
                            0,
                            {}});
    }
    subjects.push_back(subject_of(**records));
    auto measured = measure_blocks(subjects, accounts, options);
    if (!measured) return measured.error();
    SizeResult out;
    out.accounts = accounts;
    out.measured = std::move(*measured);
    out.bytes_per_account = static_cast<double>((*records)->commitment().cached_bytes()) /
                            static_cast<double>(accounts);
    return out;
}

/// Powers of ten below `accounts`, then `accounts`.
std::vector<uint64_t> sizes_up_to(uint64_t accounts) {
    std::vector<uint64_t> out;
    for (uint64_t size = 10'000; size < accounts; size *= 10)
        out.push_back(size);
    out.push_back(accounts);
    return out;
}

}  // namespace

Result<BenchmarkReport> bench_root(const BenchmarkOptions& options) {
    BenchmarkReport report;
    Table growth({"accounts", "ns/update min", "median", "max", "bytes in memory/account"});
    nlohmann::json by_accounts = nlohmann::json::array();
    nlohmann::json ratios = nlohmann::json::object();
    for (const uint64_t accounts : sizes_up_to(options.accounts)) {
        // Small states say how the cost grows; what a chain has is compared.
        const bool beside = accounts >= kComparedFrom || accounts == options.accounts;
        const auto size = measure_size(accounts, beside, options);
        if (!size) return size.error();
        const Spread& ns = size->measured.back().ns_per_item;
        growth.add({with_commas(accounts), fmt::format("{:.1f}", ns.min),
                    fmt::format("{:.1f}", ns.median), fmt::format("{:.1f}", ns.max),
                    fmt::format("{:.0f}", size->bytes_per_account)});
        nlohmann::json entry = {{"accounts", accounts},
                                {"ns_per_update", ns.median},
                                {"bytes_per_account", size->bytes_per_account}};
        if (beside) {
            report.text +=
                fmt::format("{} accounts, {} changed in a block, one of {} new\n",
                            with_commas(accounts), with_commas(kChangesInBlock), kNewOneIn) +
                to_table(size->measured, "update") + "\n";
            report.json = to_json("root", "update", size->measured);
            entry["results"] = report.json["results"];
            entry["ratios"] = report.json["ratios"];
            // Of several sizes, the ratio that holds for all.
            for (const auto& [name, ratio] : report.json["ratios"].items()) {
                ratios[fmt::format("{}_{}", name, accounts)] = ratio;
                if (!ratios.contains(name) || ratio < ratios[name]) ratios[name] = ratio;
            }
        }
        by_accounts.push_back(std::move(entry));
    }
    report.json["ratios"] = std::move(ratios);
    report.json["by_accounts"] = std::move(by_accounts);
    report.text += growth.to_string();
    if (!options.store.empty())
        if (Result<void> added = add_store_table(options, report); !added) return added.error();
    return report;
}

}  // namespace switchyard::tool
