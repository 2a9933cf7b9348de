// SPDX-License-Identifier: Apache-2.0
#include "host/chain/block_access_list.hpp"

#include <algorithm>
#include <string>

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"

namespace switchyard {
namespace {

using Range = BlockAccessList::Range;
using rlp::Encoder;
using rlp::Failure;
using rlp::Fault;
using rlp::Reader;

// --- Encoding

void encode_value(Encoder& encoder, const Uint256& value) {
    encoder.uint256(value);
}
void encode_value(Encoder& encoder, uint64_t value) {
    encoder.uint64(value);
}
void encode_value(Encoder& encoder, const Bytes& value) {
    encoder.string(value);
}

template <typename Value>
void encode_changes(Encoder& encoder, std::span<const BlockAccessList::Change<Value>> changes) {
    const size_t list = encoder.begin_list();
    for (const auto& change : changes) {
        const size_t pair = encoder.begin_list();
        encoder.uint64(change.index);
        encode_value(encoder, change.value);
        encoder.end_list(pair);
    }
    encoder.end_list(list);
}

void encode_account(Encoder& encoder, const BlockAccessList& list,
                    const BlockAccessList::Account& account) {
    const size_t members = encoder.begin_list();
    encoder.string(account.address);
    const size_t slots = encoder.begin_list();
    for (const BlockAccessList::Slot& slot : list.of(list.slots, account.slots)) {
        const size_t pair = encoder.begin_list();
        encoder.uint256(slot.key);
        encode_changes(encoder, list.of(list.values, slot.values));
        encoder.end_list(pair);
    }
    encoder.end_list(slots);
    const size_t reads = encoder.begin_list();
    for (const Uint256& key : list.of(list.reads, account.reads))
        encoder.uint256(key);
    encoder.end_list(reads);
    encode_changes(encoder, list.of(list.balances, account.balances));
    encode_changes(encoder, list.of(list.nonces, account.nonces));
    encode_changes(encoder, list.of(list.codes, account.codes));
    encoder.end_list(members);
}

// --- Decoding

bool read_index(Reader& fields, Failure& failure, uint32_t& out) {
    uint64_t index = 0;
    if (!fields.uint64("blockAccessIndex", index)) return false;
    if (index > UINT32_MAX) return failure.fail("blockAccessIndex", Fault::TooLarge);
    out = static_cast<uint32_t>(index);
    return true;
}

bool read_value(Reader& fields, const char* field, Uint256& out) {
    return fields.uint256(field, out);
}
bool read_value(Reader& fields, const char* field, uint64_t& out) {
    return fields.uint64(field, out);
}
bool read_value(Reader& fields, const char* field, Bytes& out) {
    return fields.bytes(field, out);
}

/// Decodes the list of changes named `field`, whose indices have to ascend, behind `out`.
template <typename Value>
bool decode_changes(Reader& parts, Failure& failure, const char* field,
                    std::vector<BlockAccessList::Change<Value>>& out, Range& range) {
    BytesView members;
    if (!parts.list(field, members)) return false;
    range.begin = static_cast<uint32_t>(out.size());
    Reader items(members, failure);
    while (!items.at_end()) {
        BytesView pair;
        if (!items.list(field, pair)) return false;
        Reader fields(pair, failure);
        BlockAccessList::Change<Value> change;
        if (!read_index(fields, failure, change.index) ||
            !read_value(fields, field, change.value) || !fields.finish(field))
            return false;
        if (out.size() > range.begin && change.index <= out.back().index)
            return failure.fail(field, Fault::OutOfOrder);
        out.push_back(std::move(change));
    }
    range.count = static_cast<uint32_t>(out.size()) - range.begin;
    return true;
}

bool decode_slots(Reader& parts, Failure& failure, BlockAccessList& out, Range& range) {
    constexpr const char* kField = "storageChanges";
    BytesView members;
    if (!parts.list(kField, members)) return false;
    range.begin = static_cast<uint32_t>(out.slots.size());
    Reader items(members, failure);
    while (!items.at_end()) {
        BytesView pair;
        if (!items.list(kField, pair)) return false;
        Reader fields(pair, failure);
        BlockAccessList::Slot slot;
        if (!fields.uint256("slot", slot.key) ||
            !decode_changes(fields, failure, "slotChanges", out.values, slot.values) ||
            !fields.finish(kField))
            return false;
        if (slot.values.count == 0) return failure.fail("slotChanges", Fault::MissingField);
        if (out.slots.size() > range.begin && slot.key <= out.slots.back().key)
            return failure.fail("slot", Fault::OutOfOrder);
        out.slots.push_back(slot);
    }
    range.count = static_cast<uint32_t>(out.slots.size()) - range.begin;
    return true;
}

bool decode_reads(Reader& parts, Failure& failure, BlockAccessList& out, Range changed,
                  Range& range) {
    constexpr const char* kField = "storageReads";
    BytesView members;
    if (!parts.list(kField, members)) return false;
    range.begin = static_cast<uint32_t>(out.reads.size());
    const auto slots = out.of(out.slots, changed);
    Reader items(members, failure);
    while (!items.at_end()) {
        Uint256 key;
        if (!items.uint256(kField, key)) return false;
        if (out.reads.size() > range.begin && key <= out.reads.back())
            return failure.fail(kField, Fault::OutOfOrder);
        if (std::ranges::binary_search(slots, key, {}, &BlockAccessList::Slot::key))
            return failure.fail(kField, Fault::OutOfOrder);
        out.reads.push_back(key);
    }
    range.count = static_cast<uint32_t>(out.reads.size()) - range.begin;
    return true;
}

bool decode_account(BytesView members, Failure& failure, BlockAccessList& out) {
    Reader parts(members, failure);
    BlockAccessList::Account account;
    if (!parts.fixed("address", account.address)) return false;
    if (!out.accounts.empty() && account.address <= out.accounts.back().address)
        return failure.fail("address", Fault::OutOfOrder);
    if (!decode_slots(parts, failure, out, account.slots) ||
        !decode_reads(parts, failure, out, account.slots, account.reads) ||
        !decode_changes(parts, failure, "balanceChanges", out.balances, account.balances) ||
        !decode_changes(parts, failure, "nonceChanges", out.nonces, account.nonces) ||
        !decode_changes(parts, failure, "codeChanges", out.codes, account.codes) ||
        !parts.finish("account"))
        return false;
    out.accounts.push_back(account);
    return true;
}

template <typename Value>
uint32_t highest_index(const std::vector<BlockAccessList::Change<Value>>& changes) {
    uint32_t highest = 0;
    for (const auto& change : changes)
        highest = std::max(highest, change.index);
    return highest;
}

}  // namespace

Bytes encode_block_access_list(const BlockAccessList& list) {
    // Lists of six around each account and of two around each change, with their prefixes.
    constexpr size_t kAccountBytes = 32;
    constexpr size_t kChangeBytes = 24;
    Bytes out;
    out.reserve(kAccountBytes * list.accounts.size() +
                kChangeBytes * (list.values.size() + list.balances.size() + list.nonces.size()) +
                sizeof(Uint256) * (list.slots.size() + list.reads.size()));
    Encoder encoder(out);
    const size_t accounts = encoder.begin_list();
    for (const BlockAccessList::Account& account : list.accounts)
        encode_account(encoder, list, account);
    encoder.end_list(accounts);
    return out;
}

Result<BlockAccessList> decode_block_access_list(BytesView encoded) {
    if (encoded.size() > UINT32_MAX)
        return Error{ErrorCode::LimitExceeded, "block access list: longer than 4 GiB"};
    Failure failure;
    BlockAccessList out;
    Reader envelope(encoded, failure);
    BytesView accounts;
    if (!envelope.list("block access list", accounts) || !envelope.finish("block access list"))
        return failure.error();
    Reader items(accounts, failure);
    while (!items.at_end()) {
        BytesView members;
        if (items.list("account", members) && decode_account(members, failure, out)) continue;
        Error error = failure.error();
        error.message = "block access list: account " + std::to_string(out.accounts.size()) + ": " +
                        error.message;
        return error;
    }
    return out;
}

Bytes32 block_access_list_hash(const BlockAccessList& list) {
    return keccak256(encode_block_access_list(list));
}

Result<void> validate_block_access_list(const BlockAccessList& list, uint64_t gas_limit,
                                        size_t transaction_count) {
    const uint64_t items_max = gas_limit / kBlockAccessListItemGas;
    if (list.item_count() > items_max)
        return Error{ErrorCode::InvalidInput,
                     "block access list: " + std::to_string(list.item_count()) +
                         " items, above the " + std::to_string(items_max) +
                         " that the gas limit allows"};
    const uint32_t highest = std::max({highest_index(list.values), highest_index(list.balances),
                                       highest_index(list.nonces), highest_index(list.codes)});
    if (highest > transaction_count + 1)
        return Error{ErrorCode::InvalidInput,
                     "block access list: index " + std::to_string(highest) + " in a block of " +
                         std::to_string(transaction_count) + " transactions"};
    return {};
}

}  // namespace switchyard
