// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/block_record.hpp"

#include "host/chain/hash.hpp"
#include "host/state/compact_bytes.hpp"
#include "host/state/journal/little_endian.hpp"

namespace switchyard::journal {
namespace {

constexpr uint8_t kExists = 1;
constexpr uint8_t kStorageCleared = 2;
constexpr uint8_t kHasCode = 4;
constexpr uint8_t kHasSlots = 8;

constexpr size_t kAccountBytesMin = Address::kSize + 1;
constexpr size_t kSlotBytesMin = 2;
constexpr size_t kCodeBytesMin = Bytes32::kSize + 1;

Error not_canonical(const char* what) {
    return {ErrorCode::InvalidInput, std::string("the block's changes are not canonical: ") + what};
}

Result<void> put_account(Bytes& out, const StateChanges& changes, const AccountChange& change) {
    if (change.balance_is_delta || !change.nonce_written || !change.code_written)
        return not_canonical("a field is not an absolute value");
    const auto slots = changes.storage_of(change);
    uint8_t flags = change.storage_cleared ? kStorageCleared : 0;
    if (change.account) flags |= kExists;
    if (change.account && change.account->has_code()) flags |= kHasCode;
    if (!slots.empty()) flags |= kHasSlots;
    append_bytes(out, change.address);
    out.push_back(flags);
    if (change.account) {
        append_number(out, change.account->nonce);
        append_number(out, change.account->balance);
        if (change.account->has_code()) append_bytes(out, change.account->code_hash);
    }
    if (!slots.empty()) append_varint(out, static_cast<uint32_t>(slots.size()));
    for (size_t i = 0; i < slots.size(); ++i) {
        if (i != 0 && slots[i].key <= slots[i - 1].key) return not_canonical("the order of slots");
        append_number(out, slots[i].key);
        append_number(out, slots[i].value);
    }
    return {};
}

/// Reads from the front; the first failure stays, and everything after it gives nothing.
class Cursor {
  public:
    explicit Cursor(BytesView bytes) : bytes_(bytes) {}

    [[nodiscard]] bool failed() const { return expected_ != nullptr; }
    [[nodiscard]] size_t left() const { return bytes_.size() - at_; }
    bool fail(const char* expected) {
        if (!failed()) expected_ = expected;
        return false;
    }
    [[nodiscard]] Error error() const {
        return {ErrorCode::Corrupt, "block record, byte " + std::to_string(at_) + " of " +
                                        std::to_string(bytes_.size()) + ": expected " + expected_};
    }

    /// Empty after a failure.
    BytesView take(size_t size, const char* expected) {
        if (failed() || left() < size) {
            fail(expected);
            return {};
        }
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }
    template <size_t N>
    FixedBytes<N> fixed(const char* expected) {
        const BytesView bytes = take(N, expected);
        return failed() ? FixedBytes<N>{} : fixed_bytes_unchecked<N>(bytes);
    }
    uint8_t byte(const char* expected) {
        const BytesView bytes = take(1, expected);
        return failed() ? uint8_t{0} : bytes[0];
    }
    uint32_t varint(const char* expected) {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
            const uint8_t next = byte(expected);
            if (failed()) return 0;
            value |= uint64_t{next & 0x7FU} << shift;
            if ((next & 0x80) != 0) continue;
            if (value <= UINT32_MAX && (next != 0 || shift == 0))
                return static_cast<uint32_t>(value);
            break;
        }
        fail(expected);
        return 0;
    }
    /// A count of items of at least `item_bytes` bytes each, which must be able to follow.
    uint32_t count(size_t item_bytes, const char* expected) {
        const uint32_t value = varint(expected);
        if (value <= left() / item_bytes) return value;
        fail(expected);
        return 0;
    }
    Uint256 number(size_t bytes_max, const char* expected) {
        const size_t size = byte(expected);
        if (size > bytes_max) fail(expected);
        const BytesView bytes = take(size, expected);
        if (!bytes.empty() && bytes[0] == 0) fail(expected);
        if (failed()) return {};
        Bytes32 wide;
        std::copy(bytes.begin(), bytes.end(), wide.end() - bytes.size());
        return to_uint256(wide);
    }

  private:
    BytesView bytes_;
    size_t at_ = 0;
    const char* expected_ = nullptr;
};

bool read_slots(Cursor& cursor, AccountChange& change, StateChanges& out) {
    const uint32_t count = cursor.count(kSlotBytesMin, "a count of slots that fit");
    if (count == 0) return cursor.fail("a count of slots, not 0");
    for (uint32_t i = 0; i < count; ++i) {
        StorageChange slot;
        slot.key = cursor.number(32, "a slot's key");
        slot.value = cursor.number(32, "a slot's value");
        if (cursor.failed()) return false;
        if (i != 0 && slot.key <= out.storage.back().key)
            return cursor.fail("slots that ascend by key");
        out.storage.push_back(slot);
    }
    change.storage_count = count;
    return true;
}

bool read_account(Cursor& cursor, StateChanges& out) {
    AccountChange change;
    change.address = cursor.fixed<20>("an address");
    const uint8_t flags = cursor.byte("an account's flags");
    if ((flags & ~(kExists | kStorageCleared | kHasCode | kHasSlots)) != 0 ||
        ((flags & kHasCode) != 0 && (flags & kExists) == 0))
        return cursor.fail("an account's flags");
    if (!out.accounts.empty() && change.address <= out.accounts.back().address)
        return cursor.fail("accounts that ascend by address");
    change.storage_cleared = (flags & kStorageCleared) != 0;
    change.storage_begin = static_cast<uint32_t>(out.storage.size());
    if ((flags & kExists) != 0) {
        Account& account = change.account.emplace();
        account.nonce = cursor.number(8, "a nonce").limb[0];
        account.balance = cursor.number(32, "a balance");
        if ((flags & kHasCode) != 0) {
            account.code_hash = cursor.fixed<32>("a code hash");
            if (!account.has_code()) return cursor.fail("the hash of code that is not empty");
        }
    }
    if ((flags & kHasSlots) != 0 && !read_slots(cursor, change, out)) return false;
    out.accounts.push_back(change);
    return !cursor.failed();
}

bool read_code(Cursor& cursor, StateChanges& out) {
    CodeChange change;
    change.hash = cursor.fixed<32>("a code's hash");
    if (!out.codes.empty() && change.hash <= out.codes.back().hash)
        return cursor.fail("codes that ascend by hash");
    const uint32_t length = cursor.varint("a code's length");
    const BytesView code = cursor.take(length, "a code's bytes");
    if (cursor.failed()) return false;
    if (keccak256(code) != change.hash) return cursor.fail("the code of its hash");
    change.code = std::make_shared<const Code>(to_bytes(code));
    out.codes.push_back(std::move(change));
    return true;
}

}  // namespace

Result<void> encode_block_record(const StoredBlock& block, const StateChanges& changes,
                                 Bytes& out) {
    uint8_t number[8];
    store_le<uint64_t>(number, block.number);
    append_bytes(out, number);
    append_bytes(out, block.hash);
    append_bytes(out, block.state_root);
    append_varint(out, static_cast<uint32_t>(changes.accounts.size()));
    size_t slots = 0;
    for (size_t i = 0; i < changes.accounts.size(); ++i) {
        const AccountChange& change = changes.accounts[i];
        if (i != 0 && change.address <= changes.accounts[i - 1].address)
            return not_canonical("the order of accounts");
        if (change.storage_begin != slots || change.storage_count > changes.storage.size() - slots)
            return not_canonical("slots that are not grouped by account");
        slots += change.storage_count;
        if (Result<void> added = put_account(out, changes, change); !added) return added;
    }
    if (slots != changes.storage.size()) return not_canonical("slots without an account");
    append_varint(out, static_cast<uint32_t>(changes.codes.size()));
    for (size_t i = 0; i < changes.codes.size(); ++i) {
        const CodeChange& change = changes.codes[i];
        if (i != 0 && change.hash <= changes.codes[i - 1].hash)
            return not_canonical("the order of codes");
        append_bytes(out, change.hash);
        append_varint(out, static_cast<uint32_t>(change.code->size()));
        append_bytes(out, change.code->bytes());
    }
    return {};
}

Result<void> decode_block_record(BytesView payload, BlockRecord& out) {
    out.changes.clear();
    Cursor cursor(payload);
    const BytesView number = cursor.take(8, "the block's number");
    out.block.number = cursor.failed() ? 0 : load_le<uint64_t>(number.data());
    out.block.hash = cursor.fixed<32>("the block's hash");
    out.block.state_root = cursor.fixed<32>("the state root");
    const uint32_t accounts = cursor.count(kAccountBytesMin, "a count of accounts that fit");
    for (uint32_t i = 0; i < accounts && !cursor.failed(); ++i)
        if (!read_account(cursor, out.changes)) return cursor.error();
    const uint32_t codes = cursor.count(kCodeBytesMin, "a count of codes that fit");
    for (uint32_t i = 0; i < codes && !cursor.failed(); ++i)
        if (!read_code(cursor, out.changes)) return cursor.error();
    if (!cursor.failed() && cursor.left() != 0) cursor.fail("the end");
    if (cursor.failed()) return cursor.error();
    return {};
}

}  // namespace switchyard::journal
