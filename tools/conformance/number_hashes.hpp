// SPDX-License-Identifier: Apache-2.0
// The block hashes of tests that have no chain.
#pragma once

#include <string>

#include "host/chain/hash.hpp"
#include "host/evm/evm.hpp"

namespace switchyard::conformance {

/// By the tests' convention the hash of block n is Keccak-256 of n in decimal digits.
class NumberHashes final : public evm::BlockHashes {
  public:
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        const std::string text = std::to_string(number);
        return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }
};

}  // namespace switchyard::conformance
