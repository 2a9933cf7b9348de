// SPDX-License-Identifier: Apache-2.0
// Which slots so many transactions add to that they are worth merging.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace switchyard::plan {

/// Counts the transactions of a block that may add to a slot, by the slot's key, and says which
/// slots are hot: they would chain a good part of the block one behind the other. A slot that was
/// hot in the block before is so from the first transaction on. Approximate: slots that share a
/// counter share their heat, which costs time only. One thread.
class HotKeys {
  public:
    /// As few transactions in a chain never matter.
    static constexpr uint32_t kChainMin = 8;

    /// Starts a block. A slot is hot from one in `share` of its transactions on.
    void begin_block(size_t transactions, uint32_t share) {
        limit_ = std::max(kChainMin, static_cast<uint32_t>(transactions / share));
        for (Cell& cell : cells_)
            cell = {0, cell.is_hot, false};
    }
    /// One more transaction may add to `key`. Returns whether it is hot.
    bool add(uint64_t key) {
        Cell& cell = cells_[key % kCells];
        cell.is_hot |= ++cell.count >= limit_;
        return cell.is_hot || cell.was_hot;
    }

  private:
    struct Cell {
        uint32_t count = 0;
        bool was_hot = false;
        bool is_hot = false;
    };
    static constexpr size_t kCells = 4'096;

    uint32_t limit_ = kChainMin;
    std::array<Cell, kCells> cells_{};
};

}  // namespace switchyard::plan
