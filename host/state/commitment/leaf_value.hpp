// SPDX-License-Identifier: Apache-2.0
// What leaves hold, in the short form that records keep, and in the form that is hashed.
#pragma once

#include "host/state/account.hpp"
#include "host/state/trie/trie.hpp"

namespace switchyard::commitment {

/// What a trie's values are.
enum class ValueKind : uint8_t {
    /// An account: byte 0 is the nonce's length (0 to 8) | 0x10 when a storage root follows | 0x20
    /// when a code hash follows; byte 1 is the balance's length (0 to 32); then nonce and balance
    /// without leading zeros, storage root and code hash, the last two where they are not those of
    /// an account without.
    Account,
    Word,   ///< a storage slot: 1 to 32 bytes without leading zeros
    Bytes,  ///< 1 to 128 bytes that the leaf holds as they are
};

inline constexpr size_t kValueBytesMax = 128;
/// Bytes behind a value in a record that may be read, whatever they are: parts of a value are
/// copied by fixed lengths.
inline constexpr size_t kValueSlack = 32;

/// An account with what its leaf holds beside.
struct AccountLeaf {
    Account account;
    Bytes32 storage_root = trie::kEmptyRoot;
};

/// Writes the short form to `out`, which has `kValueBytesMax` bytes; gives its length.
size_t write_account_value(const AccountLeaf& leaf, uint8_t* out);
/// Precondition: `is_valid_value(ValueKind::Account, value)`.
[[nodiscard]] AccountLeaf read_account_value(BytesView value);
/// Whether the account has storage; same precondition, here and below.
[[nodiscard]] bool has_storage(BytesView value);
/// The storage root alone.
[[nodiscard]] Bytes32 storage_root_of(BytesView value);

/// Writes a slot's value to `out`, which has 32 bytes, all of them written; gives its length, 0 for
/// the value 0.
size_t write_word_value(const Uint256& word, uint8_t* out);
[[nodiscard]] Uint256 read_word_value(BytesView value);

/// Whether `value` is the short form of something: what every stored record is checked for.
[[nodiscard]] bool is_valid_value(ValueKind kind, BytesView value);

/// Longest `write_leaf_content`, with what it writes behind its end.
inline constexpr size_t kLeafContentMax = kValueBytesMax + 48;
/// `value` has `kValueSlack` readable bytes behind it. Writes what the leaf holds as its value,
/// before it is wrapped in a string (Yellow Paper, section 4.1 and appendix D: an account's list, a
/// slot's RLP); gives the length.
size_t write_leaf_content(ValueKind kind, BytesView value, uint8_t* out);

}  // namespace switchyard::commitment
