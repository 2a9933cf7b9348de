// SPDX-License-Identifier: Apache-2.0
// The rows of a state as changes over the empty state, piece by piece.
#pragma once

#include <functional>

#include "host/state/state_rows.hpp"

namespace switchyard {

/// How far a pass over the rows of a state has come, in parts of `total`. Addresses are spread
/// evenly, so that the first bytes of the current one tell without counting rows before.
using RowsProgress = std::function<void(uint64_t done, uint64_t total)>;
inline constexpr uint64_t kRowsProgressTotal = 65536;

[[nodiscard]] inline uint64_t rows_progress_at(const Address& address) {
    return uint64_t{address[0]} << 8 | address[1];
}

/// Cuts rows into `StateChanges` of limited size, in canonical order. An account with many slots
/// stands in several, each time whole but for its slots. One thread; `rows` must outlive the
/// object.
class RowChunks {
  public:
    /// `rows_max`: accounts and slots of a chunk, from 2; `code_bytes_max`: of a chunk of code,
    /// which one code may exceed.
    RowChunks(StateRows& rows, size_t rows_max, size_t code_bytes_max)
        : rows_(rows), rows_max_(rows_max), code_bytes_max_(code_bytes_max) {}

    /// Accounts and slots; false at their end, `chunk` is then empty.
    [[nodiscard]] Result<bool> next(StateChanges& chunk);
    /// Code, when `next` has given false; false at its end.
    [[nodiscard]] Result<bool> next_codes(StateChanges& chunk);

    /// What has been given so far.
    [[nodiscard]] const StateCounts& counts() const { return counts_; }
    [[nodiscard]] const Address& last_address() const { return row_.address; }

  private:
    void add_account(StateChanges& chunk) const;

    StateRows& rows_;
    const size_t rows_max_;
    const size_t code_bytes_max_;
    StateCounts counts_;
    AccountRow row_;
    bool in_account_ = false;  ///< `row_` may have more slots
};

}  // namespace switchyard
