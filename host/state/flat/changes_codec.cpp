// SPDX-License-Identifier: Apache-2.0
#include "host/state/flat/changes_codec.hpp"

namespace switchyard::flat {
namespace {

enum Flag : uint8_t { kExists = 1, kStorageCleared = 2, kHasCode = 4 };

void put_count(Bytes& out, size_t count) {
    SWITCHYARD_ASSERT(count <= UINT32_MAX);
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<uint8_t>(count >> shift));
}

void put_number(Bytes& out, const Uint256& value) {
    const Bytes32 bytes = to_bytes32(value);
    size_t first = 0;
    while (first < 32 && bytes[first] == 0)
        ++first;
    out.push_back(static_cast<uint8_t>(32 - first));
    out.insert(out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end());
}

/// Takes pieces from the front; after the first that is not there, `failed` stays true.
class Reader {
  public:
    explicit Reader(BytesView bytes) : rest_(bytes) {}

    BytesView take(size_t size) {
        if (rest_.size() < size) {
            failed_ = true;
            rest_ = {};
            return {};
        }
        const BytesView out = rest_.first(size);
        rest_ = rest_.subspan(size);
        return out;
    }
    template <size_t N>
    FixedBytes<N> fixed() {
        const BytesView bytes = take(N);
        return failed_ ? FixedBytes<N>{} : fixed_bytes_unchecked<N>(bytes);
    }
    uint8_t byte() {
        const BytesView bytes = take(1);
        return bytes.empty() ? uint8_t{0} : bytes[0];
    }
    uint32_t count() {
        uint32_t out = 0;
        for (const uint8_t b : take(4))
            out = out << 8 | b;
        return out;
    }
    Uint256 number(size_t size_max) {
        const size_t size = byte();
        const BytesView bytes = take(size <= size_max ? size : SIZE_MAX);
        if (!bytes.empty() && bytes[0] == 0) failed_ = true;
        return uint256_from_bytes(bytes).value_or(Uint256{});
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return rest_.empty() && !failed_; }

  private:
    BytesView rest_;
    bool failed_ = false;
};

/// False: not the bytes of an account that may follow `out.accounts`.
bool read_account(Reader& reader, StateChanges& out) {
    AccountChange change;
    change.address = reader.fixed<20>();
    const uint8_t flags = reader.byte();
    const bool exists = (flags & kExists) != 0;
    if (flags > (kExists | kStorageCleared | kHasCode)) return false;
    if (!exists && (flags & kHasCode) != 0) return false;
    if (!out.accounts.empty() && change.address <= out.accounts.back().address) return false;
    change.storage_cleared = (flags & kStorageCleared) != 0;
    if (exists) {
        Account account;
        account.nonce = reader.number(8).limb[0];
        account.balance = reader.number(32);
        if ((flags & kHasCode) != 0) {
            account.code_hash = reader.fixed<32>();
            if (!account.has_code()) return false;
        }
        change.account = account;
    }
    change.storage_begin = static_cast<uint32_t>(out.storage.size());
    change.storage_count = reader.count();
    if (!exists && change.storage_count != 0) return false;
    for (uint32_t i = 0; i < change.storage_count && !reader.failed(); ++i) {
        const Uint256 key = reader.number(32);
        if (i != 0 && key <= out.storage.back().key) return false;
        out.storage.push_back({key, reader.number(32)});
    }
    out.accounts.push_back(change);
    return !reader.failed();
}

}  // namespace

Bytes encode_changes(const StateChanges& changes) {
    Bytes out;
    out.reserve(4 + changes.accounts.size() * 48 + changes.storage.size() * 56);
    put_count(out, changes.accounts.size());
    for (const AccountChange& change : changes.accounts) {
        out.insert(out.end(), change.address.begin(), change.address.end());
        const bool exists = change.account.has_value();
        const bool has_code = exists && change.account->has_code();
        out.push_back(static_cast<uint8_t>((exists ? kExists : 0) |
                                           (change.storage_cleared ? kStorageCleared : 0) |
                                           (has_code ? kHasCode : 0)));
        if (exists) {
            put_number(out, change.account->nonce);
            put_number(out, change.account->balance);
            if (has_code)
                out.insert(out.end(), change.account->code_hash.begin(),
                           change.account->code_hash.end());
        }
        SWITCHYARD_ASSERT(exists || change.storage_count == 0);
        put_count(out, change.storage_count);
        for (const StorageChange& slot : changes.storage_of(change)) {
            put_number(out, slot.key);
            put_number(out, slot.value);
        }
    }
    return out;
}

Result<StateChanges> decode_changes(BytesView bytes) {
    Reader reader(bytes);
    StateChanges out;
    const uint32_t accounts = reader.count();
    for (uint32_t i = 0; i < accounts; ++i)
        if (!read_account(reader, out))
            return Error{ErrorCode::Corrupt, "account " + std::to_string(i) + " of " +
                                                 std::to_string(accounts) + " is malformed"};
    if (!reader.at_end())
        return Error{ErrorCode::Corrupt, "bytes follow the last account, or the first is missing"};
    return out;
}

}  // namespace switchyard::flat
