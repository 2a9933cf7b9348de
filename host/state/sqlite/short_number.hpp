// SPDX-License-Identifier: Apache-2.0
// Numbers as the tables hold them.
#pragma once

#include "host/core/uint256.hpp"

namespace switchyard::sqlite {

/// Big-endian without leading zeros.
class ShortNumber {
  public:
    explicit ShortNumber(const Uint256& value) : bytes_(to_bytes32(value)) {
        while (first_ < 32 && bytes_[first_] == 0)
            ++first_;
    }
    [[nodiscard]] BytesView view() const { return BytesView(bytes_.bytes).subspan(first_); }

  private:
    Bytes32 bytes_;
    size_t first_ = 0;
};

}  // namespace switchyard::sqlite
