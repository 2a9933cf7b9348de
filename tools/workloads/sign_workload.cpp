// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/sign_workload.hpp"

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "host/chain/hash.hpp"
#include "host/core/assert.hpp"
#include "tools/workloads/identities.hpp"

namespace switchyard::workloads {

std::vector<Bytes> sign_transactions(std::span<SignedTransaction> transactions,
                                     const WorkloadOptions& options) {
    constexpr size_t kForOneThread = 200;
    std::unordered_map<Address, Identity> known;
    for (const Identity& identity : make_identities(options.seed, options.users))
        known.emplace(identity.address, identity);
    std::vector<Bytes> out(transactions.size());
    const size_t threads = std::clamp<size_t>(transactions.size() / kForOneThread, 1,
                                              std::max(1U, std::thread::hardware_concurrency()));
    const auto work = [&](size_t thread) {
        const Signer signer;
        for (size_t i = thread; i < transactions.size(); i += threads) {
            SignedTransaction& transaction = transactions[i];
            const auto identity = known.find(transaction.sender);
            SWITCHYARD_ASSERT(identity != known.end());
            out[i] = signer.sign(transaction.transaction, identity->second);
            transaction.hash = keccak256(out[i]);
            transaction.encoded_bytes = static_cast<uint32_t>(out[i].size());
        }
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < threads; ++thread)
        others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others)
        other.join();
    return out;
}

}  // namespace switchyard::workloads
