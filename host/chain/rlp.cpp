// SPDX-License-Identifier: Apache-2.0
#include "host/chain/rlp.hpp"

#include <array>

namespace switchyard::rlp {
namespace {

constexpr uint8_t kStringOffset = 0x80;
constexpr uint8_t kListOffset = 0xc0;
constexpr size_t kShortLengthMax = 55;

/// Reads one prefix. `content` must lie inside `bytes` when it returns `Fault::None`.
Fault split(BytesView bytes, Item& out) {
    if (bytes.empty()) return Fault::Truncated;
    const uint8_t first = bytes[0];
    if (first < kStringOffset) {
        out = {false, bytes.first(1), bytes.first(1)};
        return Fault::None;
    }
    const bool is_list = first >= kListOffset;
    const size_t low = static_cast<size_t>(first) - (is_list ? kListOffset : kStringOffset);
    size_t prefix = 1;
    uint64_t length = low;
    if (low > kShortLengthMax) {
        const size_t length_bytes = low - kShortLengthMax;  // 1 to 8
        if (bytes.size() - 1 < length_bytes) return Fault::Truncated;
        if (bytes[1] == 0) return Fault::NonCanonicalLength;
        length = 0;
        for (size_t i = 0; i < length_bytes; ++i)
            length = length << 8 | bytes[1 + i];
        if (length <= kShortLengthMax) return Fault::NonCanonicalLength;
        prefix += length_bytes;
    }
    if (bytes.size() - prefix < length) return Fault::Truncated;
    const auto content_size = static_cast<size_t>(length);
    out.is_list = is_list;
    out.content = bytes.subspan(prefix, content_size);
    out.encoded = bytes.first(prefix + content_size);
    if (!is_list && content_size == 1 && out.content[0] < kStringOffset)
        return Fault::NonCanonicalByte;
    return Fault::None;
}

/// The bytes of `value` without leading zeros, at the end of `buffer`.
BytesView minimal_big_endian(uint64_t value, std::array<uint8_t, 8>& buffer) {
    size_t first = buffer.size();
    for (; value != 0; value >>= 8)
        buffer[--first] = static_cast<uint8_t>(value);
    return BytesView{buffer}.subspan(first);
}

/// Writes the prefix of a string or list into `buffer`; returns the part that was used.
BytesView prefix_of(size_t length, uint8_t offset, std::array<uint8_t, 9>& buffer) {
    if (length <= kShortLengthMax) {
        buffer[0] = static_cast<uint8_t>(offset + length);
        return BytesView{buffer}.first(1);
    }
    std::array<uint8_t, 8> digits{};
    const BytesView length_bytes = minimal_big_endian(length, digits);
    buffer[0] = static_cast<uint8_t>(offset + kShortLengthMax + length_bytes.size());
    std::memcpy(buffer.data() + 1, length_bytes.data(), length_bytes.size());
    return BytesView{buffer}.first(1 + length_bytes.size());
}

}  // namespace

const char* to_string(Fault fault) {
    switch (fault) {
        case Fault::None:
            return "no fault";
        case Fault::Truncated:
            return "item is longer than the bytes that are left";
        case Fault::TrailingBytes:
            return "bytes follow the last item";
        case Fault::NonCanonicalLength:
            return "length is not in its shortest form";
        case Fault::NonCanonicalByte:
            return "single byte below 0x80 has a length prefix";
        case Fault::LeadingZero:
            return "integer has a leading zero";
        case Fault::WrongLength:
            return "value has the wrong length";
        case Fault::TooLarge:
            return "integer is too large";
        case Fault::ExpectedString:
            return "list where a string belongs";
        case Fault::ExpectedList:
            return "string where a list belongs";
        case Fault::MissingField:
            return "field is missing";
        case Fault::OutOfRange:
            return "value is out of range";
        case Fault::OutOfOrder:
            return "entry is out of order or stands twice";
        case Fault::TooDeep:
            return "lists are nested too deeply";
    }
    return "unknown fault";
}

Error Failure::error() const {
    return {ErrorCode::InvalidInput, std::string(field) + ": " + to_string(fault)};
}

bool Reader::item(const char* field, Item& out) {
    if (rest_.empty()) return failure_->fail(field, Fault::MissingField);
    const Fault fault = split(rest_, out);
    if (fault != Fault::None) return failure_->fail(field, fault);
    rest_ = rest_.subspan(out.encoded.size());
    return true;
}

bool Reader::string(const char* field, BytesView& out) {
    Item found;
    if (!item(field, found)) return false;
    if (found.is_list) return failure_->fail(field, Fault::ExpectedString);
    out = found.content;
    return true;
}

bool Reader::list(const char* field, BytesView& members) {
    Item found;
    if (!item(field, found)) return false;
    if (!found.is_list) return failure_->fail(field, Fault::ExpectedList);
    members = found.content;
    return true;
}

bool Reader::uint64(const char* field, uint64_t& out) {
    BytesView content;
    if (!string(field, content)) return false;
    if (!content.empty() && content[0] == 0) return failure_->fail(field, Fault::LeadingZero);
    if (content.size() > 8) return failure_->fail(field, Fault::TooLarge);
    out = 0;
    for (const uint8_t byte : content)
        out = out << 8 | byte;
    return true;
}

bool Reader::uint256(const char* field, Uint256& out) {
    BytesView content;
    if (!string(field, content)) return false;
    if (!content.empty() && content[0] == 0) return failure_->fail(field, Fault::LeadingZero);
    if (content.size() > 32) return failure_->fail(field, Fault::TooLarge);
    Bytes32 padded;
    if (!content.empty())
        std::memcpy(padded.data() + 32 - content.size(), content.data(), content.size());
    out = to_uint256(padded);
    return true;
}

bool Reader::bytes(const char* field, Bytes& out) {
    BytesView content;
    if (!string(field, content)) return false;
    out.assign(content.begin(), content.end());
    return true;
}

bool Reader::finish(const char* field) {
    return at_end() || failure_->fail(field, Fault::TrailingBytes);
}

Result<void> validate(BytesView encoded) {
    Failure failure;
    // Ends of the lists that are open, as bytes left after them.
    std::array<size_t, kDepthMax> open{};
    size_t depth = 0;
    BytesView rest = encoded;
    do {
        Item found;
        const size_t limit = depth == 0 ? 0 : open[depth - 1];
        const Fault fault = split(rest.first(rest.size() - limit), found);
        if (fault != Fault::None) {
            failure.fail("item", fault);
            return failure.error();
        }
        if (found.is_list) {
            if (depth == kDepthMax) {
                failure.fail("item", Fault::TooDeep);
                return failure.error();
            }
            open[depth++] = rest.size() - found.encoded.size();
            rest = rest.subspan(found.encoded.size() - found.content.size());
        } else {
            rest = rest.subspan(found.encoded.size());
        }
        while (depth != 0 && rest.size() == open[depth - 1])
            --depth;
    } while (depth != 0);
    if (!rest.empty()) {
        failure.fail("item", Fault::TrailingBytes);
        return failure.error();
    }
    return {};
}

void Encoder::string(BytesView content) {
    if (content.size() != 1 || content[0] >= kStringOffset) {
        std::array<uint8_t, 9> buffer{};
        const BytesView prefix = prefix_of(content.size(), kStringOffset, buffer);
        out_->insert(out_->end(), prefix.begin(), prefix.end());
    }
    raw(content);
}

void Encoder::uint64(uint64_t value) {
    std::array<uint8_t, 8> buffer{};
    string(minimal_big_endian(value, buffer));
}

void Encoder::uint256(const Uint256& value) {
    const Bytes32 padded = to_bytes32(value);
    const size_t size = (bit_length(value) + 7) / 8;
    string(BytesView{padded}.last(size));
}

void Encoder::raw(BytesView encoded) {
    out_->insert(out_->end(), encoded.begin(), encoded.end());
}

void Encoder::end_list(size_t mark) {
    SWITCHYARD_ASSERT(mark <= out_->size());
    std::array<uint8_t, 9> buffer{};
    const BytesView prefix = prefix_of(out_->size() - mark, kListOffset, buffer);
    out_->insert(out_->begin() + static_cast<std::ptrdiff_t>(mark), prefix.begin(), prefix.end());
}

}  // namespace switchyard::rlp
