// SPDX-License-Identifier: Apache-2.0
#include "host/pool/pool_journal.hpp"

#include <algorithm>

#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/core/limits.hpp"
#include "host/core/random.hpp"
#include "host/state/flat_index.hpp"
#include "host/state/journal/little_endian.hpp"
#include "host/state/journal/posix_folder.hpp"

namespace switchyard {
namespace {

using journal::load_le;
using journal::store_le;

constexpr uint8_t kAdded = 1;
constexpr uint8_t kDropped = 2;
constexpr size_t kAddedHead = 1 + 1 + 8 + sizeof(Address) + 4;

const std::string kIdentity = "identity";
const std::string kNewIdentity = "identity.new";
const std::string kLog = "log";

Error corrupt(uint64_t record, const std::string& what) {
    return {ErrorCode::Corrupt, "pool journal, record " + std::to_string(record) + ": " + what +
                                    "; its check holds, so that whoever wrote it is at fault: set "
                                    "the folder aside to start with an empty pool"};
}

/// Reads the identity, or makes one where there is neither it nor a log.
Result<journal::StoreId> identity_of(journal::Folder& folder) {
    auto names = folder.list();
    if (!names) return names.error();
    const bool has_log = std::ranges::find(*names, kLog) != names->end();
    journal::StoreId id;
    if (std::ranges::find(*names, kIdentity) != names->end()) {
        const auto file = folder.open(kIdentity);
        if (!file) return file.error();
        if (const auto read = (*file)->read(0, id.bytes); !read) return read.error();
        return id;
    }
    if (has_log)
        return Error{ErrorCode::Corrupt, folder.path_of(kIdentity) +
                                             ": missing beside a log; set the folder aside to "
                                             "start with an empty pool"};
    if (const auto drawn = fill_random(id.bytes); !drawn) return drawn.error();
    const auto file = folder.create(kNewIdentity);
    if (!file) return file.error();
    if (const auto done = (*file)->write(0, id.bytes); !done) return done.error();
    if (const auto done = (*file)->sync(); !done) return done.error();
    if (const auto done = folder.rename(kNewIdentity, kIdentity); !done) return done.error();
    if (const auto done = folder.sync(); !done) return done.error();
    return id;
}

/// Collects what was added and not dropped.
class Replayer {
  public:
    explicit Replayer(std::vector<JournaledTransaction>& out) : out_(out) {}

    Result<void> take(const journal::RecordView& record) {
        if (record.header.kind != journal::RecordKind::Pool)
            return corrupt(record.header.number, "not of a pool");
        const uint64_t number = record.header.number;
        BytesView rest = record.payload;
        while (!rest.empty()) {
            const uint8_t kind = rest[0];
            if (kind == kDropped && rest.size() >= 1 + sizeof(Bytes32)) {
                drop(fixed_bytes_unchecked<32>(rest.subspan(1, sizeof(Bytes32))));
                rest = rest.subspan(1 + sizeof(Bytes32));
            } else if (kind == kAdded && rest.size() >= kAddedHead) {
                const auto length = load_le<uint32_t>(rest.data() + kAddedHead - 4);
                if (length > rest.size() - kAddedHead || length > kTransactionBytesMax)
                    return corrupt(number, "a transaction is longer than its record");
                if (auto added = add(rest.first(kAddedHead + length), number); !added) return added;
                rest = rest.subspan(kAddedHead + length);
            } else {
                return corrupt(number, "an item of kind " + std::to_string(kind));
            }
        }
        return {};
    }

    /// Drops what was dropped from the list, and recovers authorities.
    void finish() {
        std::erase_if(out_, [](const JournaledTransaction& item) { return item.record == 0; });
        std::vector<Transaction> one(1);
        std::vector<SenderResult> senders(1);
        for (JournaledTransaction& item : out_) {
            if (item.transaction.transaction.type != TransactionType::SetCode) continue;
            one[0] = std::move(item.transaction.transaction);
            recover_senders(one, senders);
            item.transaction.transaction = std::move(one[0]);
        }
    }

  private:
    Result<void> add(BytesView item, uint64_t record) {
        const BytesView encoded = item.subspan(kAddedHead);
        auto decoded = decode_transaction(encoded);
        if (!decoded) return corrupt(record, decoded.error().message);
        if (item[1] > static_cast<uint8_t>(Origin::Public))
            return corrupt(record, "an unknown origin");
        JournaledTransaction out;
        out.origin = static_cast<Origin>(item[1]);
        out.time_s = load_le<uint64_t>(item.data() + 2);
        out.record = record;
        out.transaction.transaction = *std::move(decoded);
        out.transaction.sender = fixed_bytes_unchecked<20>(item.subspan(10, sizeof(Address)));
        out.transaction.hash = keccak256(encoded);
        out.transaction.encoded_bytes = static_cast<uint32_t>(encoded.size());
        // A transaction that compaction moved stands where it stood: order is that of acceptance.
        uint32_t* const known = positions_.find(out.transaction.hash);
        if (known != nullptr && out_[*known].record != 0) {
            out_[*known].record = record;
            return {};
        }
        positions_[out.transaction.hash] = static_cast<uint32_t>(out_.size());
        out_.push_back(std::move(out));
        return {};
    }
    void drop(const Bytes32& hash) {
        // What dropped it may stand before what added it was moved here.
        if (const uint32_t* const known = positions_.find(hash)) out_[*known].record = 0;
    }

    std::vector<JournaledTransaction>& out_;
    FlatMap<Bytes32, uint32_t> positions_;
};

}  // namespace

Result<std::unique_ptr<PoolJournal>> PoolJournal::open(const PoolJournalOptions& options,
                                                       std::vector<JournaledTransaction>& live) {
    live.clear();
    auto folder = journal::open_posix_folder(options.folder);
    if (!folder) return folder.error();
    const auto id = identity_of(**folder);
    if (!id) return id.error();
    auto log_folder = journal::open_posix_folder(options.folder / kLog);
    if (!log_folder) return log_folder.error();
    journal::JournalOptions log_options;
    log_options.recovery.store = *id;
    log_options.recovery.cut_damage = options.cut_damage;
    log_options.policy = options.policy;
    log_options.interval = options.interval;
    log_options.segment_bytes = options.segment_bytes;
    Replayer replayer(live);
    auto log = journal::Journal::open(
        std::move(*log_folder), log_options,
        [&replayer](const journal::RecordView& record) { return replayer.take(record); });
    if (!log) return log.error();
    replayer.finish();
    return std::unique_ptr<PoolJournal>(
        new PoolJournal(options, std::move(*folder), std::move(*log)));
}

PoolJournal::~PoolJournal() {
    if (releasing_.valid()) releasing_.wait();
}

void PoolJournal::stage_added(const SignedTransaction& transaction, Origin origin,
                              uint64_t time_s) {
    const Bytes encoded = encode_transaction(transaction.transaction);
    const size_t at = staged_.size();
    staged_.resize(at + kAddedHead + encoded.size());
    uint8_t* out = staged_.data() + at;
    out[0] = kAdded;
    out[1] = static_cast<uint8_t>(origin);
    store_le<uint64_t>(out + 2, time_s);
    std::ranges::copy(transaction.sender, out + 10);
    store_le<uint32_t>(out + kAddedHead - 4, static_cast<uint32_t>(encoded.size()));
    std::ranges::copy(encoded, out + kAddedHead);
}

void PoolJournal::stage_dropped(const Bytes32& hash) {
    staged_.push_back(kDropped);
    staged_.insert(staged_.end(), hash.begin(), hash.end());
}

Result<uint64_t> PoolJournal::append() {
    auto number = log_->append(journal::RecordKind::Pool, staged_);
    staged_.clear();
    return number;
}

void PoolJournal::release(uint64_t up_to) {
    if (releasing_.valid()) releasing_.wait();
    const uint64_t appended = log_->status().appended;
    releasing_ = std::async(std::launch::async, [this, up_to, appended] {
        // What the segments held stands behind them; they may go once that is on the disk. An error
        // is met again by whoever appends next, and costs room alone.
        if (log_->sync(appended)) (void)log_->release(up_to);
    });
}

}  // namespace switchyard
