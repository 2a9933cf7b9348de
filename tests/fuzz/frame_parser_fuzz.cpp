// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the frame parser and to reassembly: any bytes, as they are and with their
// checksums made right, so that the checks behind CRC32C are reached.
#include <cstdint>
#include <cstdlib>

#include "dataplane/protocol/parse.hpp"
#include "dataplane/protocol/reassembly.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

/// Whatever was accepted lies inside the frame and within the protocol's bounds.
void check(BytesView frame, const ParsedFrame& parsed, Reassembler& reassembler) {
    const auto require = [](bool holds) {
        if (!holds) std::abort();
    };
    const auto inside = [&](BytesView part) {
        return !part.empty() && part.data() >= frame.data() &&
               part.data() + part.size() <= frame.data() + frame.size();
    };
    if (parsed.kind == FrameKind::Transactions) {
        require(parsed.count >= 1 && parsed.count <= kTransactionsPerFrameMax);
        for (size_t i = 0; i < parsed.count; ++i)
            require(inside(parsed.record(i)) &&
                    (parsed.sender_hint(i).empty() || inside(parsed.sender_hint(i))));
        return;
    }
    require(inside(parsed.piece));
    const FragmentResult result = reassembler.add(1, parsed, 0);
    if (result.outcome != FragmentOutcome::Completed) return;
    require(result.transaction.size() == parsed.fragment_total);
    reassembler.release(result.slot);
}

}  // namespace
}  // namespace switchyard::dataplane

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::dataplane;
    Reassembler reassembler({.slots = 2, .slots_per_session = 2});
    ParsedFrame parsed;
    const BytesView input{data, size};
    if (parse_frame(input, {}, parsed) == FrameError::None) check(input, parsed, reassembler);
    if (size < kLinkHeadersBytes + kDatagramHeaderBytes) return 0;
    Bytes repaired = to_bytes(input);
    test::refresh_checksums(repaired);
    if (parse_frame(repaired, {}, parsed) == FrameError::None) check(repaired, parsed, reassembler);
    return 0;
}
