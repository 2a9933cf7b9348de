// SPDX-License-Identifier: Apache-2.0
// What an observed execution leaves for those who learn from it: the messages that it sent and what
// it hashed.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "host/evm/evm.hpp"

namespace switchyard::evm {

/// One KECCAK256 of an execution. The preimage lies in the observation that it belongs to.
struct ObservedHash {
    uint32_t preimage_begin = 0;
    uint32_t preimage_size = 0;
    Bytes32 hash;
};

/// One message of an execution.
struct ObservedFrame {
    MessageKind kind = MessageKind::Call;
    uint16_t depth = 0;
    /// Its input is that of the transaction, byte for byte: what a proxy hands on.
    bool has_first_input = false;
    Address recipient;
    Address code_address;
};

/// The messages and hashes of one execution, in their order, those of reverted frames among them.
///
/// Bounded: what comes after the first `kHashesMax` hashes or `kFramesMax` messages, and hashes of
/// more than `kPreimageBytesMax` bytes, are left out. Reusable: `clear` keeps the memory. One
/// thread.
class Observation {
  public:
    static constexpr size_t kHashesMax = 1024;
    static constexpr size_t kPreimageBytesMax = 256;
    static constexpr size_t kFramesMax = 256;

    void clear() {
        preimages_.clear();
        hashes_.clear();
        frames_.clear();
    }
    void add_hash(BytesView preimage, const Bytes32& hash) {
        if (hashes_.size() >= kHashesMax || preimage.size() > kPreimageBytesMax) return;
        hashes_.push_back({static_cast<uint32_t>(preimages_.size()),
                           static_cast<uint32_t>(preimage.size()), hash});
        preimages_.insert(preimages_.end(), preimage.begin(), preimage.end());
    }
    /// `first` is the transaction's own message.
    void add_frame(const Message& message, const Message& first) {
        if (frames_.size() >= kFramesMax) return;
        frames_.push_back(
            {message.kind, static_cast<uint16_t>(message.depth),
             message.input.size() == first.input.size() &&
                 std::equal(message.input.begin(), message.input.end(), first.input.begin()),
             message.recipient, message.code_address});
    }

    [[nodiscard]] std::span<const ObservedHash> hashes() const { return hashes_; }
    [[nodiscard]] std::span<const ObservedFrame> frames() const { return frames_; }
    [[nodiscard]] BytesView preimage(const ObservedHash& hash) const {
        return BytesView(preimages_).subspan(hash.preimage_begin, hash.preimage_size);
    }

  private:
    Bytes preimages_;
    std::vector<ObservedHash> hashes_;
    std::vector<ObservedFrame> frames_;
};

/// What an observed EVM does with the transaction that runs: where it writes its observation (null:
/// nowhere), and whether it follows words. One thread.
struct ObservationTarget {
    Observation* current = nullptr;
    /// Whether slots are left open that the transaction only compares and adds to
    /// (`TransactionState::open_slot`); whoever says so applies changes that add.
    bool follows_words = false;
};

}  // namespace switchyard::evm
