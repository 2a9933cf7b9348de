// SPDX-License-Identifier: Apache-2.0
// Writes classic pcap files with nanoseconds (draft-ietf-opsawg-pcap), of Ethernet.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// One thread. Writes through a buffer of a megabyte.
class PcapWriter {
  public:
    /// Replaces the file. Io when it cannot be written.
    [[nodiscard]] static Result<PcapWriter> create(const std::string& path);

    /// Appends a frame that came `time_ns` after 1970. An error of the disk is kept for `finish`;
    /// frames after it are not written.
    void write(BytesView frame, uint64_t time_ns);

    /// Ends the file. Io when not all of it could be written.
    Result<void> finish();

    [[nodiscard]] uint64_t frames() const { return frames_; }

  private:
    struct Close {
        void operator()(std::FILE* file) const { (void)std::fclose(file); }
    };
    PcapWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    void put(const void* data, size_t size);

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    uint64_t frames_ = 0;
    bool failed_ = false;
};

}  // namespace switchyard::dataplane
