// SPDX-License-Identifier: Apache-2.0
// The second dimension of gas, which pays for state that grows (EIP-8037, Amsterdam).
//
// A transaction holds a reservoir of state gas beside the gas of its frames. A charge takes from
// the reservoir first, and what that lacks from the frame's gas. The whole reservoir goes down into
// each call and comes back, so that it is one number for the transaction. What a frame was charged
// is its own account: when the frame fails, nothing grew, and it goes back into the reservoir.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace switchyard::evm {

/// EIP-8037's amounts, in bytes of state.
inline constexpr uint64_t kStateBytesNewAccount = 112;
inline constexpr uint64_t kStateBytesStorageSet = 32;
inline constexpr uint64_t kStateBytesAuthorization = 23;  ///< a delegation designator

/// EIP-8037: what one byte of new state costs in a block of `gas_limit`, so that the state grows by
/// 100 GiB a year when blocks are half full; in steps of five significant bits above an offset. At
/// least 1; below 2^48 for any gas limit.
[[nodiscard]] constexpr uint64_t cost_per_state_byte(uint64_t gas_limit) {
    constexpr uint64_t kBlocksPerYear = 2'628'000;
    constexpr uint64_t kGrowthPerYear = uint64_t{100} << 30;
    constexpr uint64_t kOffset = 9'578;
    constexpr int kSignificantBits = 5;
    const auto growth = static_cast<unsigned __int128>(gas_limit) * kBlocksPerYear;
    const auto raw =
        static_cast<uint64_t>((growth + 2 * kGrowthPerYear - 1) / (2 * kGrowthPerYear));
    const uint64_t shifted = raw + kOffset;
    const int shift = std::max(static_cast<int>(std::bit_width(shifted)) - kSignificantBits, 0);
    const uint64_t quantized = shifted >> shift << shift;
    return quantized > kOffset ? quantized - kOffset : 1;
}
static_assert(cost_per_state_byte(1'000'000) == 1);
static_assert(cost_per_state_byte(120'000'000) == 1'174);

/// What one frame was charged in state gas, with the frames below it that succeeded.
struct StateGasAccount {
    uint64_t used = 0;
    /// Refunds that went into the reservoir while the frame ran, and are void if it fails.
    uint64_t refunded = 0;
    /// Refunds of charges that a frame above made, which gets them if this one succeeds.
    uint64_t pending_refund = 0;

    bool operator==(const StateGasAccount&) const = default;
};

/// The state gas of a running transaction.
struct StateGas {
    uint64_t cost_per_byte = 0;
    uint64_t reservoir = 0;
    uint64_t spilled = 0;  ///< of all charges, what came out of the gas of frames

    /// Charges `amount` to `account`; false, and nothing is charged, if reservoir and `gas`
    /// together do not hold it.
    [[nodiscard]] bool charge(uint64_t amount, StateGasAccount& account, uint64_t& gas) {
        const uint64_t from_gas = amount - std::min(amount, reservoir);
        if (gas < from_gas) return false;
        gas -= from_gas;
        reservoir -= amount - from_gas;
        spilled += from_gas;
        account.used += amount;
        return true;
    }

    /// Takes back a charge whose state is gone again. It may be a frame's above (a slot that a
    /// caller set, cleared by code that runs in the caller's storage): that part stays pending.
    void refund(uint64_t amount, StateGasAccount& account) {
        const uint64_t own = std::min(amount, account.used);
        reservoir += own;
        account.used -= own;
        account.refunded += own;
        account.pending_refund += amount - own;
    }

    /// Adds the account of a frame that succeeded to its caller's.
    void merge(const StateGasAccount& child, StateGasAccount& parent) {
        parent.used += child.used;
        parent.refunded += child.refunded;
        refund(child.pending_refund, parent);
    }

    /// Gives back what a frame that failed was charged, without what it was refunded. A frame that
    /// was charged and refunded for one slot again and again was refunded more than there is.
    void restore(const StateGasAccount& failed) {
        reservoir += failed.used;
        reservoir -= std::min(reservoir, failed.refunded);
    }
};

}  // namespace switchyard::evm
