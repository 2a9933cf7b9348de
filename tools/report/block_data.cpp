// SPDX-License-Identifier: Apache-2.0
#include "tools/report/block_data.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace switchyard::report {
namespace {

using accesses::BlockAccesses;
using accesses::Dependency;
using accesses::TransactionAccess;
using nlohmann::json;

/// Strings by number, each once.
class StringTable {
  public:
    uint32_t number_of(const std::string& text) {
        const auto [at, is_new] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
        if (is_new) texts_.push_back(text);
        return at->second;
    }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

  private:
    std::unordered_map<std::string, uint32_t> numbers_;
    std::vector<std::string> texts_;
};

/// For each transaction the length of the longest chain of dependencies that ends in it, from 0.
std::vector<uint32_t> depths_of(const BlockAccesses& accesses) {
    std::vector<uint32_t> out(accesses.transaction_count(), 0);
    for (uint32_t i = 0; i < out.size(); ++i)
        for (const Dependency& dependency : accesses.dependencies_of(i))
            out[i] = std::max(out[i], out[dependency.on] + 1);
    return out;
}

/// For each transaction when the last one of another lane that its plan waits for was executed; 0:
/// it waits for none.
std::vector<uint32_t> waited_until(const LanePlan& plan, const execute::BlockTimeline& timeline) {
    std::vector<std::vector<uint32_t>> lanes(plan.lane_count());
    std::vector<uint32_t> out(plan.transaction_count(), 0);
    for (uint32_t position = 0; position < plan.transaction_count(); ++position) {
        const uint32_t i = plan.transaction_at(position);
        const auto waits = plan.waits(position);
        const uint32_t own = plan.assignment(position).lane;
        for (uint32_t l = 0; l < plan.lane_count(); ++l)
            if (l != own && waits[l] != 0)
                out[i] = std::max(out[i], timeline.transactions[lanes[l][waits[l] - 1]].end_ns);
        lanes[own].push_back(i);
    }
    return out;
}

void add_times(json& columns, const ExecutedBlock& block) {
    const auto& times = block.timeline->transactions;
    const auto column = [&](const char* name, uint32_t execute::TransactionTimes::*member) {
        json values = json::array();
        for (const execute::TransactionTimes& transaction : times)
            values.push_back(transaction.*member);
        columns[name] = std::move(values);
    };
    column("thread", &execute::TransactionTimes::thread);
    column("commit_thread", &execute::TransactionTimes::commit_thread);
    column("begin", &execute::TransactionTimes::begin_ns);
    column("end", &execute::TransactionTimes::end_ns);
    column("commit_begin", &execute::TransactionTimes::commit_begin_ns);
    column("commit_end", &execute::TransactionTimes::commit_end_ns);
    column("rerun", &execute::TransactionTimes::rerun_ns);
    std::vector<uint32_t> lanes(times.size());
    for (uint32_t position = 0; position < block.plan->transaction_count(); ++position)
        lanes[block.plan->transaction_at(position)] = block.plan->assignment(position).lane;
    columns["lane"] = std::move(lanes);
    columns["waited_until"] = waited_until(*block.plan, *block.timeline);
}

/// How many transactions touch a key, in which way.
struct KeyUse {
    uint32_t key = 0;
    uint32_t touching = 0;
    uint32_t writing = 0;
    uint32_t adding = 0;     ///< and neither reading nor writing
    uint32_t depending = 0;  ///< reads of what another transaction of the block left
};

std::vector<KeyUse> uses_of(const BlockAccesses& accesses) {
    std::vector<KeyUse> out(accesses.keys.size());
    for (uint32_t k = 0; k < out.size(); ++k)
        out[k].key = k;
    for (uint32_t i = 0; i < accesses.transaction_count(); ++i) {
        const auto all = accesses.accesses_of(i);
        for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
            bool writes = false;
            bool adds_only = true;
            for (end = begin; end < all.size() && all[end].key == all[begin].key; ++end) {
                writes = writes || all[end].kind == AccessKind::Write;
                adds_only = adds_only && all[end].kind == AccessKind::Add;
            }
            KeyUse& use = out[all[begin].key];
            ++use.touching;
            use.writing += writes ? 1 : 0;
            use.adding += adds_only ? 1 : 0;
        }
        for (const Dependency& dependency : accesses.dependencies_of(i))
            ++out[dependency.key].depending;
    }
    return out;
}

/// The keys that most transactions touch, of those that somebody changes.
json hot_keys(const BlockAccesses& accesses, std::vector<KeyUse> uses, const Names& names) {
    std::erase_if(
        uses, [](const KeyUse& use) { return use.touching < 2 || use.writing + use.adding == 0; });
    std::ranges::sort(uses, [](const KeyUse& a, const KeyUse& b) {
        return a.touching != b.touching ? a.touching > b.touching : a.key < b.key;
    });
    if (uses.size() > kHotKeysMax) uses.resize(kHotKeysMax);
    json out = json::array();
    for (const KeyUse& use : uses)
        out.push_back({{"name", names.of(accesses.keys[use.key].address)},
                       {"part", Names::part_of(accesses.keys[use.key])},
                       {"touching", use.touching},
                       {"writing", use.writing},
                       {"adding", use.adding},
                       {"depending", use.depending}});
    return out;
}

/// The accounts through which transactions depend on one another, and which of them the same
/// transactions go through.
json conflict_graph(const BlockAccesses& accesses, const std::vector<KeyUse>& uses,
                    const Names& names) {
    std::map<Address, uint64_t> depending;
    for (const KeyUse& use : uses)
        if (use.depending != 0) depending[accesses.keys[use.key].address] += use.depending;
    std::vector<std::pair<uint64_t, Address>> ranked;
    for (const auto& [address, count] : depending)
        ranked.emplace_back(count, address);
    std::ranges::sort(ranked, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    if (ranked.size() > kConflictNodesMax) ranked.resize(kConflictNodesMax);
    std::map<Address, uint32_t> numbers;
    for (uint32_t n = 0; n < ranked.size(); ++n)
        numbers.emplace(ranked[n].second, n);

    std::vector<uint32_t> touching(ranked.size(), 0);
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> together;
    for (uint32_t i = 0; i < accesses.transaction_count(); ++i) {
        std::set<uint32_t> nodes;
        for (const TransactionAccess& access : accesses.accesses_of(i)) {
            if (uses[access.key].depending == 0) continue;
            const auto found = numbers.find(accesses.keys[access.key].address);
            if (found != numbers.end()) nodes.insert(found->second);
        }
        for (auto a = nodes.begin(); a != nodes.end(); ++a) {
            ++touching[*a];
            for (auto b = std::next(a); b != nodes.end(); ++b)
                ++together[{*a, *b}];
        }
    }
    json nodes = json::array();
    for (uint32_t n = 0; n < ranked.size(); ++n)
        nodes.push_back({{"name", names.of(ranked[n].second)},
                         {"labelled", names.is_labelled(ranked[n].second)},
                         {"touching", touching[n]},
                         {"depending", ranked[n].first}});
    json edges = json::array();
    for (const auto& [pair, count] : together)
        edges.push_back({pair.first, pair.second, count});
    return {{"nodes", std::move(nodes)},
            {"edges", std::move(edges)},
            {"left_out", depending.size() - ranked.size()}};
}

/// The dependencies as three columns, with the keys that they go through.
void add_dependencies(json& out, const BlockAccesses& accesses, const Names& names) {
    std::unordered_map<uint32_t, uint32_t> numbers;
    json keys = json::array();
    json from = json::array();
    json to = json::array();
    json key = json::array();
    for (uint32_t i = 0; i < accesses.transaction_count() && from.size() < kDependenciesMax; ++i)
        for (const Dependency& dependency : accesses.dependencies_of(i)) {
            const auto [at, is_new] =
                numbers.try_emplace(dependency.key, static_cast<uint32_t>(keys.size()));
            if (is_new)
                keys.push_back(names.of(accesses.keys[dependency.key].address) + " · " +
                               Names::part_of(accesses.keys[dependency.key]));
            from.push_back(dependency.on);
            to.push_back(i);
            key.push_back(at->second);
        }
    out["keys"] = std::move(keys);
    out["dependencies"] = {{"from", std::move(from)},
                           {"to", std::move(to)},
                           {"key", std::move(key)},
                           {"all", accesses.dependencies.size()}};
}

}  // namespace

json block_data(const ExecutedBlock& block, const Names& names) {
    const BlockAccesses& accesses = *block.accesses;
    StringTable table;
    json label = json::array();
    json sender = json::array();
    json succeeded = json::array();
    for (uint32_t i = 0; i < accesses.transaction_count(); ++i) {
        label.push_back(table.number_of(names.of(block.transactions[i].transaction)));
        sender.push_back(table.number_of(names.of(block.transactions[i].sender)));
        succeeded.push_back(accesses.succeeded[i] ? 1 : 0);
    }
    json columns = {{"label", std::move(label)},
                    {"sender", std::move(sender)},
                    {"succeeded", std::move(succeeded)},
                    {"gas", accesses.gas_used},
                    {"depth", depths_of(accesses)}};
    const bool timed = !block.timeline->transactions.empty();
    if (timed) add_times(columns, block);
    const std::vector<KeyUse> uses = uses_of(accesses);
    json out = {{"number", block.number},
                {"transactions", accesses.transaction_count()},
                {"timed", timed},
                {"lanes", block.plan->lane_count()},
                {"threads", block.timeline->threads},
                {"before_ns", block.timeline->before_ns},
                {"total_ns", block.timeline->total_ns},
                {"waits", block.statistics.waits},
                {"aborts", block.statistics.aborts},
                {"tx", std::move(columns)},
                {"names", table.texts()},
                {"hot", hot_keys(accesses, uses, names)},
                {"conflicts", conflict_graph(accesses, uses, names)}};
    add_dependencies(out, accesses, names);
    return out;
}

}  // namespace switchyard::report
