// SPDX-License-Identifier: Apache-2.0
#include "host/plan/predicted_reads.hpp"

namespace switchyard {

void PredictedReads::add(const Transaction& transaction) {
    if (transaction.to) accounts.push_back(*transaction.to);
    for (const AccessListEntry& entry : transaction.access_list) {
        accounts.push_back(entry.address);
        for (const Bytes32& slot : entry.storage_keys)
            slots.push_back({entry.address, to_uint256(slot)});
    }
    for (const Authorization& authorization : transaction.authorization_list)
        if (authorization.authority) accounts.push_back(*authorization.authority);
}

}  // namespace switchyard
