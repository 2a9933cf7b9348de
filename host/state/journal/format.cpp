// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/format.hpp"

#include <algorithm>

#include "host/core/checksum/crc32c.hpp"
#include "host/core/hex.hpp"
#include "host/state/journal/little_endian.hpp"

namespace switchyard::journal {
namespace {

constexpr std::string_view kMagic = "SWJRNL\r\n";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kNamePrefix = "journal-";
constexpr std::string_view kNameSuffix = ".swj";
constexpr size_t kNameDigits = 20;

}  // namespace

uint32_t record_seed(const StoreId& store) {
    return crc32c(store);
}

void encode_segment_header(const SegmentHeader& header, Bytes& out) {
    const size_t at = out.size();
    out.resize(at + kSegmentHeaderBytes, 0);
    uint8_t* bytes = out.data() + at;
    std::copy(kMagic.begin(), kMagic.end(), bytes);
    store_le<uint32_t>(bytes + 8, kVersion);
    std::copy(header.store.begin(), header.store.end(), bytes + 16);
    store_le<uint64_t>(bytes + 32, header.first);
    store_le<uint32_t>(bytes + 40, header.previous);
    store_le<uint64_t>(bytes + 48, header.bytes);
    store_le<uint32_t>(bytes + 60, crc32c({bytes, 60}));
}

Result<SegmentHeader> decode_segment_header(BytesView bytes) {
    const auto corrupt = [](const char* text) { return Error{ErrorCode::Corrupt, text}; };
    if (bytes.size() < kSegmentHeaderBytes) return corrupt("shorter than a segment's header");
    if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin()))
        return corrupt("no journal segment: its first bytes are not the magic");
    if (load_le<uint32_t>(bytes.data() + 60) != crc32c(bytes.first(60)))
        return corrupt("the CRC of the segment's header is wrong");
    if (const auto version = load_le<uint32_t>(bytes.data() + 8); version != kVersion)
        return Error{ErrorCode::Unsupported, "segment format of version " +
                                                 std::to_string(version) +
                                                 "; this build reads version 1"};
    if (load_le<uint32_t>(bytes.data() + 12) != 0 || load_le<uint32_t>(bytes.data() + 44) != 0 ||
        load_le<uint32_t>(bytes.data() + 56) != 0)
        return corrupt("a reserved field of the segment's header is not zero");
    SegmentHeader out;
    out.store = fixed_bytes_unchecked<16>(bytes.subspan(16, 16));
    out.first = load_le<uint64_t>(bytes.data() + 32);
    out.previous = load_le<uint32_t>(bytes.data() + 40);
    out.bytes = load_le<uint64_t>(bytes.data() + 48);
    if (out.first == 0) return corrupt("the segment's first record has the number 0");
    if (out.bytes < kSegmentHeaderBytes || out.bytes > kFileBytesMax)
        return corrupt("the size in the segment's header is out of bounds");
    return out;
}

void encode_record_header(RecordHeader& header, uint32_t seed, uint8_t* out) {
    store_le<uint32_t>(out + 4, header.previous);
    store_le<uint64_t>(out + 8, header.number);
    store_le<uint64_t>(out + 16, header.acknowledged);
    store_le<uint32_t>(out + 24, header.length);
    store_le<uint32_t>(out + 28, static_cast<uint32_t>(header.kind));
    store_le<uint32_t>(out + 32, header.payload_crc);
    store_le<uint32_t>(out + 36, 0);
    header.check = crc32c({out + 4, kRecordHeaderBytes - 4}, seed);
    store_le<uint32_t>(out, header.check);
}

std::optional<RecordHeader> decode_record_header(BytesView bytes, uint32_t seed) {
    if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
    const uint8_t* from = bytes.data();
    RecordHeader out;
    out.check = load_le<uint32_t>(from);
    out.previous = load_le<uint32_t>(from + 4);
    out.number = load_le<uint64_t>(from + 8);
    out.acknowledged = load_le<uint64_t>(from + 16);
    out.length = load_le<uint32_t>(from + 24);
    const auto kind = load_le<uint32_t>(from + 28);
    out.kind = static_cast<RecordKind>(kind);
    out.payload_crc = load_le<uint32_t>(from + 32);
    // The cheap questions first: the search behind damage asks at every eighth byte.
    if (kind == 0 || out.acknowledged >= out.number || out.length > kPayloadBytesMax ||
        load_le<uint32_t>(from + 36) != 0)
        return std::nullopt;
    if (out.kind == RecordKind::Mark && out.length != 0) return std::nullopt;
    if (out.check != crc32c(bytes.subspan(4, kRecordHeaderBytes - 4), seed)) return std::nullopt;
    return out;
}

std::string segment_name(uint64_t first) {
    const std::string digits = std::to_string(first);
    return std::string(kNamePrefix) + std::string(kNameDigits - digits.size(), '0') + digits +
           std::string(kNameSuffix);
}

std::optional<uint64_t> parse_segment_name(std::string_view name) {
    if (name.size() != kNamePrefix.size() + kNameDigits + kNameSuffix.size()) return std::nullopt;
    uint64_t first = 0;
    for (const char digit : name.substr(kNamePrefix.size(), kNameDigits)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        const auto value = static_cast<uint64_t>(digit - '0');
        if (first > (UINT64_MAX - value) / 10) return std::nullopt;
        first = first * 10 + value;
    }
    if (name != segment_name(first)) return std::nullopt;
    return first;
}

}  // namespace switchyard::journal
