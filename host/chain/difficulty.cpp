// SPDX-License-Identifier: Apache-2.0
#include "host/chain/difficulty.hpp"

#include <algorithm>

namespace switchyard {
namespace {

constexpr uint64_t kBoundDivisor = 2048;
constexpr uint64_t kBombPeriod = 100'000;

/// How many steps of parent difficulty / 2048 the difficulty moves; negative: down.
int64_t steps(Revision revision, const DifficultyParent& parent, uint64_t timestamp) {
    const uint64_t elapsed = timestamp - parent.timestamp;
    if (revision < Revision::Homestead) return elapsed < 13 ? 1 : -1;
    // EIP-2 and EIP-100: max(base - elapsed / span, -99).
    const bool byzantium = revision >= Revision::Byzantium;
    const int64_t base = byzantium && parent.has_ommers ? 2 : 1;
    const uint64_t spans = elapsed / (byzantium ? 9 : 10);
    return base - static_cast<int64_t>(std::min<uint64_t>(spans, static_cast<uint64_t>(base + 99)));
}

}  // namespace

Uint256 next_difficulty(Revision revision, uint64_t bomb_delay, const DifficultyParent& parent,
                        uint64_t number, uint64_t timestamp) {
    if (revision >= Revision::Paris) return {};
    const Uint256 step = parent.difficulty / Uint256{kBoundDivisor};
    const int64_t count = steps(revision, parent, timestamp);
    Uint256 difficulty = parent.difficulty;
    // |count| is at most 99 and step at most difficulty / 2048, so that this cannot fall below 0.
    if (count >= 0)
        difficulty += step * Uint256{static_cast<uint64_t>(count)};
    else
        difficulty -= step * Uint256{static_cast<uint64_t>(-count)};
    difficulty = std::max(difficulty, Uint256{kMinimumDifficulty});

    // EIP-649: the bomb counts from the parent's number less (delay - 1).
    const uint64_t fake_number = number > bomb_delay ? number - bomb_delay : 0;
    const uint64_t period = fake_number / kBombPeriod;
    if (period >= 2) difficulty += Uint256{1} << (period - 2);
    return difficulty;
}

}  // namespace switchyard
