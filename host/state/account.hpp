// SPDX-License-Identifier: Apache-2.0
// Accounts and contract code as execution sees them.
#pragma once

#include <memory>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// Keccak-256 of no bytes.
inline constexpr Bytes32 kEmptyCodeHash{{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
                                         0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
                                         0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
                                         0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

/// An account without its storage (Yellow Paper, section 4.1).
struct Account {
    uint64_t nonce = 0;
    Uint256 balance;
    Bytes32 code_hash = kEmptyCodeHash;

    bool operator==(const Account&) const = default;
    /// EIP-161: no nonce, no balance, no code.
    [[nodiscard]] bool is_empty() const {
        return nonce == 0 && balance.is_zero() && code_hash == kEmptyCodeHash;
    }
    [[nodiscard]] bool has_code() const { return code_hash != kEmptyCodeHash; }
};

/// Immutable contract code with its jump destinations. Shared by every execution that runs it; safe
/// from any thread.
class Code {
  public:
    /// Analyses `bytes` once: a JUMPDEST byte that is not inside PUSH data is a destination (Yellow
    /// Paper, section 9.4.3).
    explicit Code(Bytes bytes);

    [[nodiscard]] BytesView bytes() const { return {padded_.data(), size_}; }
    /// The code followed by at least 33 zero bytes (STOP), so that an interpreter may read PUSH
    /// data past the end.
    [[nodiscard]] const uint8_t* padded() const { return padded_.data(); }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] bool is_jump_destination(uint64_t offset) const {
        return offset < size_ && (jump_destinations_[offset / 64] >> (offset % 64) & 1) != 0;
    }

  private:
    Bytes padded_;
    size_t size_;
    std::vector<uint64_t> jump_destinations_;
};
using CodePointer = std::shared_ptr<const Code>;

/// The code of accounts without code; one object for the process.
[[nodiscard]] CodePointer empty_code();

}  // namespace switchyard
