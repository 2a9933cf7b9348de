// SPDX-License-Identifier: Apache-2.0
// An unsigned integer of 512 bits for fee arithmetic whose intermediate products pass 256 bits.
#pragma once

#include <array>
#include <cstdint>

#include "host/core/assert.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// Eight 64-bit limbs, least significant first: a 256-bit value times four 64-bit factors fits.
class WideInteger {
  public:
    explicit WideInteger(const Uint256& value) {
        for (size_t i = 0; i < value.limb.size(); ++i)
            limb_[i] = value.limb[i];
    }

    [[nodiscard]] bool is_zero() const {
        for (const uint64_t word : limb_)
            if (word != 0) return false;
        return true;
    }

    /// Precondition: the product fits 512 bits.
    void multiply(uint64_t factor) {
        uint64_t carry = 0;
        for (uint64_t& word : limb_) {
            const unsigned __int128 t = static_cast<unsigned __int128>(word) * factor + carry;
            word = static_cast<uint64_t>(t);
            carry = static_cast<uint64_t>(t >> 64);
        }
        SWITCHYARD_ASSERT(carry == 0);
    }

    /// Rounds down. Precondition: `divisor` is not 0.
    void divide(uint64_t divisor) {
        SWITCHYARD_ASSERT(divisor != 0);
        unsigned __int128 remainder = 0;
        for (size_t i = limb_.size(); i-- > 0;) {
            remainder = remainder << 64 | limb_[i];
            limb_[i] = static_cast<uint64_t>(remainder / divisor);
            remainder %= divisor;
        }
    }

    /// Precondition: the sum fits 512 bits.
    void add(const WideInteger& other) {
        unsigned __int128 sum = 0;
        for (size_t i = 0; i < limb_.size(); ++i) {
            sum += static_cast<unsigned __int128>(limb_[i]) + other.limb_[i];
            limb_[i] = static_cast<uint64_t>(sum);
            sum >>= 64;
        }
        SWITCHYARD_ASSERT(sum == 0);
    }

    [[nodiscard]] bool operator<(const WideInteger& other) const {
        for (size_t i = limb_.size(); i-- > 0;)
            if (limb_[i] != other.limb_[i]) return limb_[i] < other.limb_[i];
        return false;
    }

    /// The value if it fits 256 bits, otherwise 2^256 - 1.
    [[nodiscard]] Uint256 saturated() const {
        if ((limb_[4] | limb_[5] | limb_[6] | limb_[7]) != 0) return ~Uint256{};
        return {limb_[0], limb_[1], limb_[2], limb_[3]};
    }

  private:
    std::array<uint64_t, 8> limb_{};
};

}  // namespace switchyard
