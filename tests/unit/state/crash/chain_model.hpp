// SPDX-License-Identifier: Apache-2.0
// Chains of random blocks on which processes agree without a word: the blocks follow from seeds.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "host/state/memory_state.hpp"
#include "host/state/stored_block.hpp"

namespace switchyard::test {

/// A block on one branch, and the state after it as a model that shares nothing with the store.
struct ModelBlock {
    uint64_t number = 0;  ///< 0: before the first block
    uint64_t branch = 0;
    StateChanges changes;
    MemoryState state;

    [[nodiscard]] Bytes32 hash() const { return to_bytes32((Uint256{branch} << 64) + number); }
};
using ModelBlockPointer = std::shared_ptr<const ModelBlock>;

inline constexpr uint64_t kModelAccounts = 40;  ///< addresses that ordinary blocks touch
inline constexpr uint64_t kModelSlots = 30;     ///< of each
inline constexpr uint64_t kVastAccount = 1000;  ///< an address with up to `kVastSlots` slots
inline constexpr uint64_t kVastSlots = 400;

/// The block after `parent`: mostly ten transactions over few accounts, at times nothing, at times
/// an account with a storage that no budget has room for, or its end. Another branch, another
/// block.
[[nodiscard]] ModelBlockPointer next_block(const ModelBlock& parent, uint64_t branch);

/// What a process tells of its work, before or after a step.
struct Message {
    enum class Kind : uint64_t {
        Sealing,    ///< `number` on `branch` may be in the store from here on
        Durable,    ///< up to `number`, nothing may be lost
        Rewinding,  ///< to `number`
        Rewound,    ///< nothing behind `number` may come back
        RewindRefused,
        Opened,  ///< anew, at `number`
    } kind;
    uint64_t number = 0;
    uint64_t branch = 0;
};

/// What a store may hold after what was told.
class Expectation {
  public:
    Expectation() { chain_.push_back(std::make_shared<const ModelBlock>()); }

    void take(const Message& message);
    /// Whether acknowledged blocks may be lost, the last ones first.
    void allow_loss(bool may_lose) { may_lose_ = may_lose; }
    /// The block of a store that was opened; null when it may not stand there, and `why`.
    /// Everything behind it is then gone, and it will not be lost again.
    [[nodiscard]] ModelBlockPointer find(const std::optional<StoredBlock>& last, std::string& why);

    /// The last block that may be in the store.
    [[nodiscard]] const ModelBlock& tip() const { return *chain_.back(); }
    /// A block on the way there; null when it is not kept.
    [[nodiscard]] ModelBlockPointer at(uint64_t number) const;
    [[nodiscard]] uint64_t durable() const { return durable_; }

  private:
    static constexpr size_t kBlocksKept = 100;

    void cut(uint64_t number);

    std::deque<ModelBlockPointer> chain_;
    uint64_t durable_ = 0;
    std::optional<uint64_t> rewinding_to_;
    bool may_lose_ = false;
};

}  // namespace switchyard::test
