// SPDX-License-Identifier: Apache-2.0
// Reads captures of Ethernet: classic pcap, of micro- or nanoseconds, and pcapng, each in either
// byte order.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

struct CapturedFrame {
    BytesView bytes;       ///< as much as was captured; valid until the next call
    uint64_t time_ns = 0;  ///< since 1970; 0 where the file has none
    uint32_t original_bytes = 0;
};

/// Trusts no length of the file: each is checked before it is used, and none takes more than a
/// megabyte of memory. One thread.
class CaptureReader {
  public:
    /// NotFound, Io; InvalidInput when it is no capture file or not of Ethernet.
    [[nodiscard]] static Result<CaptureReader> open(const std::string& path);
    /// The same of an open file, which it takes over; `name` is for messages. For tests.
    [[nodiscard]] static Result<CaptureReader> read(std::FILE* file, const std::string& name);

    /// The next frame, or none at the end. Corrupt when a length contradicts another or the file
    /// ends within a block; InvalidInput for what is well formed and not read (a packet above
    /// 65,535 bytes, another link type, a clock finer than 2^-63 s). After an error every call
    /// gives it again.
    [[nodiscard]] Result<std::optional<CapturedFrame>> next();

    [[nodiscard]] bool pcapng() const { return pcapng_; }

  private:
    struct Close {
        void operator()(std::FILE* file) const { (void)std::fclose(file); }
    };
    /// Of a section of pcapng.
    struct Interface {
        uint32_t link_type = 0;
        uint32_t snap_bytes = 0;
        uint64_t ticks_per_second = 1'000'000;
        int64_t offset_seconds = 0;
    };

    CaptureReader(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}
    [[nodiscard]] Error error(ErrorCode code, const std::string& what) const;
    /// Bytes that were read, fewer than `size` at the end of the file.
    [[nodiscard]] size_t fill(uint8_t* out, size_t size);
    [[nodiscard]] uint32_t u32(const uint8_t* data) const;
    [[nodiscard]] uint16_t u16(const uint8_t* data) const;

    Result<void> begin();
    Result<void> begin_pcap(const uint8_t* magic);
    Result<std::optional<CapturedFrame>> next_pcap();
    Result<std::optional<CapturedFrame>> next_pcapng();
    /// Reads what follows a block's type: its body is then in `block_`.
    Result<void> read_block(uint32_t type);
    Result<void> take_interface();
    Result<void> take_interface_options(BytesView options, Interface& out) const;
    Result<CapturedFrame> take_packet();
    Result<CapturedFrame> take_simple_packet();
    Result<uint64_t> time_of(const Interface& interface, uint64_t ticks) const;

    std::unique_ptr<std::FILE, Close> file_;
    std::string name_;
    bool pcapng_ = false;
    bool swapped_ = false;
    bool nanoseconds_ = false;
    uint64_t frames_ = 0;
    std::vector<Interface> interfaces_;
    Bytes block_;
    std::optional<Error> failure_;
};

}  // namespace switchyard::dataplane
