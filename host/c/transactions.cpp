// SPDX-License-Identifier: Apache-2.0
// Transactions into the pool.
#include <cstddef>

#include "host/c/boundary.hpp"

using namespace switchyard;
using c::Outcome;

namespace {

constexpr size_t kSubmitMax = size_t{1} << 20;
constexpr size_t kPoolFirst = offsetof(switchyard_pool_info, senders) + sizeof(uint64_t);

}  // namespace

extern "C" {

switchyard_status switchyard_submit(switchyard_chain* chain, const switchyard_bytes* transactions,
                                    size_t count, switchyard_verdict* verdicts,
                                    switchyard_word* hashes) {
    return c::guarded(__func__, [&]() -> Outcome {
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        if (count == 0) return {};
        if (auto refused = c::refuse_null({{"transactions", transactions}, {"verdicts", verdicts}}))
            return *refused;
        if (count > kSubmitMax)
            return {SWITCHYARD_LIMIT_EXCEEDED,
                    "at most " + std::to_string(kSubmitMax) + " transactions at once"};
        std::vector<BytesView> raw(count);
        for (size_t i = 0; i < count; ++i) {
            if (transactions[i].data == nullptr && transactions[i].length != 0)
                return {SWITCHYARD_INVALID_INPUT,
                        "transactions[" + std::to_string(i) + "].data is NULL"};
            raw[i] = {transactions[i].data, transactions[i].length};
        }
        std::vector<Verdict> decided(count);
        std::vector<Bytes32> known(hashes != nullptr ? count : 0);
        lease->submit(raw, decided, known);
        for (size_t i = 0; i < count; ++i)
            verdicts[i] = static_cast<switchyard_verdict>(decided[i]);
        for (size_t i = 0; i < known.size(); ++i)
            hashes[i] = c::word_of(known[i]);
        return {};
    });
}

switchyard_status switchyard_pool(switchyard_chain* chain, switchyard_pool_info* info) {
    return c::guarded(__func__, [&]() -> Outcome {
        if (auto refused = c::refuse_null({{"info", info}})) return *refused;
        if (auto refused = c::check_sized(info, kPoolFirst)) return *refused;
        const c::ChainLease lease(chain);
        if (!lease) return c::no_such_handle("chain");
        const PoolStatus status = lease->pool().status();
        switchyard_pool_info out{};
        out.executable = status.executable;
        out.queued = status.queued;
        out.bytes = status.bytes;
        out.senders = status.senders;
        c::write_sized(&out, sizeof out, info);
        return {};
    });
}

}  // extern "C"
