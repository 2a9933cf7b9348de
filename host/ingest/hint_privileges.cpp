// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/hint_privileges.hpp"

#include <algorithm>

namespace switchyard {

HintPrivileges::Source& HintPrivileges::place_of(uint64_t source) {
    const uint64_t hash =
        mix_bytes(reinterpret_cast<const uint8_t*>(&source), sizeof(source), seed_);
    Source& place = sources_[hash % kSources];
    if (place.id != source) place = {.id = source};
    return place;
}

bool HintPrivileges::use_hint(uint64_t source) {
    Source& place = place_of(source);
    if (place.to_pass_over == 0) return true;
    --place.to_pass_over;
    return false;
}

void HintPrivileges::report(uint64_t source, bool right) {
    Source& place = place_of(source);
    if (!right) {
        // Hints of the batch that brought this one were used before anybody knew: one penalty.
        if (place.to_pass_over != 0) return;
        place.to_pass_over = place.penalty;
        place.penalty = std::min(2 * place.penalty, kPenaltyMax);
        place.right = 0;
    } else if (++place.right == kRightHintsPerStep) {
        place.penalty = std::max(place.penalty / 2, kPenaltyMin);
        place.right = 0;
    }
}

}  // namespace switchyard
