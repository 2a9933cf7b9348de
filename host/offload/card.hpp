// SPDX-License-Identifier: Apache-2.0
// One opened device with the detector kernel on it, as seen by the code that fills its buffers.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "host/core/result.hpp"

namespace switchyard::offload {

/// How many runs a card takes at once and how large their buffers are, in 64-byte words.
struct CardShape {
    uint32_t slots = 4;
    uint32_t input_words = 16384;   ///< at least kCardInputWordsMin
    uint32_t output_words = 16384;  ///< at least kCardOutputWordsMin
};

/// A header and the widest transaction, or the record of one transaction in 64 lanes.
inline constexpr uint32_t kCardInputWordsMin = 1 + abi::kDescriptorsPerTransaction;
inline constexpr uint32_t kCardOutputWordsMin = 1 + abi::record_words(abi::kLanes);

/// A slot is a pair of host buffers and one run on them. Life of a slot: fill `input`, `start`,
/// `finish`, read `output`; its buffers belong to the card between the two calls. Runs execute in
/// the order of their starts. After any error but Timeout the card is in an unknown state and must
/// be closed. May be closed with runs under way. Not thread-safe.
class Card {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    Card() = default;
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;
    virtual ~Card() = default;

    [[nodiscard]] virtual std::string description() const = 0;
    [[nodiscard]] virtual CardShape shape() const = 0;
    [[nodiscard]] virtual std::span<hls::Word> input(uint32_t slot) = 0;
    [[nodiscard]] virtual std::span<const hls::Word> output(uint32_t slot) = 0;

    /// Copies the first `input_words` words of the slot's input to the card and starts the kernel,
    /// which may write up to `output_words` words. Errors: Unavailable.
    [[nodiscard]] virtual Result<void> start(uint32_t slot, uint32_t input_words,
                                             uint32_t output_words) = 0;

    /// Whether the slot's run has ended, well or not, so that `finish` would not wait. Never
    /// blocks.
    [[nodiscard]] virtual bool ended(uint32_t slot) = 0;

    /// Waits for the run to end and copies its output back. Errors: Timeout when `deadline` passes
    /// first (the run goes on, and may be waited for again), Unavailable when the device says that
    /// the run failed.
    [[nodiscard]] virtual Result<void> finish(uint32_t slot, Deadline deadline) = 0;
};

}  // namespace switchyard::offload
