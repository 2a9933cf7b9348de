// SPDX-License-Identifier: Apache-2.0
// Writes captures of Ethernet with nanoseconds: pcapng where the file's name ends in .pcapng, else
// classic pcap.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// One thread. Writes through a buffer of a megabyte.
class CaptureWriter {
  public:
    /// Replaces the file. `interface` names the port that is recorded; pcapng keeps it. Io when the
    /// file cannot be written.
    [[nodiscard]] static Result<CaptureWriter> create(const std::string& path,
                                                      const std::string& interface = {});

    /// Appends a frame that came `time_ns` after 1970, cut to 65,535 bytes. An error of the disk is
    /// kept for `finish`; frames after it are not written.
    void write(BytesView frame, uint64_t time_ns);

    /// Ends the file. Io when not all of it could be written.
    Result<void> finish();

    [[nodiscard]] uint64_t frames() const { return frames_; }

  private:
    struct Close {
        void operator()(std::FILE* file) const { (void)std::fclose(file); }
    };
    CaptureWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    void put(const void* data, size_t size);
    void begin_pcap();
    void begin_pcapng(const std::string& interface);

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    uint64_t frames_ = 0;
    bool pcapng_ = false;
    bool failed_ = false;
};

}  // namespace switchyard::dataplane
