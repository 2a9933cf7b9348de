// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the frame parser and to the receiver behind it: any bytes, as they are and
// with their checksums made right, so that the checks behind CRC32C are reached.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "dataplane/receive/receiver.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// Whatever was accepted lies inside the frame and within the protocol's bounds.
void check(BytesView frame, const test::ParsedFrame& parsed) {
    const auto inside = [&](BytesView part) {
        return !part.empty() && part.data() >= frame.data() &&
               part.data() + part.size() <= frame.data() + frame.size();
    };
    const ParsedBody& body = parsed.body;
    switch (parsed.header.kind) {
        case FrameKind::Transactions:
            require(body.count >= 1 && body.count <= kTransactionsPerFrameMax);
            for (size_t i = 0; i < body.count; ++i) {
                require(inside(body.record(i)) &&
                        (body.sender_hint(i).empty() || inside(body.sender_hint(i))));
                require(i == 0 || body.number(i) > body.number(i - 1));
            }
            break;
        case FrameKind::Fragment:
            require(inside(body.fragment.bytes) && body.fragment.size != 0 &&
                    body.fragment.total <= kTransactionBytesMax &&
                    body.fragment.offset + body.fragment.bytes.size() <= body.fragment.total);
            break;
        case FrameKind::Parity:
            require(inside(body.shard) && body.group_data >= 1 &&
                    body.group_data <= kGroupDataMax && body.group_parity <= kGroupParityMax);
            break;
        case FrameKind::Report:
            require(body.states.empty() || inside(body.states));
            break;
        default:
            break;
    }
}

/// The bytes as a datagram of a trusted wire, then of one with strangers.
void receive(BytesView payload) {
    for (const SourcePolicy sources : {SourcePolicy::Trust, SourcePolicy::Validate}) {
        SpscRing<RawTransaction> ring(512);
        const auto counters = std::make_unique<ReceiveCounters>();
        ReceiverConfig config;
        config.sources = sources;
        config.sessions = 8;
        config.window = 256;
        config.meter.sources = 8;
        config.groups = {.groups = 2, .frames_held = 8, .rebuilt_slots = 2};
        config.reassembly = {.slots = 2, .slots_per_session = 2};
        Receiver receiver(config, {{1, 2}}, ring, *counters);
        const Handled handled = receiver.handle(
            {.source = {1, 2}, .payload = payload, .frame = 0, .frame_bytes = payload.size()}, 5);
        require(!handled.blocked);
        receiver.tick(6);
        size_t replied = 0;
        for (const Reply& reply : receiver.replies())
            replied += reply.size;
        require(replied <= payload.size());
        std::array<RawTransaction, 512> out;
        const size_t count = ring.pop(out);
        for (size_t i = 0; i < count; ++i)
            (void)receiver.settle({.owner = out[i].owner,
                                   .source_id = out[i].source_id,
                                   .sequence = out[i].sequence,
                                   .verdict = Verdict::Accepted},
                                  7);
        receiver.end_input();
        require(receiver.in_flight() == 0 && receiver.own_buffers_in_use() == 0);
    }
}

}  // namespace
}  // namespace switchyard::dataplane

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::dataplane;
    const auto parsed = std::make_unique<test::ParsedFrame>();
    const BytesView input{data, size};
    if (test::parse_frame(input, {}, *parsed) == FrameError::None) check(input, *parsed);
    if (size < kLinkHeadersBytes + kDatagramHeaderBytes || size > kFrameBytesMax) return 0;
    Bytes repaired = to_bytes(input);
    test::refresh_checksums(repaired);
    if (test::parse_frame(repaired, {}, *parsed) == FrameError::None) {
        check(repaired, *parsed);
        receive(parsed->link.payload);
    }
    receive(BytesView{repaired}.subspan(test::datagram_offset(repaired)));
    return 0;
}
