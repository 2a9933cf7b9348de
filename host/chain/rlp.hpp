// SPDX-License-Identifier: Apache-2.0
// Recursive Length Prefix: a strict decoder over views and an appending encoder (Yellow Paper,
// appendix B).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/uint256.hpp"

namespace switchyard::rlp {

/// Lists inside lists that `validate` follows. Transactions, blocks and receipts need five.
inline constexpr size_t kDepthMax = 64;

/// What is wrong with an encoding.
enum class Fault : uint8_t {
    None,
    Truncated,           ///< an item claims more bytes than there are
    TrailingBytes,       ///< bytes follow the last item that belongs here
    NonCanonicalLength,  ///< a longer length form than the length needs, or a length with leading 0
    NonCanonicalByte,    ///< a single byte below 0x80 with a length prefix
    LeadingZero,         ///< an integer that starts with a zero byte
    WrongLength,         ///< a value of fixed size has another one
    TooLarge,            ///< an integer that its field cannot hold
    ExpectedString,      ///< a list where a byte string belongs
    ExpectedList,        ///< a byte string where a list belongs
    MissingField,        ///< the list ends before this field
    OutOfRange,          ///< well encoded, but no value that the field may have
    OutOfOrder,          ///< an entry that does not come after the one before it, or stands twice
    TooDeep,             ///< more than kDepthMax lists inside one another
};

/// The fault in words, without a full stop.
[[nodiscard]] const char* to_string(Fault fault);

/// The first fault of a decoding and the field where it was found. `field` points to static text.
struct Failure {
    Fault fault = Fault::None;
    const char* field = "";

    /// Records the fault unless one was recorded already; always false, so that a decoder can
    /// return it.
    bool fail(const char* where, Fault what) {
        if (fault == Fault::None) {
            fault = what;
            field = where;
        }
        return false;
    }
    /// `ErrorCode::InvalidInput` with "FIELD: FAULT".
    [[nodiscard]] Error error() const;
};

/// One item: a byte string or a list.
struct Item {
    bool is_list = false;
    BytesView content;  ///< the string, or the encoded members of the list
    BytesView encoded;  ///< prefix and content
};

/// Reads items one after another from a view. No allocation; every length is checked against what
/// is left. Every method returns false when it failed; the first failure goes to the shared
/// `Failure`, which must outlive the reader, and nothing is promised about `out` then.
class Reader {
  public:
    Reader(BytesView bytes, Failure& failure) : rest_(bytes), failure_(&failure) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool item(const char* field, Item& out);
    bool string(const char* field, BytesView& out);
    /// Gives the members of the list as a view, for a reader of their own.
    bool list(const char* field, BytesView& members);
    /// Canonical unsigned integers: no leading zeros, 0 is the empty string.
    bool uint64(const char* field, uint64_t& out);
    bool uint256(const char* field, Uint256& out);
    template <size_t N>
    bool fixed(const char* field, FixedBytes<N>& out) {
        BytesView content;
        if (!string(field, content)) return false;
        if (content.size() != N) return failure_->fail(field, Fault::WrongLength);
        out = fixed_bytes_unchecked<N>(content);
        return true;
    }
    /// Copies a string of any length.
    bool bytes(const char* field, Bytes& out);
    /// Fails when items are left.
    bool finish(const char* field);

  private:
    BytesView rest_;
    Failure* failure_;
};

/// Whether `encoded` is exactly one well-formed item, all nested ones included. Cost linear in its
/// length and the depth at most kDepthMax.
[[nodiscard]] Result<void> validate(BytesView encoded);

/// Appends canonical items to a byte vector. Lists nest: `const size_t mark = e.begin_list(); ...;
/// e.end_list(mark);`.
class Encoder {
  public:
    /// Appends to `out`, which must outlive the encoder.
    explicit Encoder(Bytes& out) : out_(&out) {}

    void string(BytesView content);
    void uint64(uint64_t value);
    void uint256(const Uint256& value);
    /// Appends an item that is encoded already.
    void raw(BytesView encoded);

    [[nodiscard]] size_t begin_list() const { return out_->size(); }
    /// Puts the prefix before everything appended since `begin_list`.
    void end_list(size_t mark);

  private:
    Bytes* out_;
};

}  // namespace switchyard::rlp
