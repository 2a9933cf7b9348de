// SPDX-License-Identifier: Apache-2.0
#include "host/state/store/journal_generations.hpp"

#include <charconv>
#include <string>
#include <vector>

#include "host/state/journal/format.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "journal-";

std::optional<uint64_t> generation_of(const std::string& name) {
    if (!name.starts_with(kPrefix)) return std::nullopt;
    uint64_t out = 0;
    const char* const begin = name.data() + kPrefix.size();
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(begin, end, out);
    if (parsed.ec != std::errc{} || parsed.ptr != end || *begin == '0') return std::nullopt;
    return out;
}

Error io(const fs::path& path, const std::error_code& failed) {
    return {ErrorCode::Io, path.string() + ": " + failed.message()};
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
        out.push_back(it->path());
    if (failed) return io(folder, failed);
    return out;
}

}  // namespace

Result<JournalGenerations> JournalGenerations::find(const fs::path& store) {
    JournalGenerations out(store);
    const auto entries = entries_of(store);
    if (!entries) return entries.error();
    for (const fs::path& entry : *entries) {
        const auto generation = generation_of(entry.filename().string());
        if (!generation || generation < out.current_) continue;
        const auto segments = entries_of(entry);
        if (!segments) return segments.error();
        for (const fs::path& segment : *segments)
            if (journal::parse_segment_name(segment.filename().string())) out.current_ = generation;
    }
    return out;
}

fs::path JournalGenerations::folder_of(uint64_t generation) const {
    return store_ / (std::string(kPrefix) + std::to_string(generation));
}

Result<void> JournalGenerations::keep_only(uint64_t generation) {
    const auto entries = entries_of(store_);
    if (!entries) return entries.error();
    for (const fs::path& entry : *entries) {
        const auto other = generation_of(entry.filename().string());
        if (!other || other == generation) continue;
        std::error_code failed;
        fs::remove_all(entry, failed);
        if (failed) return io(entry, failed);
    }
    current_ = generation;
    return {};
}

}  // namespace switchyard
