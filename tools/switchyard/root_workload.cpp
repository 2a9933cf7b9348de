// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/root_workload.hpp"

#include <algorithm>
#include <random>

namespace switchyard::tool {
namespace {

uint64_t mix(uint64_t x) {  // the finalizer of SplitMix64 (Steele, Lea, Flood, 2014)
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

AccountChange account_change(uint64_t n, std::mt19937_64& random) {
    AccountChange out;
    out.address = to_address(Uint256{mix(n), mix(n + 1), n, 0});
    Account account;
    // A nonce near the account's usual one, a balance of 18 to 1,180 ether.
    account.nonce = 1 + mix(n) % 200 + random() % 8;
    account.balance = Uint256{random(), 1 + random() % 63, 0, 0};
    out.account = account;
    return out;
}

void sort_by_address(StateChanges& changes) {
    std::sort(changes.accounts.begin(), changes.accounts.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
}

}  // namespace

StateChanges genesis_part(uint64_t begin, uint64_t end, uint64_t seed) {
    std::mt19937_64 random(seed + begin);
    StateChanges out;
    for (uint64_t n = begin; n < std::min(end, begin + kGenesisStep); ++n)
        out.accounts.push_back(account_change(n, random));
    sort_by_address(out);
    return out;
}

StateChanges block_changes(uint64_t accounts, uint64_t block, uint64_t seed) {
    std::mt19937_64 random(mix(seed) + block);
    std::vector<uint64_t> numbers;
    const size_t wanted = std::min<uint64_t>(kChangesInBlock, accounts / 2);
    for (size_t i = 0; i < wanted; ++i)
        numbers.push_back(i % kNewOneIn == 0 ? accounts + block * kChangesInBlock + i
                                             : random() % accounts);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    StateChanges out;
    for (const uint64_t n : numbers)
        out.accounts.push_back(account_change(n, random));
    sort_by_address(out);
    return out;
}

}  // namespace switchyard::tool
