// SPDX-License-Identifier: Apache-2.0
// Builds frames from transactions: for replay, the demonstration, tests and clients. Needs no DPDK.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// One end of a link.
struct Endpoint {
    std::array<uint8_t, 6> mac{};
    uint32_t ipv4 = 0;  ///< host order: 10.0.0.1 is 0x0A000001
    uint16_t udp_port = kDefaultUdpPort;
};

struct EncoderConfig {
    /// Locally administered MAC addresses and the private network 10.0.0.0/24 (RFC 1918).
    Endpoint source{.mac = {0x02, 0, 0, 0, 0, 0x01}, .ipv4 = 0x0A00'0001};
    Endpoint destination{.mac = {0x02, 0, 0, 0, 0, 0x02}, .ipv4 = 0x0A00'0002};
    uint64_t session = 1;  ///< not 0; draw it at random where another sender may use the same port
    uint64_t first_sequence = 0;
    uint64_t first_transaction = 0;
    /// Bytes of a frame with its Ethernet, IPv4 and UDP headers: 640 to `kFrameBytesMax`.
    size_t frame_bytes = kFrameBytesStandard;
    /// False leaves out the Ethernet, IPv4 and UDP headers: the payload for a plain UDP socket.
    bool link_headers = true;
};

/// Frames in one block of memory, in the order of sending.
class FrameBatch {
  public:
    [[nodiscard]] size_t size() const { return ends_.size(); }
    [[nodiscard]] bool empty() const { return ends_.empty(); }
    [[nodiscard]] size_t total_bytes() const { return bytes_.size(); }
    /// Valid until the next change of this batch.
    [[nodiscard]] BytesView operator[](size_t index) const;
    /// Views of all frames, for `FrameSender::send`. Valid until the next change of this batch.
    [[nodiscard]] std::vector<BytesView> views() const;
    /// Forgets the frames and keeps the memory.
    void clear();

    /// Makes room for a frame of `size` bytes at the end; valid until the next change.
    [[nodiscard]] std::span<uint8_t> append(size_t size);

  private:
    Bytes bytes_;
    std::vector<size_t> ends_;
};

/// Packs transactions into frames, several to a frame where they fit, in fragments where one alone
/// does not. Numbers transactions and datagrams in order. One thread.
class FrameEncoder {
  public:
    /// InvalidInput when the configuration is outside the bounds stated with its fields.
    [[nodiscard]] static Result<FrameEncoder> create(const EncoderConfig& config);

    /// Takes a transaction of 1 to kTransactionBytesMax bytes and the address that signed it, of 20
    /// bytes, or none (else InvalidInput, and nothing is taken). Appends to `out` every frame that
    /// became complete. A transaction that needs fragments travels without its hint.
    Result<void> add(BytesView transaction, FrameBatch& out, BytesView sender_hint = {});

    /// Appends the frame in the making, if any. Call after the last `add`, or to send at once.
    void flush(FrameBatch& out);

    [[nodiscard]] uint64_t next_transaction() const { return next_transaction_; }
    [[nodiscard]] uint64_t next_sequence() const { return next_sequence_; }

  private:
    explicit FrameEncoder(const EncoderConfig& config);
    void add_fragments(BytesView transaction, FrameBatch& out);
    void emit(FrameKind kind, uint16_t count, uint64_t transaction, std::span<const BytesView> body,
              FrameBatch& out);

    EncoderConfig config_;
    size_t body_bytes_max_ = 0;
    uint64_t next_sequence_ = 0;
    uint64_t next_transaction_ = 0;
    Bytes body_;  ///< records of the frame in the making
    uint16_t body_count_ = 0;
};

/// All of `transactions` in frames, the last one flushed.
[[nodiscard]] Result<FrameBatch> encode_all(const EncoderConfig& config,
                                            std::span<const BytesView> transactions);

}  // namespace switchyard::dataplane
