// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/leaf_value.hpp"

#include <algorithm>

namespace switchyard::commitment {
namespace {

constexpr uint8_t kHasStorage = 0x10;
constexpr uint8_t kHasCode = 0x20;

/// The parts of an account's short form.
struct AccountParts {
    size_t nonce_size;
    size_t balance_size;
    bool has_storage;
    bool has_code;

    explicit AccountParts(BytesView value)
        : nonce_size(value[0] & 15),
          balance_size(value[1]),
          has_storage((value[0] & kHasStorage) != 0),
          has_code((value[0] & kHasCode) != 0) {}
    [[nodiscard]] size_t nonce() const { return 2; }
    [[nodiscard]] size_t balance() const { return nonce() + nonce_size; }
    [[nodiscard]] size_t storage() const { return balance() + balance_size; }
    [[nodiscard]] size_t code() const { return storage() + (has_storage ? 32 : 0); }
    [[nodiscard]] size_t end() const { return code() + (has_code ? 32 : 0); }
};

/// Writes eight bytes; gives how many of them the value has.
size_t write_uint64(uint64_t value, uint8_t* out) {
    const size_t size = (static_cast<size_t>(std::bit_width(value)) + 7) / 8;
    const uint64_t word = __builtin_bswap64(value << (64 - 8 * size) % 64);
    std::memcpy(out, &word, 8);
    return size;
}

/// A string of at most 32 bytes, copied as 32. Lengths follow no pattern, so that nothing branches.
uint8_t* write_short_string(const uint8_t* bytes, size_t size, uint8_t* out) {
    const bool alone = size == 1 && bytes[0] < 0x80;
    *out = static_cast<uint8_t>(0x80 + size);
    out += alone ? 0 : 1;
    std::memcpy(out, bytes, 32);
    return out + size;
}

}  // namespace

size_t write_word_value(const Uint256& word, uint8_t* out) {
    // Behind the word there are zeros, which are copied where it is short.
    std::array<uint8_t, 64> bytes{};
    const Bytes32 big_endian = to_bytes32(word);
    std::memcpy(bytes.data(), big_endian.data(), 32);
    const size_t size = (bit_length(word) + 7) / 8;
    std::memcpy(out, bytes.data() + 32 - size, 32);
    return size;
}

Uint256 read_word_value(BytesView value) {
    Bytes32 bytes;
    std::memcpy(bytes.data() + 32 - value.size(), value.data(), value.size());
    return to_uint256(bytes);
}

size_t write_account_value(const AccountLeaf& leaf, uint8_t* out) {
    const size_t nonce_size = write_uint64(leaf.account.nonce, out + 2);
    const size_t balance_size = write_word_value(leaf.account.balance, out + 2 + nonce_size);
    uint8_t flags = 0;
    uint8_t* end = out + 2 + nonce_size + balance_size;
    const auto add_hash = [&](const Bytes32& hash, uint8_t flag) {
        flags |= flag;
        std::memcpy(end, hash.data(), 32);
        end += 32;
    };
    if (leaf.storage_root != trie::kEmptyRoot) add_hash(leaf.storage_root, kHasStorage);
    if (leaf.account.has_code()) add_hash(leaf.account.code_hash, kHasCode);
    out[0] = static_cast<uint8_t>(flags | nonce_size);
    out[1] = static_cast<uint8_t>(balance_size);
    return static_cast<size_t>(end - out);
}

AccountLeaf read_account_value(BytesView value) {
    const AccountParts parts(value);
    AccountLeaf out;
    for (size_t i = 0; i < parts.nonce_size; ++i)
        out.account.nonce = out.account.nonce << 8 | value[parts.nonce() + i];
    out.account.balance = read_word_value(value.subspan(parts.balance(), parts.balance_size));
    if (parts.has_storage)
        out.storage_root = fixed_bytes_unchecked<32>(value.subspan(parts.storage(), 32));
    if (parts.has_code)
        out.account.code_hash = fixed_bytes_unchecked<32>(value.subspan(parts.code(), 32));
    return out;
}

bool has_storage(BytesView value) {
    return AccountParts(value).has_storage;
}

Bytes32 storage_root_of(BytesView value) {
    const AccountParts parts(value);
    if (!parts.has_storage) return trie::kEmptyRoot;
    return fixed_bytes_unchecked<32>(value.subspan(parts.storage(), 32));
}

bool is_valid_value(ValueKind kind, BytesView value) {
    if (value.empty() || value.size() > kValueBytesMax) return false;
    if (kind == ValueKind::Bytes) return true;
    if (kind == ValueKind::Word) return value.size() <= 32 && value[0] != 0;
    if (value.size() < 2 || (value[0] & 0xc0) != 0) return false;
    const AccountParts parts(value);
    if (parts.nonce_size > 8 || parts.balance_size > 32 || parts.end() != value.size())
        return false;
    if (parts.nonce_size != 0 && value[parts.nonce()] == 0) return false;
    if (parts.balance_size != 0 && value[parts.balance()] == 0) return false;
    const auto is = [&](size_t at, const Bytes32& hash) {
        return std::equal(hash.begin(), hash.end(), value.data() + at);
    };
    return !(parts.has_storage && is(parts.storage(), trie::kEmptyRoot)) &&
           !(parts.has_code && is(parts.code(), kEmptyCodeHash));
}

size_t write_leaf_content(ValueKind kind, BytesView value, uint8_t* out) {
    if (kind == ValueKind::Bytes) {
        std::memcpy(out, value.data(), value.size());
        return value.size();
    }
    if (kind == ValueKind::Word)
        return static_cast<size_t>(write_short_string(value.data(), value.size(), out) - out);
    const AccountParts parts(value);
    // The two hashes alone make the list longer than 55 bytes.
    uint8_t* end = out + 2;
    end = write_short_string(value.data() + parts.nonce(), parts.nonce_size, end);
    end = write_short_string(value.data() + parts.balance(), parts.balance_size, end);
    const auto add_hash = [&](const uint8_t* hash) {
        *end++ = 0xa0;
        std::memcpy(end, hash, 32);
        end += 32;
    };
    add_hash(parts.has_storage ? value.data() + parts.storage() : trie::kEmptyRoot.data());
    add_hash(parts.has_code ? value.data() + parts.code() : kEmptyCodeHash.data());
    out[0] = 0xf8;
    out[1] = static_cast<uint8_t>(end - out - 2);
    return static_cast<size_t>(end - out);
}

}  // namespace switchyard::commitment
