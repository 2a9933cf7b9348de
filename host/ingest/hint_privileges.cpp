// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/hint_privileges.hpp"

#include <algorithm>

namespace switchyard {

size_t HintPrivileges::index_of(uint64_t source) const {
    return mix_bytes(reinterpret_cast<const uint8_t*>(&source), sizeof(source), seed_) % kSources;
}

HintPrivileges::Source& HintPrivileges::place_of(uint64_t source) {
    Source& place = sources_[index_of(source)];
    if (place.id != source) place = {.id = source};
    return place;
}

bool HintPrivileges::use_hint(uint64_t source) {
    Source& place = place_of(source);
    if (place.to_pass_over == 0) return true;
    --place.to_pass_over;
    return false;
}

bool HintPrivileges::trusts(uint64_t source) const {
    const Source& place = sources_[index_of(source)];
    return place.id == source && place.trusted;
}

void HintPrivileges::report(uint64_t source, bool right) {
    Source& place = place_of(source);
    if (!right) {
        place.trusted = false;
        place.right = 0;
        // Hints of the batch that brought this one were used before anybody knew: one penalty.
        if (place.to_pass_over != 0) return;
        place.to_pass_over = place.penalty;
        place.penalty = std::min(2 * place.penalty, kPenaltyMax);
    } else if (++place.right == kRightHintsPerStep) {
        place.penalty = std::max(place.penalty / 2, kPenaltyMin);
        place.trusted = true;
        place.right = 0;
    }
}

}  // namespace switchyard
