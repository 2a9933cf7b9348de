// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/recovery.hpp"

#include <algorithm>
#include <optional>

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"
#include "host/state/journal/record_chain.hpp"

namespace switchyard::journal {
namespace {

constexpr std::string_view kWhatToDo =
    "; restore a snapshot, or open with the option that cuts the journal at the damage and loses "
    "what stands behind it";

class Recovery {
  public:
    Recovery(Folder& folder, const RecoveryOptions& options, const Replay& replay)
        : folder_(folder), options_(options), replay_(replay), seed_(record_seed(options.store)) {}

    Result<RecoveredJournal> run();

  private:
    Result<void> find_segments();
    Result<void> read_segments();
    Result<bool> read_segment(size_t index, bool first_read);
    Result<void> read_file(const SegmentInfo& segment);
    Result<SegmentHeader> read_header(const SegmentInfo& segment, bool first_read);
    Result<void> take_record(const RecordView& record);
    Result<void> replay_record(const RecordView& record);
    Result<void> replay_last();
    Result<void> judge_damage(const SegmentReader& reader, size_t index);
    Result<void> cut_damaged(size_t index, uint64_t offset, std::string expected);
    Result<void> set_aside(size_t from);
    Result<void> finish_last();
    Result<void> rewrite_last();

    Error corrupt(const SegmentInfo& segment, uint64_t offset, const std::string& text) const {
        return {ErrorCode::Corrupt, folder_.path_of(segment_name(segment.first)) + ", offset " +
                                        std::to_string(offset) + ": " + text +
                                        std::string(kWhatToDo)};
    }

    Folder& folder_;
    const RecoveryOptions& options_;
    const Replay& replay_;
    const uint32_t seed_;
    RecoveredJournal out_;
    Bytes bytes_;               ///< of the segment being read
    uint64_t end_ = 0;          ///< behind its last record
    uint64_t last_record_ = 0;  ///< the last one that is no mark
    uint64_t synced_ = 0;       ///< the last record that a mark declares synced
    bool ends_with_mark_ = false;
    bool in_last_ = false;  ///< the segment being read is the last one
    /// Where the last segment's records begin and end, once they have been read.
    std::optional<ChainPosition> last_start_;
    uint64_t last_end_ = 0;
};

Result<RecoveredJournal> Recovery::run() {
    if (Result<void> found = find_segments(); !found) return found.error();
    if (out_.segments.empty() && !options_.create)
        return Error{ErrorCode::NotFound, folder_.path_of("") + ": holds no journal segment"};
    if (Result<void> read = read_segments(); !read) return read.error();
    if (out_.segments.empty()) {
        out_.position = {std::max<uint64_t>(options_.replay_from, 1), 0};
        out_.durable = out_.position.next - 1;
    } else {
        last_end_ = end_;
        if (Result<void> done = finish_last(); !done) return done.error();
        if (Result<void> done = replay_last(); !done) return done.error();
    }
    out_.report.first = out_.segments.empty() ? out_.position.next : out_.segments.front().first;
    out_.report.next = out_.position.next;
    return std::move(out_);
}

Result<void> Recovery::read_segments() {
    if (out_.segments.empty()) return {};
    size_t start = 0;
    while (start + 1 < out_.segments.size() &&
           out_.segments[start + 1].first <= options_.replay_from)
        ++start;
    if (out_.segments[start].first > options_.replay_from && options_.replay_from != 0)
        return corrupt(out_.segments[start], 0,
                       "the journal begins with record " +
                           std::to_string(out_.segments[start].first) + ", but record " +
                           std::to_string(options_.replay_from) + " is needed");
    for (size_t index = start; index < out_.segments.size(); ++index) {
        auto more = read_segment(index, index == start);
        if (!more) return more.error();
        if (!*more) break;
    }
    if (out_.segments.empty() || out_.position.next >= options_.replay_from) return {};
    std::string text = "the journal ends with record " + std::to_string(out_.position.next - 1) +
                       ", but the checkpoint holds record " +
                       std::to_string(options_.replay_from - 1) +
                       ": it is an older copy, or newer segments are missing";
    if (!options_.cut_damage) return corrupt(out_.segments.back(), end_, text);
    return cut_damaged(out_.segments.size() - 1, end_, std::move(text));
}

Result<void> Recovery::find_segments() {
    auto names = folder_.list();
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (const auto first = parse_segment_name(name))
            out_.segments.push_back({*first, 0});
        else if (name == kSpareName || name == kNewName)
            if (Result<void> done = folder_.remove(name); !done) return done;
    }
    std::sort(out_.segments.begin(), out_.segments.end(),
              [](const SegmentInfo& a, const SegmentInfo& b) { return a.first < b.first; });
    for (SegmentInfo& segment : out_.segments) {
        auto file = folder_.open(segment_name(segment.first));
        if (!file) return file.error();
        auto size = (*file)->size();
        if (!size) return size.error();
        segment.bytes = *size;
    }
    return {};
}

Result<void> Recovery::read_file(const SegmentInfo& segment) {
    if (segment.bytes > kFileBytesMax)
        return corrupt(segment, 0, "the file is longer than any segment");
    auto file = folder_.open(segment_name(segment.first));
    if (!file) return file.error();
    bytes_.resize(segment.bytes);
    return (*file)->read(0, bytes_);
}

/// The header of the segment whose bytes were read, which must be the one that belongs here.
Result<SegmentHeader> Recovery::read_header(const SegmentInfo& segment, bool first_read) {
    auto header = decode_segment_header(bytes_);
    if (!header && header.error().code == ErrorCode::Unsupported)
        return Error{ErrorCode::Unsupported,
                     folder_.path_of(segment_name(segment.first)) + ": " + header.error().message};
    if (!header) return corrupt(segment, 0, header.error().message);
    if (header->store != options_.store)
        return corrupt(segment, 16,
                       "the segment belongs to the store " + to_hex(header->store) + ", not to " +
                           to_hex(options_.store));
    if (header->first != segment.first)
        return corrupt(segment, 32,
                       "the segment begins with record " + std::to_string(header->first) +
                           " and has the name of another");
    if (!first_read &&
        (header->first != out_.position.next || header->previous != out_.position.previous))
        return corrupt(segment, 32,
                       "the segment continues another record than " +
                           std::to_string(out_.position.next - 1) +
                           ", the last one before it: a segment is missing or was replaced");
    if (header->bytes != segment.bytes)
        return corrupt(segment, segment.bytes,
                       "the file has " + std::to_string(segment.bytes) + " bytes instead of " +
                           std::to_string(header->bytes));
    return header;
}

/// Whether to go on with the segment behind.
Result<bool> Recovery::read_segment(size_t index, bool first_read) {
    const SegmentInfo segment = out_.segments[index];
    if (Result<void> read = read_file(segment); !read) return read.error();
    auto header = read_header(segment, first_read);
    if (!header) {
        if (header.error().code != ErrorCode::Corrupt || !options_.cut_damage)
            return header.error();
        if (Result<void> done = cut_damaged(index, 0, header.error().message); !done)
            return done.error();
        return false;
    }
    if (first_read) out_.position = {header->first, header->previous};
    in_last_ = index + 1 == out_.segments.size();
    if (in_last_) last_start_ = out_.position;
    SegmentReader reader(bytes_, seed_, out_.position);
    SegmentReader::Step step = reader.next();
    for (; step == SegmentReader::Step::Record; step = reader.next()) {
        if (Result<void> taken = take_record(reader.record()); !taken) return taken.error();
    }
    out_.position = reader.position();
    end_ = reader.offset();
    if (step == SegmentReader::Step::End) return true;
    if (Result<void> judged = judge_damage(reader, index); !judged) return judged.error();
    return false;
}

Result<void> Recovery::take_record(const RecordView& record) {
    ends_with_mark_ = record.header.kind == RecordKind::Mark;
    if (ends_with_mark_) {
        synced_ = record.header.acknowledged;
        return {};
    }
    last_record_ = record.header.number;
    if (record.header.kind != RecordKind::Block && record.header.kind != RecordKind::Begin &&
        record.header.kind != RecordKind::Pool)
        return Error{ErrorCode::Unsupported,
                     "journal record " + std::to_string(record.header.number) + " is of kind " +
                         std::to_string(static_cast<uint32_t>(record.header.kind)) +
                         ", which this build does not know"};
    return in_last_ ? Result<void>() : replay_record(record);
}

Result<void> Recovery::replay_record(const RecordView& record) {
    if (record.header.kind == RecordKind::Mark || record.header.number < options_.replay_from)
        return {};
    ++out_.report.records;
    return replay_(record);
}

/// The records of the last segment, which a process that died may have left in the system's memory
/// alone. They are replayed once `finish_last` has made them durable: what follows the journal must
/// not outlive it.
Result<void> Recovery::replay_last() {
    if (!last_start_) return {};
    SegmentReader reader(bytes_, seed_, *last_start_);
    while (reader.offset() < last_end_) {
        const auto step = reader.next();
        SWITCHYARD_ASSERT(step == SegmentReader::Step::Record);
        if (Result<void> done = replay_record(reader.record()); !done) return done;
    }
    return {};
}

/// Torn tail or damage. A loss of power leaves any part of what was not synced, so that whole
/// records may stand behind a torn one; but what was acknowledged had been synced, and the records
/// written after it say so.
Result<void> Recovery::judge_damage(const SegmentReader& reader, size_t index) {
    const SegmentInfo& segment = out_.segments[index];
    const uint64_t number = reader.position().next;
    const LaterRecords later = find_later_records(bytes_, reader.offset(), seed_, number);
    std::string text = reader.damage();
    const bool is_last = index + 1 == out_.segments.size();
    if (!is_last)
        text += "; a later segment exists, so that this one had been written to its end";
    else if (!reader.out_of_place() && later.acknowledged >= number)
        text += "; record " + std::to_string(later.first_number) + " at offset " +
                std::to_string(later.first_offset) + " or one behind it says that record " +
                std::to_string(later.acknowledged) + " had been acknowledged";
    const bool torn = is_last && !reader.out_of_place() && later.acknowledged < number;
    if (!torn && !options_.cut_damage) return corrupt(segment, reader.offset(), text);
    if (!torn) return cut_damaged(index, reader.offset(), std::move(text));
    out_.report.cut = JournalCut{folder_.path_of(segment_name(segment.first)),
                                 reader.offset(),
                                 number,
                                 std::move(text),
                                 later.count,
                                 0,
                                 false};
    return {};
}

Result<void> Recovery::cut_damaged(size_t index, uint64_t offset, std::string expected) {
    JournalCut cut;
    cut.segment = folder_.path_of(segment_name(out_.segments[index].first));
    cut.offset = offset;
    cut.record = out_.position.next;
    cut.expected = std::move(expected);
    cut.damage = true;
    // The checkpoint holds all that would remain, or nothing remains: begin anew.
    const bool keep_none = out_.position.next < options_.replay_from || (index == 0 && offset == 0);
    const size_t first_aside = keep_none ? 0 : offset == 0 ? index : index + 1;
    cut.segments_set_aside = out_.segments.size() - first_aside;
    out_.report.cut = std::move(cut);
    if (first_aside > index) {
        // A copy, because a part of this one stays.
        const std::string name = segment_name(out_.segments[index].first) + ".damaged";
        if (auto copy = create_filled(folder_, name, bytes_, bytes_.size()); !copy)
            return copy.error();
    }
    if (Result<void> done = set_aside(first_aside); !done) return done;
    // The segment before has become the last one.
    if (offset == 0 && !out_.segments.empty()) return read_file(out_.segments.back());
    return {};
}

/// The newest first and each durable before the next, so that what remains has no gap.
Result<void> Recovery::set_aside(size_t from) {
    while (out_.segments.size() > from) {
        const std::string name = segment_name(out_.segments.back().first);
        if (Result<void> done = folder_.rename(name, name + ".damaged"); !done) return done;
        if (Result<void> done = folder_.sync(); !done) return done;
        out_.segments.pop_back();
    }
    return {};
}

Result<void> Recovery::finish_last() {
    const SegmentInfo& last = out_.segments.back();
    if (out_.report.cut || last_record_ > synced_) {
        if (Result<void> done = rewrite_last(); !done) return done;
    }
    // The name may have been given just before the process died.
    if (Result<void> done = folder_.sync(); !done) return done;
    auto file = folder_.open(segment_name(last.first));
    if (!file) return file.error();
    out_.current = {std::move(*file), end_, last.bytes};
    out_.durable = std::max(last_record_, synced_);
    return {};
}

Result<void> Recovery::rewrite_last() {
    const SegmentInfo& last = out_.segments.back();
    bytes_.resize(end_);
    if (!ends_with_mark_ && last_record_ != 0) {
        RecordChain chain(options_.store, out_.position);
        chain.append_mark(last_record_, bytes_);
        out_.position = chain.position();
        end_ = bytes_.size();
        SWITCHYARD_ASSERT(end_ <= last.bytes);
    }
    const std::string name(kNewName);
    if (auto file = create_filled(folder_, name, bytes_, last.bytes); !file) return file.error();
    out_.report.rewritten = true;
    return folder_.rename(name, segment_name(last.first));
}

}  // namespace

std::string to_string(const JournalCut& cut) {
    std::string out = cut.segment + ": journal cut at offset " + std::to_string(cut.offset) +
                      " before record " + std::to_string(cut.record) + ": ";
    out += cut.damage ? "damage, by the operator's decision" : "torn tail, never acknowledged";
    out += " (" + cut.expected + ")";
    if (cut.whole_records != 0)
        out += "; whole records behind it, not acknowledged either: " +
               std::to_string(cut.whole_records);
    if (cut.segments_set_aside != 0)
        out += "; later segments set aside: " + std::to_string(cut.segments_set_aside);
    return out;
}

Result<RecoveredJournal> recover(Folder& folder, const RecoveryOptions& options,
                                 const Replay& replay) {
    return Recovery(folder, options, replay).run();
}

}  // namespace switchyard::journal
