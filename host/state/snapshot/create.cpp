// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/core/random.hpp"
#include "host/state/snapshot/row_codec.hpp"
#include "host/state/snapshot/snapshot.hpp"
#include "host/state/snapshot/stripe_writer.hpp"

namespace switchyard::snapshot {
namespace {

constexpr uint32_t kStripeBytesMin = 4096;
constexpr uint32_t kStripeTargetMax = 1U << 25;
static_assert(kStripeTargetMax + kRowBytesMax <= kStripeBytesMax);

Result<void> check(const CreateOptions& options) {
    if (options.data_shards == 0 || options.data_shards > kDataShardsMax)
        return Error{ErrorCode::InvalidInput, "a snapshot has 1 to 64 data shards"};
    if (options.parity_shards == 0 || options.parity_shards > kParityShardsMax)
        return Error{ErrorCode::InvalidInput, "a snapshot has 1 to 32 parity shards"};
    if (options.stripe_bytes < kStripeBytesMin || options.stripe_bytes > kStripeTargetMax)
        return Error{ErrorCode::InvalidInput, "a stripe has 4096 to 33554432 bytes"};
    return {};
}

/// Rows to stripes.
class RowWriter {
  public:
    RowWriter(StripeWriter& stripes, const CreateOptions& options, const RowsProgress& progress)
        : stripes_(stripes), options_(options), progress_(progress) {}

    Result<void> write_all(StateRows& rows) {
        Result<void> done = write_accounts(rows);
        if (done) done = write_codes(rows);
        if (!done) return done;
        append_end(stripe_, counts_);
        return stripes_.write(stripe_);
    }
    [[nodiscard]] const StateCounts& counts() const { return counts_; }

  private:
    Result<void> write_accounts(StateRows& rows) {
        for (;; ++counts_.accounts) {
            const Result<bool> more = rows.next_account(account_);
            if (!more) return more.error();
            if (!*more) return {};
            append_account(stripe_, account_);
            if (Result<void> done = end_row(); !done) return done;
            for (;; ++counts_.slots) {
                StorageChange slot;
                const Result<bool> more_slots = rows.next_slot(slot);
                if (!more_slots) return more_slots.error();
                if (!*more_slots) break;
                append_slot(stripe_, slot);
                if (Result<void> done = end_row(); !done) return done;
            }
        }
    }
    Result<void> write_codes(StateRows& rows) {
        for (;; ++counts_.codes) {
            CodeRow code;
            const Result<bool> more = rows.next_code(code);
            if (!more) return more.error();
            if (!*more) return {};
            if (code.code.empty() || code.code.size() > kCodeBytesMax)
                return Error{ErrorCode::LimitExceeded,
                             "the code " + to_hex(code.hash) + " has " +
                                 std::to_string(code.code.size()) +
                                 " bytes; a snapshot takes 1 to 16777216"};
            append_code(stripe_, code);
            if (Result<void> done = end_row(); !done) return done;
        }
    }
    Result<void> end_row() {
        if (stripe_.size() < options_.stripe_bytes) return {};
        const Result<void> done = stripes_.write(stripe_);
        stripe_.clear();
        if (progress_) progress_(rows_progress_at(account_.address), kRowsProgressTotal);
        return done;
    }

    StripeWriter& stripes_;
    const CreateOptions& options_;
    const RowsProgress& progress_;
    Bytes stripe_;
    AccountRow account_;
    StateCounts counts_;
};

}  // namespace

Result<SnapshotInfo> create_snapshot(StateRows& rows, const StoredBlock& block,
                                     const std::filesystem::path& folder,
                                     const CreateOptions& options, const RowsProgress& progress) {
    if (Result<void> checked = check(options); !checked) return checked.error();
    SnapshotInfo info;
    info.data_shards = options.data_shards;
    info.parity_shards = options.parity_shards;
    info.block = block;
    if (Result<void> drawn = fill_random(info.id.bytes); !drawn) return drawn.error();
    auto target = NewFolder::create(folder, ".partial");
    if (!target) return target.error();
    auto stripes = StripeWriter::create(target->path(), info);
    if (!stripes) return stripes.error();
    RowWriter writer(**stripes, options, progress);
    if (Result<void> done = writer.write_all(rows); !done) return done.error();
    const auto written = (*stripes)->finish(writer.counts());
    if (!written) return written.error();
    if (Result<void> published = target->publish(); !published) return published.error();
    return *written;
}

}  // namespace switchyard::snapshot
