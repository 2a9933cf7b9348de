// SPDX-License-Identifier: Apache-2.0
// The conflict detector kernel: ports and contract. The rules of the schedule are in README.md, the
// wire format in firmware/abi/conflict_detector.h.
#pragma once

#include "firmware/abi/conflict_detector.h"
#include "hls/conflict_detector/state.hpp"

namespace switchyard {
namespace hls {

/// Handles one part of a block: reads a BatchHeader and its descriptors from `input`, which holds
/// `input_words` words, and writes a ResultHeader and its records to `output`, which has room for
/// `output_words`. `state` carries keys, lanes and places from one part of a block to the next; it
/// must have been zeroed once, its memories need not.
///
/// Whatever the input holds, it reads nothing beyond `input_words`, writes nothing beyond
/// `output_words` and ends after at most a fixed number of steps per input word; bad input is
/// answered with a Status. Without room for a single word it answers nothing. For compute units in
/// host memory; one call at a time for each state.
void detect_conflicts(DetectorState& state, const Word* input, Word* output, uint32_t input_words,
                      uint32_t output_words);

}  // namespace hls
}  // namespace switchyard

/// The kernel's top function: the same on the one state of the compute unit, which lives from one
/// start to the next. Not for host code: it is one device per process there.
extern "C" void conflict_detector(const switchyard::hls::Word* input, switchyard::hls::Word* output,
                                  uint32_t input_words, uint32_t output_words);
