// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/line_reader.hpp"

#include <cerrno>
#include <cstring>

namespace switchyard::trace {

Result<LineReader> LineReader::open(const std::string& file) {
    std::FILE* stream = std::fopen(file.c_str(), "rb");
    if (stream == nullptr)
        return Error{ErrorCode::NotFound, file + ": cannot be read: " + std::strerror(errno)};
    return LineReader(stream, file);
}

LineReader::LineReader(std::FILE* stream, std::string name)
    : stream_(stream), name_(std::move(name)) {}

Result<std::optional<std::string_view>> LineReader::next() {
    constexpr size_t kChunkBytes = 256 * 1024;
    size_t searched = begin_;
    for (;;) {
        const size_t feed = buffer_.find('\n', searched);
        if (feed != std::string::npos || (at_end_ && begin_ < buffer_.size())) {
            const size_t end = feed == std::string::npos ? buffer_.size() : feed;
            const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
            begin_ = feed == std::string::npos ? buffer_.size() : feed + 1;
            ++line_number_;
            return std::optional(line);
        }
        if (at_end_) return std::optional<std::string_view>();
        buffer_.erase(0, begin_);
        begin_ = 0;
        searched = buffer_.size();
        if (searched > kLineBytesMax)
            return Error{ErrorCode::LimitExceeded, name_ + ":" + std::to_string(line_number_ + 1) +
                                                       ": the line is longer than 256 MiB"};
        buffer_.resize(searched + kChunkBytes);
        const size_t got = std::fread(buffer_.data() + searched, 1, kChunkBytes, stream_.get());
        buffer_.resize(searched + got);
        if (got < kChunkBytes) {
            if (std::ferror(stream_.get()) != 0)
                return Error{ErrorCode::Io, name_ + ": " + std::strerror(errno)};
            at_end_ = std::feof(stream_.get()) != 0;
        }
    }
}

}  // namespace switchyard::trace
