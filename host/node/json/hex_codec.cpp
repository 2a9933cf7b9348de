// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/hex_codec.hpp"

#include <algorithm>
#include <array>

namespace switchyard::json {
namespace {

constexpr uint8_t kNoDigit = 0xff;

constexpr std::array<uint8_t, 256> digit_values() {
    std::array<uint8_t, 256> table{};
    table.fill(kNoDigit);
    for (uint8_t i = 0; i < 10; ++i)
        table[static_cast<size_t>('0') + i] = i;
    for (uint8_t i = 0; i < 6; ++i) {
        table[static_cast<size_t>('a') + i] = static_cast<uint8_t>(10 + i);
        table[static_cast<size_t>('A') + i] = static_cast<uint8_t>(10 + i);
    }
    return table;
}
constexpr auto kDigitValues = digit_values();

uint8_t digit(char c) {
    return kDigitValues[static_cast<uint8_t>(c)];
}

/// Takes the prefix away.
HexFault strip_prefix(std::string_view& text) {
    if (text.empty()) return HexFault::Empty;
    if (!text.starts_with("0x")) return HexFault::MissingPrefix;
    text.remove_prefix(2);
    return HexFault::None;
}

/// Bytes of `digits`, an even number of them, to `out`; false if one is no digit. Without a branch
/// for each digit: no value has the upper four bits but `kNoDigit`.
bool decode_digits(std::string_view digits, uint8_t* out) {
    uint8_t seen = 0;
    for (size_t i = 0; i < digits.size(); i += 2) {
        const uint8_t high = digit(digits[i]);
        const uint8_t low = digit(digits[i + 1]);
        seen = static_cast<uint8_t>(seen | high | low);
        out[i / 2] = static_cast<uint8_t>(high << 4 | low);
    }
    return (seen & 0xf0) == 0;
}

/// Digits of a quantity, 1 to `digits_max`, into limbs, the lowest first.
HexFault decode_limbs(std::string_view text, std::span<uint64_t> limbs) {
    if (const HexFault fault = strip_prefix(text); fault != HexFault::None) return fault;
    if (text.empty()) return HexFault::EmptyQuantity;
    if (text.size() > 1 && text[0] == '0') return HexFault::LeadingZero;
    if (text.size() > 16 * limbs.size()) {
        for (const char c : text)
            if (digit(c) == kNoDigit) return HexFault::BadDigit;
        return HexFault::TooLarge;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        const uint8_t value = digit(text[text.size() - 1 - i]);
        if (value == kNoDigit) return HexFault::BadDigit;
        limbs[i / 16] |= uint64_t{value} << (4 * (i % 16));
    }
    return HexFault::None;
}

}  // namespace

std::string_view to_string(HexFault fault) {
    switch (fault) {
        case HexFault::None:
            return "no fault";
        case HexFault::Empty:
            return "empty hex string";
        case HexFault::MissingPrefix:
            return "hex string without 0x prefix";
        case HexFault::EmptyQuantity:
            return "hex string \"0x\"";
        case HexFault::LeadingZero:
            return "hex number with leading zero digits";
        case HexFault::OddLength:
            return "hex string of odd length";
        case HexFault::BadDigit:
            return "invalid hex string";
        case HexFault::TooLarge:
            return "hex value too large";
        case HexFault::WrongLength:
            return "hex string has wrong length";
    }
    return "unknown fault";
}

HexFault decode_quantity(std::string_view text, uint64_t& value) {
    std::array<uint64_t, 1> limbs{};
    const HexFault fault = decode_limbs(text, limbs);
    if (fault == HexFault::None) value = limbs[0];
    return fault;
}

HexFault decode_quantity(std::string_view text, Uint256& value) {
    std::array<uint64_t, 4> limbs{};
    const HexFault fault = decode_limbs(text, limbs);
    if (fault == HexFault::None) value = {limbs[0], limbs[1], limbs[2], limbs[3]};
    return fault;
}

HexFault decode_into(std::string_view text, std::span<uint8_t> out, size_t& size) {
    if (const HexFault fault = strip_prefix(text); fault != HexFault::None) return fault;
    if (text.size() % 2 != 0) return HexFault::OddLength;
    if (text.size() / 2 > out.size()) return HexFault::TooLarge;
    if (!decode_digits(text, out.data())) return HexFault::BadDigit;
    size = text.size() / 2;
    return HexFault::None;
}

HexFault decode_data(std::string_view text, Bytes& out, size_t bytes_max) {
    if (text.size() / 2 > bytes_max + 1) return HexFault::TooLarge;
    Bytes bytes = std::move(out);
    bytes.resize(text.size() / 2);
    size_t size = 0;
    const HexFault fault =
        decode_into(text, std::span(bytes).first(std::min(bytes.size(), bytes_max)), size);
    bytes.resize(size);
    out = std::move(bytes);
    return fault;
}

HexFault decode_fixed(std::string_view text, std::span<uint8_t> out) {
    if (const HexFault fault = strip_prefix(text); fault != HexFault::None) return fault;
    if (text.size() % 2 != 0) return HexFault::OddLength;
    if (text.size() != 2 * out.size()) return HexFault::WrongLength;
    return decode_digits(text, out.data()) ? HexFault::None : HexFault::BadDigit;
}

void encode_digits(BytesView bytes, char* out) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const uint8_t b : bytes) {
        *out++ = kDigits[b >> 4];
        *out++ = kDigits[b & 15];
    }
}

}  // namespace switchyard::json
