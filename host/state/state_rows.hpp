// SPDX-License-Identifier: Apache-2.0
// A whole state as a sequence of rows: what is copied, checked and rebuilt without holding it in
// memory.
#pragma once

#include "host/core/result.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

struct AccountRow {
    Address address;
    Account account;
};

struct CodeRow {
    Bytes32 hash;    ///< the Keccak-256 of the code
    BytesView code;  ///< not empty; valid until the next row
};

/// The rows of a state: accounts ascending by address, the slots of each ascending by key and not
/// zero, then the code of all accounts, each once, ascending by hash. One thread. After an error
/// no further row may be asked for.
class StateRows {
  public:
    virtual ~StateRows() = default;
    /// Goes to the next account, past what is left of the slots of the one before; false: there is
    /// none.
    [[nodiscard]] virtual Result<bool> next_account(AccountRow& row) = 0;
    /// The next slot of the account; false: it has no more.
    [[nodiscard]] virtual Result<bool> next_slot(StorageChange& slot) = 0;
    /// The next code, once `next_account` has given false; false: there is none.
    [[nodiscard]] virtual Result<bool> next_code(CodeRow& row) = 0;
};

/// How many rows a state has.
struct StateCounts {
    uint64_t accounts = 0;
    uint64_t slots = 0;
    uint64_t codes = 0;
    bool operator==(const StateCounts&) const = default;
};

}  // namespace switchyard
