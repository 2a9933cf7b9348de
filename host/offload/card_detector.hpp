// SPDX-License-Identifier: Apache-2.0
// The conflict detector over a Card: packs batches, keeps runs in flight, checks every answer.
#pragma once

#include <memory>
#include <string_view>

#include "host/offload/card.hpp"
#include "host/offload/conflict_detector.hpp"

namespace switchyard::offload {

/// Takes over `card`. `name` must outlive the detector (a literal).
///
/// A batch travels in as many parts as its size needs; parts of one block follow one another on the
/// card, and batches are served in the order of their submission. The first failure of the device
/// (a deadline that passed, an error state, an answer that does not fit the question) takes it out:
/// that ticket gets the error, all others outstanding get Unavailable, and so does every later
/// submit, because nobody knows what a card in that state still writes.
[[nodiscard]] std::unique_ptr<ConflictDetector> make_card_detector(std::string_view name,
                                                                   DetectorKind kind,
                                                                   std::unique_ptr<Card> card,
                                                                   uint64_t hash_seed);

}  // namespace switchyard::offload
