// SPDX-License-Identifier: Apache-2.0
// SLOAD and SSTORE of every era, and transient storage (EIP-1153).
#pragma once

#include "host/evm/context.hpp"

namespace switchyard::evm::instructions {

template <Revision R>
[[gnu::noinline]] Outcome storage_load(TransactionScope& scope, Frame& frame, Uint256* top,
                                       uint64_t gas) {
    const Address& account = frame.message.recipient;
    if constexpr (R >= Revision::Berlin) {
        if (!scope.state->warm_storage(account, top[0])) {  // EIP-2929
            constexpr uint64_t kSurcharge = gas::kColdSlot - gas::kWarm;
            if (gas < kSurcharge) return fail(frame, Status::OutOfGas);
            gas -= kSurcharge;
        }
    }
    top[0] = scope.state->storage(account, top[0]);
    return {gas, Signal::Continue};
}

/// What an SSTORE costs, and how it moves the refund counter.
struct StorePrice {
    uint64_t gas = 0;
    int64_t refund = 0;
    // EIP-8037
    bool grows_state = false;     ///< pays for a new slot
    bool restores_state = false;  ///< takes back what an earlier SSTORE of the transaction paid
};

/// Whether SSTORE is priced by the net effect on the slot: EIP-1283 in Constantinople, withdrawn in
/// Petersburg, back with EIP-2200 in Istanbul.
[[nodiscard]] constexpr bool meters_net_storage(Revision revision) {
    return revision == Revision::Constantinople || revision >= Revision::Istanbul;
}

/// Yellow Paper, appendix H.2, before net metering.
[[nodiscard]] constexpr StorePrice gross_store_price(const Uint256& current, const Uint256& value) {
    if (current.is_zero() && !value.is_zero()) return {gas::kStorageSet, 0};
    const bool clears = !current.is_zero() && value.is_zero();
    return {gas::kStorageReset,
            clears ? static_cast<int64_t>(gas::storage_clear_refund(Revision::Frontier)) : 0};
}

/// EIP-1283, 2200, 2929 and 3529, without the surcharge of a cold slot. `original` is the value
/// before the transaction.
template <Revision R>
[[nodiscard]] constexpr StorePrice net_store_price(const Uint256& original, const Uint256& current,
                                                   const Uint256& value) {
    constexpr uint64_t kNoChange = gas::storage_load(R);
    // EIP-2929 takes the price of the cold access, which is paid apart, out of the reset.
    constexpr uint64_t kReset =
        R >= Revision::Berlin ? gas::kStorageReset - gas::kColdSlot : gas::kStorageReset;
    constexpr auto kClearRefund = static_cast<int64_t>(gas::storage_clear_refund(R));

    if (current == value) return {kNoChange, 0};
    // EIP-8037: a new slot costs what a changed one does, and state gas.
    constexpr uint64_t kSet = R >= Revision::Amsterdam ? kReset : gas::kStorageSet;
    if (original == current) {
        if (original.is_zero()) return {kSet, 0, R >= Revision::Amsterdam, false};
        return {kReset, value.is_zero() ? kClearRefund : 0};
    }
    StorePrice price{kNoChange, 0};
    if (!original.is_zero()) {
        if (current.is_zero()) price.refund -= kClearRefund;
        if (value.is_zero()) price.refund += kClearRefund;
    }
    if (original == value) {
        price.refund += static_cast<int64_t>((original.is_zero() ? kSet : kReset) - kNoChange);
        price.restores_state = R >= Revision::Amsterdam && original.is_zero();
    }
    return price;
}

template <Revision R>
[[gnu::noinline]] Outcome storage_store(TransactionScope& scope, Frame& frame, Uint256* top,
                                        uint64_t gas) {
    if (frame.message.is_static) return fail(frame, Status::StaticModeViolation);
    if constexpr (R >= Revision::Istanbul) {
        if (gas <= gas::kStorageSentry) return fail(frame, Status::OutOfGas);
    }
    TransactionState& state = *scope.state;
    const Address& account = frame.message.recipient;
    const Uint256& key = top[0];
    const Uint256& value = top[-1];

    uint64_t cold = 0;
    if constexpr (R >= Revision::Berlin) {
        if (!state.warm_storage(account, key)) cold = gas::kColdSlot;
    }
    const Uint256 current = state.storage(account, key);
    StorePrice price;
    if constexpr (meters_net_storage(R))
        price = net_store_price<R>(state.original_storage(account, key), current, value);
    else
        price = gross_store_price(current, value);
    if constexpr (R >= Revision::Amsterdam) {
        const uint64_t slot = kStateBytesStorageSet * scope.state_gas.cost_per_byte;
        if (price.restores_state) scope.state_gas.refund(slot, frame.state_gas);
        if (gas < cold + price.gas) return fail(frame, Status::OutOfGas);
        gas -= cold + price.gas;
        if (price.grows_state && !scope.state_gas.charge(slot, frame.state_gas, gas))
            return fail(frame, Status::OutOfGas);
    } else {
        if (gas < cold + price.gas) return fail(frame, Status::OutOfGas);
        gas -= cold + price.gas;
    }
    if (price.refund != 0) state.add_refund(price.refund);
    if (current != value) state.set_storage(account, key, value);
    return {gas, Signal::Continue};
}

[[gnu::noinline]] inline void transient_load(TransactionScope& scope, Frame& frame, Uint256* top) {
    top[0] = scope.state->transient_storage(frame.message.recipient, top[0]);
}

[[gnu::noinline]] inline Outcome transient_store(TransactionScope& scope, Frame& frame,
                                                 Uint256* top, uint64_t gas) {
    if (frame.message.is_static) return fail(frame, Status::StaticModeViolation);
    scope.state->set_transient_storage(frame.message.recipient, top[0], top[-1]);
    return {gas, Signal::Continue};
}

}  // namespace switchyard::evm::instructions
