// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/account_workload.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "host/core/assert.hpp"
#include "simd/keccak256.hpp"

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
    out.address = account_address(n);
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

Address account_address(uint64_t number) {
    return to_address(Uint256{mix(number), mix(number + 1), number, 0});
}

StateChanges genesis_part(uint64_t begin, uint64_t end, uint64_t seed) {
    std::mt19937_64 random(seed + begin);
    StateChanges out;
    for (uint64_t n = begin; n < std::min(end, begin + kGenesisStep); ++n)
        out.accounts.push_back(account_change(n, random));
    sort_by_address(out);
    return out;
}

std::vector<uint32_t> numbers_in_key_order(uint64_t accounts) {
    constexpr size_t kAtOnce = 4096;
    struct Place {
        uint64_t key;
        uint32_t number;
    };
    SWITCHYARD_ASSERT(accounts <= UINT32_MAX);
    std::vector<Place> places(accounts);
    std::array<Address, kAtOnce> addresses;
    std::array<std::span<const uint8_t>, kAtOnce> messages;
    std::vector<uint8_t> digests(kAtOnce * simd::kKeccak256Size);
    for (uint64_t begin = 0; begin < accounts; begin += kAtOnce) {
        const size_t count = std::min<uint64_t>(kAtOnce, accounts - begin);
        for (size_t i = 0; i < count; ++i) {
            addresses[i] = account_address(begin + i);
            messages[i] = addresses[i];
        }
        simd::keccak256_batch(std::span(messages).first(count), digests);
        for (size_t i = 0; i < count; ++i) {
            uint64_t key = 0;
            std::memcpy(&key, digests.data() + i * simd::kKeccak256Size, sizeof(key));
            places[begin + i] = {__builtin_bswap64(key), static_cast<uint32_t>(begin + i)};
        }
    }
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.key < b.key; });
    std::vector<uint32_t> out(accounts);
    for (size_t i = 0; i < places.size(); ++i)
        out[i] = places[i].number;
    return out;
}

StateChanges genesis_of(std::span<const uint32_t> numbers, uint64_t seed) {
    std::mt19937_64 random(seed + numbers.front());
    StateChanges out;
    for (const uint32_t n : numbers)
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
