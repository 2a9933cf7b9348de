// SPDX-License-Identifier: Apache-2.0
// Builds datagrams from transactions, with parity where asked: for the client, for replay, for
// tests. Needs no DPDK.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/erasure/group_code.hpp"
#include "dataplane/protocol/link.hpp"
#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// Groups of datagrams that protect each other from loss.
struct GroupShape {
    uint8_t data = kGroupDataMax;  ///< k: data shards of a full group, 1 to 32
    uint8_t parity = 0;            ///< m: parity shards of each group, 0 to 16; 0: no groups
};

struct EncoderConfig {
    /// Locally administered MAC addresses and the private network 10.0.0.0/24 (RFC 1918).
    Endpoint source{.mac = {0x02, 0, 0, 0, 0, 0x01}, .ip = IpAddress::v4(0x0A00'0001)};
    Endpoint destination{.mac = {0x02, 0, 0, 0, 0, 0x02}, .ip = IpAddress::v4(0x0A00'0002)};
    uint64_t session = 1;  ///< not 0; draw it at random where another sender may use the same port
    uint64_t cookie = 0;   ///< the server's; 0 where it trusts its wire
    uint64_t first_sequence = 0;
    uint64_t first_transaction = 0;
    GroupShape group{};
    /// Bytes of a frame with its Ethernet, IP and UDP headers: 640, or 660 where `destination` is
    /// of IPv6, to `kFrameBytesMax`.
    size_t frame_bytes = kFrameBytesStandard;
    /// False leaves out the Ethernet, IP and UDP headers: the payload for a plain UDP socket.
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
/// does not, and follows each group with its parity. Numbers datagrams in order. One thread.
class FrameEncoder {
  public:
    /// InvalidInput when the configuration is outside the bounds stated with its fields.
    [[nodiscard]] static Result<FrameEncoder> create(const EncoderConfig& config);

    /// Takes a transaction of 1 to kTransactionBytesMax bytes and the address that signed it, of 20
    /// bytes, or none (else InvalidInput, and nothing is taken), under the next number. Appends to
    /// `out` every frame that became complete. A transaction that needs fragments travels without
    /// its hint.
    Result<void> add(BytesView transaction, FrameBatch& out, BytesView sender_hint = {});
    /// The same under a number of the caller's, below kTransactionNumbers: to send it again. If it
    /// needs fragments, the pieces are sent from `first_piece` (modulo their count) on and around:
    /// where a queue on the path takes only the first of a burst, others come first next time.
    Result<void> add_numbered(uint64_t number, BytesView transaction, FrameBatch& out,
                              BytesView sender_hint = {}, size_t first_piece = 0);

    /// Appends the frame in the making, if any, and the parity of the group, which ends. Call after
    /// the last `add`, or to send at once.
    void flush(FrameBatch& out);

    /// Appends a datagram of another kind than those that carry transactions. Precondition: nothing
    /// is in the making (`flush`).
    void add_control(FrameKind kind, BytesView body, FrameBatch& out);

    void set_cookie(uint64_t cookie) { config_.cookie = cookie; }
    [[nodiscard]] uint64_t next_transaction() const { return next_transaction_; }
    /// Of the next datagram; the frame in the making will bear it.
    [[nodiscard]] uint64_t next_sequence() const { return next_sequence_; }
    /// Whether a frame is in the making: transactions that `flush` would send.
    [[nodiscard]] bool pending() const { return count_ != 0; }

  private:
    explicit FrameEncoder(const EncoderConfig& config);
    void add_fragments(uint64_t number, BytesView transaction, size_t first_piece, FrameBatch& out);
    [[nodiscard]] Bytes& body() { return shards_[position_]; }
    void begin_body();
    void end_datagram(FrameBatch& out, bool ends_group);
    void end_body(FrameKind kind, FrameBatch& out, bool ends_group);
    void end_group(FrameBatch& out);
    void emit(FrameKind kind, uint8_t position, bool last_data, std::span<const BytesView> parts,
              FrameBatch& out);

    EncoderConfig config_;
    size_t body_bytes_max_ = 0;
    uint64_t next_sequence_ = 0;
    uint64_t next_transaction_ = 0;
    // The frame in the making.
    uint16_t count_ = 0;
    uint64_t last_number_ = 0;
    // The group in the making: shards with their headers; `position_` is that of the next datagram.
    uint32_t group_ = 0;
    size_t position_ = 0;
    std::vector<Bytes> shards_;
    std::vector<Bytes> parity_;
    std::unique_ptr<GroupCode> code_;
};

/// All of `transactions` in frames, the last one flushed.
[[nodiscard]] Result<FrameBatch> encode_all(const EncoderConfig& config,
                                            std::span<const BytesView> transactions);

}  // namespace switchyard::dataplane
