// SPDX-License-Identifier: Apache-2.0
// JSON text out: one pass, straight into the response.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::json {

/// Appends JSON to a string of the caller's. Commas are put where they belong; that every object
/// is closed and every member has a name is the caller's duty. One thread.
///
/// Bounded: what would pass `bytes_max` is not written and nothing after it, and `overflowed` says
/// so; the text is then of no use and is cut back with `rewind`.
class Writer {
  public:
    explicit Writer(std::string& out, size_t bytes_max = SIZE_MAX)
        : out_(out), limit_(out.size() + std::min(bytes_max, SIZE_MAX - out.size())) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    /// The name of the next value. `name` needs no escapes.
    void key(std::string_view name);

    void null() { raw("null"); }
    void boolean(bool value) { raw(value ? "true" : "false"); }
    /// A JSON number. Quantities of the protocol are `quantity`.
    void number(uint64_t value);
    void number(int64_t value);
    void number(double value);
    /// Escaped; bytes that are not UTF-8 become U+FFFD.
    void string(std::string_view value);
    /// `0x` and digits without leading zeros.
    void quantity(uint64_t value);
    void quantity(const Uint256& value);
    /// `0x` and two digits for each byte.
    void data(BytesView value);
    /// JSON text that somebody else made: one whole value.
    void raw(std::string_view text);

    // A member with its name in one call.
    void member_null(std::string_view name) { key(name), null(); }
    void member(std::string_view name, bool value) { key(name), boolean(value); }
    void member_string(std::string_view name, std::string_view value) { key(name), string(value); }
    void member_quantity(std::string_view name, uint64_t value) { key(name), quantity(value); }
    void member_quantity(std::string_view name, const Uint256& value) {
        key(name), quantity(value);
    }
    void member_data(std::string_view name, BytesView value) { key(name), data(value); }

    /// A place to come back to.
    struct Mark {
        size_t size;
        bool comma;
        bool overflowed;
    };
    [[nodiscard]] Mark mark() const { return {out_.size(), comma_, overflowed_}; }
    void rewind(const Mark& mark);

    /// From here on at most `bytes` more, whatever the limit was.
    void limit_to(size_t bytes) { limit_ = out_.size() + std::min(bytes, SIZE_MAX - out_.size()); }

    [[nodiscard]] bool overflowed() const { return overflowed_; }
    [[nodiscard]] size_t size() const { return out_.size(); }

  private:
    /// Room for `size` bytes at the end, after a comma if one is due; nullptr when over the limit.
    [[nodiscard]] char* extend(size_t size);
    void open(char bracket);
    void close(char bracket);

    std::string& out_;
    size_t limit_;
    bool comma_ = false;
    bool overflowed_ = false;
};

}  // namespace switchyard::json
