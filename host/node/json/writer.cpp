// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/writer.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "host/node/json/hex_codec.hpp"

namespace switchyard::json {
namespace {

/// Length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) at the front; 0 if there is
/// none.
size_t sequence_length(std::string_view text) {
    const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t lead = byte(0);
    const size_t length = lead < 0x80                    ? 1
                          : lead >= 0xc2 && lead <= 0xdf ? 2
                          : lead >= 0xe0 && lead <= 0xef ? 3
                          : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                         : 0;
    if (length < 2) return length;
    if (text.size() < length) return 0;
    const uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return 0;
    for (size_t i = 2; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    return length;
}

bool is_plain(char c) {
    return static_cast<uint8_t>(c) >= 0x20 && static_cast<uint8_t>(c) < 0x80 && c != '"' &&
           c != '\\';
}

void escape(std::string& out, std::string_view value) {
    static constexpr char kDigits[] = "0123456789abcdef";
    while (!value.empty()) {
        const char c = value[0];
        size_t taken = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<uint8_t>(c) < 0x20) {
            out += "\\u00";
            out += kDigits[static_cast<uint8_t>(c) >> 4];
            out += kDigits[static_cast<uint8_t>(c) & 15];
        } else if (const size_t length = sequence_length(value); length == 0) {
            out += "\xef\xbf\xbd";
        } else {
            taken = length;
            out += value.substr(0, length);
        }
        value.remove_prefix(taken);
    }
}

}  // namespace

char* Writer::extend(size_t size) {
    const size_t old = out_.size();
    const size_t comma = comma_ ? 1 : 0;
    if (overflowed_ || size > limit_ - std::min(limit_, old + comma)) {
        overflowed_ = true;
        return nullptr;
    }
    out_.resize(old + comma + size);
    if (comma_) out_[old] = ',';
    comma_ = true;
    return out_.data() + old + comma;
}

void Writer::open(char bracket) {
    if (char* to = extend(1)) *to = bracket;
    comma_ = false;
}

void Writer::close(char bracket) {
    comma_ = false;
    if (char* to = extend(1)) *to = bracket;
    comma_ = true;
}

void Writer::key(std::string_view name) {
    if (char* to = extend(name.size() + 3)) {
        *to = '"';
        std::ranges::copy(name, to + 1);
        to[name.size() + 1] = '"';
        to[name.size() + 2] = ':';
    }
    comma_ = false;
}

void Writer::raw(std::string_view text) {
    if (char* to = extend(text.size())) std::ranges::copy(text, to);
}

void Writer::number(uint64_t value) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    raw({text.data(), static_cast<size_t>(end - text.data())});
}

void Writer::number(int64_t value) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    raw({text.data(), static_cast<size_t>(end - text.data())});
}

void Writer::number(double value) {
    // JSON has no infinity and no NaN.
    if (!std::isfinite(value)) return null();
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    raw({text.data(), static_cast<size_t>(end - text.data())});
}

void Writer::string(std::string_view value) {
    size_t plain = 0;
    while (plain < value.size() && is_plain(value[plain]))
        ++plain;
    if (plain == value.size()) {
        if (char* to = extend(value.size() + 2)) {
            *to = '"';
            *std::ranges::copy(value, to + 1).out = '"';
        }
        return;
    }
    std::string escaped = "\"";
    escape(escaped, value);
    escaped += '"';
    raw(escaped);
}

void Writer::quantity(uint64_t value) {
    std::array<char, 20> text{'"', '0', 'x'};
    char* end = std::to_chars(text.data() + 3, text.data() + text.size(), value, 16).ptr;
    *end++ = '"';
    raw({text.data(), static_cast<size_t>(end - text.data())});
}

void Writer::quantity(const Uint256& value) {
    if (value.fits_uint64()) return quantity(value.limb[0]);
    std::array<uint8_t, 32> bytes{};
    store_big_endian(value, bytes.data());
    std::array<char, 68> text{};
    encode_digits(bytes, text.data() + 3);
    text.back() = '"';
    size_t first = 3;
    while (text[first] == '0')
        ++first;
    std::memcpy(text.data() + first - 3, "\"0x", 3);
    raw({text.data() + first - 3, text.size() - first + 3});
}

void Writer::data(BytesView value) {
    char* to = extend(2 * value.size() + 4);
    if (to == nullptr) return;
    to[0] = '"';
    to[1] = '0';
    to[2] = 'x';
    encode_digits(value, to + 3);
    to[2 * value.size() + 3] = '"';
}

void Writer::rewind(const Mark& mark) {
    out_.resize(mark.size);
    comma_ = mark.comma;
    overflowed_ = mark.overflowed;
}

}  // namespace switchyard::json
