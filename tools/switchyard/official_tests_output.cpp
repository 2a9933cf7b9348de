// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/official_tests_output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "tools/fixtures/one_line.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

using conformance::CaseRecord;
using conformance::Report;
using conformance::Verdict;
using nlohmann::ordered_json;

/// A logs bloom has 512 digits, and a failure may hold two.
constexpr size_t kErrorBytesShown = 4096;

/// In the format of go-ethereum's state dumps.
ordered_json dump_of(const MemoryState& state) {
    ordered_json accounts = ordered_json::object();
    const StateChanges all = state.all();
    for (const AccountChange& change : all.accounts) {
        const Account& account = *change.account;
        ordered_json item{{"balance", to_decimal(account.balance)},
                          {"nonce", account.nonce},
                          {"codeHash", to_hex(account.code_hash)}};
        if (account.has_code() && state.knows_code(account.code_hash))
            item["code"] = to_hex(state.code(account.code_hash)->bytes());
        for (const StorageChange& slot : all.storage_of(change))
            item["storage"][to_hex(to_bytes32(slot.key))] = to_hex(to_bytes32(slot.value));
        accounts[to_hex(change.address)] = std::move(item);
    }
    return accounts;
}

ordered_json to_json(const CaseRecord& record, bool dump) {
    const Verdict& verdict = record.verdict;
    ordered_json out{{"name", record.name}, {"pass", verdict.passed()}};
    if (verdict.state_root) out["stateRoot"] = to_hex(*verdict.state_root);
    if (verdict.last_block_hash) out["lastBlockHash"] = to_hex(*verdict.last_block_hash);
    out["fork"] = record.fork;
    if (!verdict.error.empty()) out["error"] = verdict.error;
    out["file"] = record.file;
    out["index"] = record.index;
    if (dump && verdict.make_state)
        out["state"] = {{"root", verdict.state_root ? to_hex(*verdict.state_root) : ""},
                        {"accounts", dump_of(verdict.make_state())}};
    return out;
}

}  // namespace

void TestTotals::add(const Report& report) {
    passed += report.passed();
    failed += report.failed() + report.file_errors().size();
    unsupported += report.unsupported();
    for (const CaseRecord& record : report.records())
        if (record.verdict.kind == Verdict::Kind::Unsupported)
            ++unsupported_reasons[record.verdict.error];
}

void print_failures(const Report& report) {
    for (const CaseRecord& record : report.records())
        if (record.verdict.kind == Verdict::Kind::Failed)
            fmt::print("{} {}\n     {}\n", bad("FAIL"),
                       fixtures::one_line(record.title(), kErrorBytesShown),
                       fixtures::one_line(record.verdict.error, kErrorBytesShown));
}

void print_imports(const conformance::StoreImports& imports) {
    fmt::print(
        "{} blocks into stores: {} by their access list ({} with the root begun before), {} whose "
        "list was of no use; {} refused; {} left out\n",
        imports.blocks.load(), imports.by_list.load(), imports.early_roots.load(),
        imports.lists_failed.load(), imports.refused.load(), imports.left_out.load());
}

void print_totals(const TestTotals& totals) {
    for (const auto& [reason, count] : totals.unsupported_reasons)
        fmt::print("{} not run: {}\n", count, fixtures::one_line(reason, kErrorBytesShown));
    fmt::print("{} passed, {} failed\n", totals.passed, totals.failed);
}

void print_json(const Report& report, bool dump) {
    ordered_json all = ordered_json::array();
    for (const conformance::FileError& file : report.file_errors())
        all.push_back({{"name", file.file},
                       {"pass", false},
                       {"fork", ""},
                       {"error", file.error.message},
                       {"file", file.file}});
    for (const CaseRecord& record : report.records())
        all.push_back(to_json(record, dump));
    fmt::print("{}\n", all.dump(2, ' ', false, ordered_json::error_handler_t::replace));
    std::fflush(stdout);
}

}  // namespace switchyard::tool
