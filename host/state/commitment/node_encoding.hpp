// SPDX-License-Identifier: Apache-2.0
// The nodes that are hashed, written straight into a buffer (Yellow Paper, appendix D).
#pragma once

#include "host/state/commitment/leaf_value.hpp"
#include "host/state/commitment/nibbles.hpp"

namespace switchyard::commitment {

/// A node as its parent sees it: its hash, or the node itself where that is shorter than 32 bytes.
/// Size 0: not known, to be made again.
struct Reference {
    Bytes32 bytes;
    uint8_t size = 0;
    [[nodiscard]] BytesView view() const { return BytesView(bytes).first(size); }
    bool operator==(const Reference&) const = default;
};

/// Where a reference is to be written: 32 bytes, and how many of them it has.
struct Target {
    uint8_t* bytes = nullptr;
    uint8_t* size = nullptr;
};

/// Room that every node fits into, in front of which nothing is written.
inline constexpr size_t kNodeBytesMax = 576;
/// The same with room behind the node for its padding (`simd::keccak256_pad`).
inline constexpr size_t kPaddedNodeBytesMax = 704;

namespace detail {

/// A list's prefix needs at most 3 bytes; members are written behind this room.
inline constexpr size_t kPrefixRoom = 3;

/// Puts the list's prefix in front of the members at [begin, end).
inline BytesView close_list(uint8_t* begin, const uint8_t* end) {
    const auto size = static_cast<size_t>(end - begin);
    if (size < 56) {
        *--begin = static_cast<uint8_t>(0xc0 + size);
    } else if (size < 256) {
        *--begin = static_cast<uint8_t>(size);
        *--begin = 0xf8;
    } else {
        *--begin = static_cast<uint8_t>(size);
        *--begin = static_cast<uint8_t>(size >> 8);
        *--begin = 0xf9;
    }
    return {begin, end};
}

/// The path [from, to) of a key as an RLP string of its hex-prefix encoding (appendix C).
inline uint8_t* write_path(const uint8_t* key, size_t from, size_t to, uint8_t* out) {
    const size_t nibbles = to - from;
    const size_t size = nibbles / 2 + 1;
    // The first byte is below 0x80, so that a path of one byte stands for itself.
    if (size > 1) *out++ = static_cast<uint8_t>(0x80 + size);
    size_t i = from;
    *out++ = nibbles % 2 != 0 ? static_cast<uint8_t>(0x10 | nibble_at(key, i++)) : uint8_t{0};
    for (; i < to; i += 2)
        *out++ = static_cast<uint8_t>(nibble_at(key, i) << 4 | nibble_at(key, i + 1));
    return out;
}

inline uint8_t* write_reference(const uint8_t* reference, size_t size, uint8_t* out) {
    if (size == 32) *out++ = 0xa0;
    // A whole hash is copied where the reference is shorter: cheaper than a copy of any length.
    std::memcpy(out, reference, 32);
    return out + size;
}

}  // namespace detail

/// The leaf of `key` whose path starts at nibble `from`. `value` has `kValueSlack` readable bytes
/// behind it. `buffer` has `kNodeBytesMax` bytes, here and below; the result lies in it.
inline BytesView encode_leaf(const uint8_t* key, size_t from, ValueKind kind, BytesView value,
                             uint8_t* buffer) {
    // The whole key is copied to a place of its own and the front is written over what the path
    // does not have: no length has to be predicted. A leaf's path ends with the key, so that its
    // bytes are the key's.
    constexpr size_t kKeyAt = 40;
    uint8_t* const key_end = buffer + kKeyAt + 32;
    std::memcpy(buffer + kKeyAt, key, 32);
    uint8_t* content = key_end + (kind == ValueKind::Account ? 2 : 1);
    const size_t size = write_leaf_content(kind, value, content);
    const uint8_t* end = content + size;
    if (kind == ValueKind::Account) {
        key_end[0] = 0xb8;
        key_end[1] = static_cast<uint8_t>(size);
    } else if (size >= 56) {
        std::memmove(content + 1, content, size);
        key_end[0] = 0xb8;
        key_end[1] = static_cast<uint8_t>(size);
        ++end;
    } else if (size == 1 && content[0] < 0x80) {
        key_end[0] = content[0];
        end = content;
    } else {
        key_end[0] = static_cast<uint8_t>(0x80 + size);
    }
    const size_t skipped = (from + 1) / 2;
    uint8_t* begin = buffer + kKeyAt + skipped - 1;
    const uint8_t odd = static_cast<uint8_t>(0x30 | (buffer[kKeyAt + from / 2] & 15));
    *begin = from % 2 != 0 ? odd : uint8_t{0x20};
    // As above: a path of one byte stands for itself.
    if (skipped != 32) *--begin = static_cast<uint8_t>(0x80 + 33 - skipped);
    return detail::close_list(begin, end);
}

/// The extension over nibbles [from, to) of `key` before the branch that `child` refers to, which
/// has 32 readable bytes whatever its size.
inline BytesView encode_extension(const uint8_t* key, size_t from, size_t to, const uint8_t* child,
                                  size_t child_size, uint8_t* buffer) {
    uint8_t* out = detail::write_path(key, from, to, buffer + detail::kPrefixRoom);
    return detail::close_list(buffer + detail::kPrefixRoom,
                              detail::write_reference(child, child_size, out));
}

/// Writes a branch, child after child.
class BranchEncoder {
  public:
    explicit BranchEncoder(uint8_t* buffer) : buffer_(buffer), out_(buffer + detail::kPrefixRoom) {}

    /// Nibbles ascend. `reference` has 32 readable bytes whatever its size.
    void child(uint8_t nibble, const uint8_t* reference, size_t size) {
        skip_to(nibble);
        out_ = detail::write_reference(reference, size, out_);
        ++next_;
    }
    /// All keys have the same length, so that no branch has a value.
    BytesView finish() {
        skip_to(16);
        *out_++ = 0x80;
        return detail::close_list(buffer_ + detail::kPrefixRoom, out_);
    }

  private:
    void skip_to(uint8_t nibble) {
        // All sixteen are written: cheaper than a loop whose end nobody can predict.
        std::memset(out_, 0x80, 16);
        out_ += nibble - next_;
        next_ = nibble;
    }
    uint8_t* buffer_;
    uint8_t* out_;
    uint8_t next_ = 0;
};

}  // namespace switchyard::commitment
