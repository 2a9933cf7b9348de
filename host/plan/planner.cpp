// SPDX-License-Identifier: Apache-2.0
#include "host/plan/planner.hpp"

namespace switchyard {
namespace {

/// What a transaction certainly costs; what execution adds is bounded by the gas limit, which
/// senders choose freely and mostly too high. Half the way between the two weighs a plain payment
/// (21,000) against a call well enough for balancing lanes.
uint64_t estimate_gas(const Transaction& transaction) {
    constexpr uint64_t kIntrinsic = 21'000;
    const uint64_t certain = kIntrinsic + 16 * transaction.data.size();
    if (transaction.data.empty() && transaction.to) return certain;
    return transaction.gas_limit > certain ? certain + (transaction.gas_limit - certain) / 2
                                           : certain;
}

}  // namespace

void Planner::predict_one(const SignedTransaction& signed_transaction, AccessBatch& batch) const {
    const Transaction& transaction = signed_transaction.transaction;
    batch.add(keys_.account_key(signed_transaction.sender),
              AccessKind::Write);  // nonce and balance
    if (transaction.to) {
        const bool plain_payment = transaction.data.empty() && !transaction.value.is_zero();
        batch.add(keys_.account_key(*transaction.to),
                  plain_payment ? AccessKind::Add : AccessKind::Read);
    }
    for (const AccessListEntry& entry : transaction.access_list)
        for (const Bytes32& slot : entry.storage_keys)
            batch.add(keys_.storage_key(entry.address, slot), AccessKind::Write);
    for (const Authorization& authorization : transaction.authorization_list)
        if (authorization.authority)
            batch.add(keys_.account_key(*authorization.authority), AccessKind::Write);
}

void Planner::predict(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                      AccessBatch& batch) const {
    batch.clear();
    const uint64_t beneficiary_key = keys_.account_key(beneficiary);
    for (const SignedTransaction& transaction : transactions) {
        batch.begin_transaction(estimate_gas(transaction.transaction));
        predict_one(transaction, batch);
        batch.add(beneficiary_key, AccessKind::Add);
    }
}

}  // namespace switchyard
