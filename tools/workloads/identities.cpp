// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/identities.hpp"

#include <algorithm>
#include <thread>

namespace switchyard::workloads {

std::vector<Identity> make_identities(uint64_t seed, uint32_t users) {
    constexpr uint64_t kFirstRole = uint64_t{1} << 32;  // above every user
    constexpr size_t kForOneThread = 1'000;
    std::vector<Identity> out(size_t{users} + kRoleCount);
    const size_t threads = std::clamp<size_t>(out.size() / kForOneThread, 1,
                                              std::max(1U, std::thread::hardware_concurrency()));
    const auto work = [&out, seed, users, threads](size_t thread) {
        const Signer signer;
        for (size_t i = thread; i < out.size(); i += threads)
            out[i] = signer.identity(seed, i < users ? i : kFirstRole + (i - users));
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
