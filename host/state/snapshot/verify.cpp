// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/core/hex.hpp"
#include "host/state/snapshot/snapshot.hpp"
#include "host/state/snapshot/snapshot_rows.hpp"
#include "host/state/sqlite/code_set.hpp"
#include "host/state/sqlite/scratch_records.hpp"

namespace switchyard::snapshot {
namespace {

namespace fs = std::filesystem;

/// Passes rows on and compares the code of accounts with the code that follows.
class CodeCheckedRows final : public StateRows {
  public:
    CodeCheckedRows(StateRows& rows, sqlite::CodeSet codes)
        : rows_(rows), codes_(std::move(codes)) {}

    Result<bool> next_account(AccountRow& row) override {
        const Result<bool> more = rows_.next_account(row);
        if (more && *more && row.account.has_code())
            if (Result<void> added = codes_.add(row.account.code_hash); !added)
                return added.error();
        return more;
    }
    Result<bool> next_slot(StorageChange& slot) override { return rows_.next_slot(slot); }
    Result<bool> next_code(CodeRow& row) override {
        const Result<bool> more = rows_.next_code(row);
        if (!more) return more;
        Bytes32 expected;
        const Result<bool> wanted = codes_.next(expected);
        if (!wanted) return wanted;
        if (*more != *wanted || (*more && expected != row.hash))
            return Error{ErrorCode::Corrupt, "the code of accounts and the code saved differ at " +
                                                 to_hex(*wanted ? expected : row.hash)};
        return more;
    }

  private:
    StateRows& rows_;
    sqlite::CodeSet codes_;
};

/// What is wrong with the rows, if anything; an error where that could not be found out.
Result<std::optional<Error>> check_rows(const fs::path& folder, const VerifyOptions& options,
                                        const RowsProgress& progress) {
    auto records = sqlite::ScratchRecords::open(options.scratch);
    if (!records) return records.error();
    auto codes = sqlite::CodeSet::open(options.rebuild.cache_bytes / 16);
    if (!codes) return codes.error();
    auto shards = ShardSet::open(folder);
    if (!shards) return shards.error();
    const SnapshotInfo& info = (*shards)->info();
    SnapshotRows rows(**shards, [&](uint64_t done, uint64_t total) {
        if (progress) progress(total + done, 2 * total);
    });
    CodeCheckedRows checked(rows, std::move(*codes));
    const auto built = rebuild_state(checked, records->store(), options.rebuild);
    if (!built) {
        if (built.error().code == ErrorCode::Corrupt) return std::optional(built.error());
        return built.error();
    }
    if (built->root != info.block.state_root)
        return std::optional(
            Error{ErrorCode::Mismatch, "the state root of the rows is " + to_hex(built->root) +
                                           ", the header's is " + to_hex(info.block.state_root)});
    return std::optional<Error>{};
}

}  // namespace

bool SnapshotReport::sound() const {
    return restorable() && foreign.empty() &&
           std::all_of(shards.begin(), shards.end(),
                       [](const ShardReport& shard) { return shard.state == ShardState::Ok; });
}

Result<SnapshotReport> verify_snapshot(const fs::path& folder, const VerifyOptions& options,
                                       const RowsProgress& progress) {
    auto shards = ShardSet::open(folder);
    if (!shards) return shards.error();
    ShardSet& set = **shards;
    SnapshotReport out;
    out.info = set.info();
    const uint64_t total = out.info.stripes * (options.deep ? 2 : 1);
    for (uint64_t done = 1; !set.at_end(); ++done) {
        if (Result<void> read = set.next(ShardSet::Read::All); !read) {
            // A parity that cannot be computed is no reason; too few chunks is the only one.
            if (read.error().code != ErrorCode::Corrupt) return read.error();
            ++out.lost_stripes;
            if (!out.first_loss) out.first_loss = read.error();
        }
        if (progress) progress(done, total);
    }
    out.shards = set.reports();
    out.foreign = set.foreign();
    if (!options.deep || out.lost_stripes != 0) return out;
    const auto content = check_rows(folder, options, progress);
    if (!content) return content.error();
    out.deep = true;
    out.content = *content;
    return out;
}

}  // namespace switchyard::snapshot
