// SPDX-License-Identifier: Apache-2.0
// Reads the calls of a workload's traffic back.
#pragma once

#include <string_view>

#include "host/chain/transaction.hpp"
#include "host/core/uint256.hpp"
#include "tools/workloads/contracts.hpp"

namespace switchyard::test {

class CallReader {
  public:
    explicit CallReader(const Transaction& transaction) : data_(transaction.data) {}

    [[nodiscard]] bool is(std::string_view contract, std::string_view signature) const {
        if (data_.size() < 4) return false;
        uint32_t found = 0;
        for (size_t i = 0; i < 4; ++i)
            found = found << 8 | data_[i];
        return found == workloads::selector(contract, signature);
    }
    /// Argument number `index`; of a dynamic one, its offset.
    [[nodiscard]] Uint256 word(size_t index) const {
        return load_big_endian(data_.data() + 4 + 32 * index);
    }

  private:
    BytesView data_;
};

}  // namespace switchyard::test
