// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/segment_writer.hpp"

#include <algorithm>
#include <utility>

#include "host/core/assert.hpp"
#include "host/state/journal/little_endian.hpp"

namespace switchyard::journal {
namespace {

constexpr size_t kZerosAtOnce = size_t{256} << 10;

/// Of a record that this process made.
uint64_t size_of_record(BytesView record) {
    return record_bytes(load_le<uint32_t>(record.data() + 24));
}
bool is_mark(BytesView record) {
    return load_le<uint32_t>(record.data() + 28) == static_cast<uint32_t>(RecordKind::Mark);
}

}  // namespace

Result<std::unique_ptr<File>> create_filled(Folder& folder, const std::string& name,
                                            BytesView content, uint64_t bytes) {
    auto file = folder.create(name);
    if (!file) return file;
    if (!content.empty())
        if (Result<void> done = (*file)->write(0, content); !done) return done.error();
    const Bytes zeros(std::min<uint64_t>(bytes, kZerosAtOnce), 0);
    for (uint64_t at = content.size(); at < bytes;) {
        const BytesView part = BytesView(zeros).first(std::min<uint64_t>(zeros.size(), bytes - at));
        if (Result<void> done = (*file)->write(at, part); !done) return done.error();
        at += part.size();
    }
    if (Result<void> done = (*file)->sync(); !done) return done.error();
    return file;
}

SegmentWriter::SegmentWriter(Folder& folder, const StoreId& store, uint64_t segment_bytes,
                             std::vector<SegmentInfo> segments, OpenSegment current)
    : folder_(folder),
      store_(store),
      segment_bytes_(segment_bytes),
      current_(std::move(current)),
      segments_(std::move(segments)) {}

Result<void> SegmentWriter::write(BytesView records) {
    size_t begin = 0;  // of what is not yet written
    size_t at = 0;
    const auto write_run = [&]() -> Result<void> {
        if (at == begin) return {};
        dirty_ = true;
        if (Result<void> done =
                current_.file->write(current_.used, records.subspan(begin, at - begin));
            !done)
            return done;
        current_.used += at - begin;
        begin = at;
        return {};
    };
    while (at < records.size()) {
        const BytesView record = records.subspan(at);
        const uint64_t size = size_of_record(record);
        // Behind any other record there is room for a mark.
        const uint64_t needed = is_mark(record) ? size : size + record_bytes(0);
        if (current_.file == nullptr || current_.used + (at - begin) + needed > current_.bytes) {
            if (Result<void> done = write_run(); !done) return done;
            if (Result<void> done = begin_segment(record); !done) return done;
        }
        at += size;
    }
    return write_run();
}

Result<void> SegmentWriter::sync() {
    if (!dirty_ || current_.file == nullptr) return {};
    if (Result<void> done = current_.file->sync(); !done) return done;
    dirty_ = false;
    return {};
}

Result<void> SegmentWriter::begin_segment(BytesView first_record) {
    if (Result<void> done = sync(); !done) return done;
    SegmentHeader header;
    header.store = store_;
    header.first = load_le<uint64_t>(first_record.data() + 8);
    header.previous = load_le<uint32_t>(first_record.data() + 4);
    header.bytes = std::max(segment_bytes_,
                            kSegmentHeaderBytes + size_of_record(first_record) + record_bytes(0));
    Bytes bytes;
    encode_segment_header(header, bytes);
    auto file = new_file(header.bytes);
    if (!file) return file.error();
    if (Result<void> done = (*file)->write(0, bytes); !done) return done;
    if (Result<void> done = (*file)->sync(); !done) return done;
    if (Result<void> done = folder_.rename(std::string(kNewName), segment_name(header.first));
        !done)
        return done;
    if (Result<void> done = folder_.sync(); !done) return done;
    current_ = {std::move(*file), kSegmentHeaderBytes, header.bytes};
    const std::lock_guard lock(segments_mutex_);
    segments_.push_back({header.first, header.bytes});
    return {};
}

Result<std::unique_ptr<File>> SegmentWriter::new_file(uint64_t bytes) {
    const std::string name(kNewName);
    if (bytes == segment_bytes_) {
        const std::lock_guard lock(spare_mutex_);
        if (spare_ != nullptr) {
            // Under the lock, or the other thread would create its next spare over this one.
            if (Result<void> done = folder_.rename(std::string(kSpareName), name); !done)
                return done.error();
            return std::exchange(spare_, nullptr);
        }
    }
    return create_filled(folder_, name, {}, bytes);
}

Result<void> SegmentWriter::release(uint64_t up_to) {
    for (;;) {
        uint64_t first = 0;
        {
            const std::lock_guard lock(segments_mutex_);
            if (segments_.size() < 2 || segments_[1].first - 1 > up_to) break;
            first = segments_[0].first;
        }
        // Only this thread takes segments away, so that the first one is still the first.
        if (Result<void> done = folder_.remove(segment_name(first)); !done) return done;
        {
            const std::lock_guard lock(segments_mutex_);
            segments_.erase(segments_.begin());
        }
        if (Result<void> done = folder_.sync(); !done) return done;
    }
    prepare_spare();
    return {};
}

void SegmentWriter::prepare_spare() {
    const std::lock_guard lock(spare_mutex_);
    if (spare_ != nullptr) return;
    const std::string name(kSpareName);
    auto file = create_filled(folder_, name, {}, segment_bytes_);
    // Without a spare the writing thread makes its own file and reports what is wrong.
    if (file)
        spare_ = std::move(*file);
    else
        static_cast<void>(folder_.remove(name));
}

std::vector<SegmentInfo> SegmentWriter::segments() const {
    const std::lock_guard lock(segments_mutex_);
    return segments_;
}

}  // namespace switchyard::journal
