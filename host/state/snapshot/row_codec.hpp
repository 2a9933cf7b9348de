// SPDX-License-Identifier: Apache-2.0
// The rows of a state as bytes.
//
//   size  field
//      1  kind: 1 an account without code, 2 an account with code, 3 a slot of the account before,
//         4 a code, 0 the end
//
//   1, 2:  20  address; accounts ascend
//           n  nonce
//           n  balance
//          32  with 2: code hash
//   3:      n  key; the slots of an account ascend
//           n  value, not 0
//   4:     32  hash; codes ascend, behind all accounts
//           v  length, 1 to 2^24
//              code, whose Keccak-256 is the hash
//   0:      v  count of accounts
//           v  count of slots
//           v  count of codes; nothing follows
//
// v: an unsigned LEB128 integer of at most 64 bits. n: one byte with the count of bytes that
// follow, then the number in big-endian order. Both in the shortest form, so that a state has one
// encoding.
#pragma once

#include <optional>

#include "host/state/state_rows.hpp"

namespace switchyard::snapshot {

inline constexpr size_t kCodeBytesMax = size_t{1} << 24;
/// The longest row: a code.
inline constexpr size_t kRowBytesMax = 1 + 32 + 4 + kCodeBytesMax;

/// Append one row to `out`. Orders are the caller's business.
void append_account(Bytes& out, const AccountRow& row);
void append_slot(Bytes& out, const StorageChange& slot);
/// Precondition: 1 to `kCodeBytesMax` bytes.
void append_code(Bytes& out, const CodeRow& row);
void append_end(Bytes& out, const StateCounts& counts);

/// Reads rows from pieces of the stream, each of whole rows, and checks all that stands above, for
/// any bytes. Allocates nothing. One thread.
class RowDecoder {
  public:
    enum class Kind { PieceEnd, Account, Slot, Code, End };

    /// The next piece, which must outlive the reading of it. Precondition: the one before is at its
    /// end.
    void feed(BytesView piece);
    /// The next row, which then stands in one of the members below. `Corrupt` with the offset in
    /// the stream and what was expected there; the decoder stays there.
    [[nodiscard]] Result<Kind> next();

    [[nodiscard]] const AccountRow& account() const { return account_; }
    [[nodiscard]] const StorageChange& slot() const { return slot_; }
    [[nodiscard]] const CodeRow& code() const { return code_; }
    /// What was read so far.
    [[nodiscard]] const StateCounts& counts() const { return counts_; }

  private:
    enum class Phase { Begin, Accounts, Codes, End };

    [[nodiscard]] Kind read();
    [[nodiscard]] Kind fail(const char* expected);
    [[nodiscard]] Kind read_account(bool has_code);
    [[nodiscard]] Kind read_slot();
    [[nodiscard]] Kind read_code();
    [[nodiscard]] Kind read_end();
    [[nodiscard]] bool take(size_t size, BytesView& out);
    [[nodiscard]] bool number(size_t bytes_max, Uint256& out);
    [[nodiscard]] bool varint(uint64_t& out);

    BytesView piece_;
    size_t at_ = 0;
    uint64_t offset_ = 0;  ///< of the piece in the stream
    const char* expected_ = nullptr;
    Phase phase_ = Phase::Begin;
    bool has_slot_ = false;  ///< of the account under way
    AccountRow account_;
    StorageChange slot_;
    CodeRow code_;
    StateCounts counts_;
};

}  // namespace switchyard::snapshot
