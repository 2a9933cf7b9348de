// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the journal: any bytes as the payload of a block record, and as the records
// of a segment, as they are and with their checks made right.
#include <algorithm>
#include <cstdint>

#include "host/core/checksum/crc32c.hpp"
#include "host/state/journal/block_record.hpp"
#include "host/state/journal/record_chain.hpp"
#include "tests/fuzz/require.hpp"

namespace switchyard::fuzz {
namespace {

constexpr journal::StoreId kStore{{1, 2, 3}};

void check_payload(BytesView input) {
    journal::BlockRecord record;
    const auto decoded = journal::decode_block_record(input, record);
    if (!decoded) {
        require(decoded.error().code == ErrorCode::Corrupt, "an error of the wrong kind");
        return;
    }
    Bytes again;
    require(journal::encode_block_record(record.block, record.changes, again).has_value(),
            "what was decoded does not encode");
    require(equal(again, input), "encode(decode(x)) is not x");
}

/// Reading comes to an end inside the segment, with records that continue one another. Gives how
/// many there are.
uint64_t check_segment(BytesView segment) {
    const uint32_t seed = journal::record_seed(kStore);
    journal::SegmentReader reader(segment, seed, {});
    uint64_t records = 0;
    auto step = reader.next();
    for (; step == journal::SegmentReader::Step::Record; step = reader.next()) {
        const journal::RecordView& record = reader.record();
        require(record.header.number == ++records, "a record is out of order");
        require(record.payload.data() + record.payload.size() <= segment.data() + reader.offset(),
                "a payload is outside of its record");
        require(reader.offset() <= segment.size(), "a record is outside of its segment");
    }
    const auto later = journal::find_later_records(segment, reader.offset(), seed, records + 1);
    require(step == journal::SegmentReader::Step::Damage || later.count == 0,
            "records behind the end");
    require(later.count <= (segment.size() - reader.offset()) / journal::kRecordHeaderBytes,
            "more records than fit");
    return records;
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    check_payload(input);
    Bytes segment(journal::kSegmentHeaderBytes + size, 0);
    std::copy(input.begin(), input.end(), segment.begin() + journal::kSegmentHeaderBytes);
    check_segment(segment);
    // The input again as a list of payloads, each behind a byte with its length.
    segment.resize(journal::kSegmentHeaderBytes);
    journal::RecordChain chain(kStore, {});
    uint64_t appended = 0;
    for (BytesView rest = input; !rest.empty(); ++appended) {
        const BytesView payload = rest.subspan(1, std::min<size_t>(rest[0], rest.size() - 1));
        chain.append(journal::RecordKind::Block, payload, crc32c(payload), appended, segment);
        rest = rest.subspan(1 + payload.size());
    }
    require(check_segment(segment) == appended, "a record that was appended is not read");
    // One byte changed anywhere ends the list there, and the records behind it are found.
    if (input.empty()) return 0;
    const size_t at = journal::kSegmentHeaderBytes +
                      crc32c(input) % (segment.size() - journal::kSegmentHeaderBytes);
    segment[at] ^= static_cast<uint8_t>(1 + input[0] % 255);
    require(check_segment(segment) < appended, "a record with a changed byte is read");
    return 0;
}
