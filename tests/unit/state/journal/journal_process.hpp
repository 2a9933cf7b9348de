// SPDX-License-Identifier: Apache-2.0
// A process that writes a journal, without threads, so that a seed repeats a run; and the model of
// what must be there afterwards.
#pragma once

#include <gtest/gtest.h>

#include "host/core/checksum/crc32c.hpp"
#include "host/state/journal/record_chain.hpp"
#include "host/state/journal/recovery.hpp"
#include "tests/unit/state/journal/simulated_folder.hpp"

namespace switchyard::test {

inline constexpr journal::StoreId kStore{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
inline constexpr uint64_t kSmallSegment = journal::kSegmentBytesMin;

struct Entry {
    uint64_t number = 0;
    Bytes payload;
    bool operator==(const Entry&) const = default;
};

[[nodiscard]] inline Bytes random_payload(std::mt19937_64& random, size_t size_max = 1500) {
    Bytes out(random() % size_max);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

[[nodiscard]] inline journal::Replay collect(std::vector<Entry>& out) {
    return [&out](const journal::RecordView& record) -> Result<void> {
        out.push_back({record.header.number, to_bytes(record.payload)});
        return {};
    };
}

/// Writes as the journal's thread does. The disk outlives it.
class JournalProcess {
  public:
    /// Recovers; `replayed` is then what it was given.
    Result<void> open(SimulatedDisk& disk, const journal::RecoveryOptions& options) {
        writer_.reset();
        folder_ = disk.open_folder();
        replayed.clear();
        auto recovered = journal::recover(*folder_, options, collect(replayed));
        if (!recovered) return recovered.error();
        report = recovered->report;
        durable_ = recovered->durable;
        chain_ = journal::RecordChain(options.store, recovered->position);
        writer_ = std::make_unique<journal::SegmentWriter>(*folder_, options.store, kSmallSegment,
                                                           std::move(recovered->segments),
                                                           std::move(recovered->current));
        return {};
    }
    /// Makes records and keeps them to be written.
    Entry append(const Bytes& payload) {
        const uint64_t number =
            chain_.append(journal::RecordKind::Block, payload, crc32c(payload), durable_, pending_);
        return {number, payload};
    }
    Result<void> write() {
        const Bytes records = std::exchange(pending_, {});
        return writer_->write(records);
    }
    Result<void> sync() {
        if (Result<void> done = writer_->sync(); !done) return done;
        durable_ = chain_.position().next - 1;
        return {};
    }
    Result<void> mark() {
        chain_.append_mark(durable_, pending_);
        return write();
    }
    Result<void> release(uint64_t up_to) { return writer_->release(up_to); }

    std::vector<Entry> replayed;
    journal::RecoveryReport report;

  private:
    std::unique_ptr<journal::Folder> folder_;
    std::unique_ptr<journal::SegmentWriter> writer_;
    journal::RecordChain chain_{kStore, {}};
    uint64_t durable_ = 0;
    Bytes pending_;
};

/// What was written, and what must outlive everything.
struct JournalModel {
    std::vector<Entry> log;   ///< all that was tried to be written
    size_t acknowledged = 0;  ///< the first so many of `log`
    uint64_t released = 0;    ///< records up to this number may be gone

    /// Whether a recovery may give `replayed`: a run of the log, whole records with their bytes,
    /// that leaves out nothing acknowledged and not released. It is then the log.
    testing::AssertionResult take(const std::vector<Entry>& replayed) {
        size_t begin = 0;
        while (begin < log.size() && log[begin].number <= released)
            ++begin;
        // Released records may still be there.
        if (!replayed.empty())
            while (begin > 0 && log[begin - 1].number >= replayed[0].number)
                --begin;
        size_t at = begin;
        for (const Entry& entry : replayed) {
            if (at == log.size() || !(log[at] == entry))
                return testing::AssertionFailure()
                       << "record " << entry.number << " is out of place or was never written so";
            ++at;
        }
        if (at < acknowledged)
            return testing::AssertionFailure()
                   << "record " << log[at].number << " was acknowledged and is missing";
        log.resize(at);
        acknowledged = at;
        return testing::AssertionSuccess();
    }
};

}  // namespace switchyard::test
