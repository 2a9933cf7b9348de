// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress_counters.hpp"

#include <span>

namespace switchyard::dataplane {
namespace {

FrameTally sum(std::span<const FrameTally> tallies) {
    FrameTally out;
    for (const FrameTally& tally : tallies) {
        out.frames += tally.frames;
        out.bytes += tally.bytes;
    }
    return out;
}

}  // namespace

std::string_view to_string(DropReason reason) {
    switch (reason) {
        case DropReason::RingFull:
            return "ring_full";
        case DropReason::NoFrameSlot:
            return "no_frame_slot";
        case DropReason::DuplicateSequence:
            return "duplicate_sequence";
        case DropReason::StaleSequence:
            return "stale_sequence";
        case DropReason::FragmentDuplicate:
            return "fragment_duplicate";
        case DropReason::FragmentMismatch:
            return "fragment_mismatch";
        case DropReason::FragmentLimit:
            return "fragment_limit";
        case DropReason::NoReassemblySlot:
            return "no_reassembly_slot";
    }
    return "unknown";
}

FrameTally IngressCounters::all_errors() const {
    return sum(errors);
}

FrameTally IngressCounters::all_drops() const {
    return sum(drops);
}

}  // namespace switchyard::dataplane
