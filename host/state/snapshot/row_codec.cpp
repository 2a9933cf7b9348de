// SPDX-License-Identifier: Apache-2.0
#include "host/state/snapshot/row_codec.hpp"

#include "host/chain/hash.hpp"
#include "host/state/compact_bytes.hpp"

namespace switchyard::snapshot {
namespace {

enum RowKind : uint8_t { kEnd = 0, kAccount = 1, kAccountWithCode = 2, kSlot = 3, kCode = 4 };

}  // namespace

void append_account(Bytes& out, const AccountRow& row) {
    const bool has_code = row.account.has_code();
    out.push_back(has_code ? kAccountWithCode : kAccount);
    append_bytes(out, row.address);
    append_number(out, row.account.nonce);
    append_number(out, row.account.balance);
    if (has_code) append_bytes(out, row.account.code_hash);
}

void append_slot(Bytes& out, const StorageChange& slot) {
    out.push_back(kSlot);
    append_number(out, slot.key);
    append_number(out, slot.value);
}

void append_code(Bytes& out, const CodeRow& row) {
    SWITCHYARD_ASSERT(!row.code.empty() && row.code.size() <= kCodeBytesMax);
    out.push_back(kCode);
    append_bytes(out, row.hash);
    append_varint(out, row.code.size());
    append_bytes(out, row.code);
}

void append_end(Bytes& out, const StateCounts& counts) {
    out.push_back(kEnd);
    append_varint(out, counts.accounts);
    append_varint(out, counts.slots);
    append_varint(out, counts.codes);
}

void RowDecoder::feed(BytesView piece) {
    offset_ += at_;
    at_ = 0;
    piece_ = piece;
}

RowDecoder::Kind RowDecoder::fail(const char* expected) {
    if (expected_ == nullptr) expected_ = expected;
    return Kind::PieceEnd;
}

bool RowDecoder::take(size_t size, BytesView& out) {
    if (piece_.size() - at_ < size) return false;
    out = piece_.subspan(at_, size);
    at_ += size;
    return true;
}

bool RowDecoder::number(size_t bytes_max, Uint256& out) {
    BytesView bytes;
    if (!take(1, bytes)) return false;
    const size_t size = bytes[0];
    if (size > bytes_max || !take(size, bytes) || (size != 0 && bytes[0] == 0)) return false;
    out = *uint256_from_bytes(bytes);
    return true;
}

bool RowDecoder::varint(uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        BytesView bytes;
        if (!take(1, bytes)) return false;
        const uint64_t bits = bytes[0] & 0x7FU;
        if (shift == 63 && bits > 1) return false;
        out |= bits << shift;
        if ((bytes[0] & 0x80) == 0) return bytes[0] != 0 || shift == 0;
    }
    return false;
}

RowDecoder::Kind RowDecoder::read_account(bool has_code) {
    if (phase_ > Phase::Accounts) return fail("a code or the end");
    BytesView bytes;
    if (!take(Address::kSize, bytes)) return fail("an address");
    const auto address = fixed_bytes_unchecked<20>(bytes);
    if (phase_ == Phase::Accounts && address <= account_.address)
        return fail("accounts that ascend by address");
    Uint256 nonce;
    Account account;
    if (!number(8, nonce)) return fail("a nonce");
    if (!number(32, account.balance)) return fail("a balance");
    account.nonce = nonce.limb[0];
    if (has_code) {
        if (!take(Bytes32::kSize, bytes)) return fail("a code hash");
        account.code_hash = fixed_bytes_unchecked<32>(bytes);
        if (!account.has_code()) return fail("the hash of code that is not empty");
    }
    account_ = {address, account};
    phase_ = Phase::Accounts;
    has_slot_ = false;
    ++counts_.accounts;
    return Kind::Account;
}

RowDecoder::Kind RowDecoder::read_slot() {
    if (phase_ != Phase::Accounts) return fail("a slot behind an account only");
    StorageChange slot;
    if (!number(32, slot.key)) return fail("a slot's key");
    if (has_slot_ && slot.key <= slot_.key) return fail("slots that ascend by key");
    if (!number(32, slot.value) || slot.value.is_zero()) return fail("a slot's value, not 0");
    slot_ = slot;
    has_slot_ = true;
    ++counts_.slots;
    return Kind::Slot;
}

RowDecoder::Kind RowDecoder::read_code() {
    BytesView bytes;
    if (!take(Bytes32::kSize, bytes)) return fail("a code's hash");
    const auto hash = fixed_bytes_unchecked<32>(bytes);
    if (phase_ == Phase::Codes && hash <= code_.hash) return fail("codes that ascend by hash");
    uint64_t size = 0;
    if (!varint(size) || size == 0 || size > kCodeBytesMax) return fail("a code's length");
    if (!take(static_cast<size_t>(size), bytes)) return fail("a code's bytes");
    if (keccak256(bytes) != hash) return fail("the code of its hash");
    code_ = {hash, bytes};
    phase_ = Phase::Codes;
    ++counts_.codes;
    return Kind::Code;
}

RowDecoder::Kind RowDecoder::read_end() {
    StateCounts counts;
    if (!varint(counts.accounts) || !varint(counts.slots) || !varint(counts.codes) ||
        counts != counts_)
        return fail("the counts of the rows before");
    if (at_ != piece_.size()) return fail("nothing behind the end");
    phase_ = Phase::End;
    return Kind::End;
}

RowDecoder::Kind RowDecoder::read() {
    BytesView kind;
    if (!take(1, kind)) return Kind::PieceEnd;
    if (phase_ == Phase::End) return fail("nothing behind the end");
    switch (kind[0]) {
        case kEnd:
            return read_end();
        case kAccount:
        case kAccountWithCode:
            return read_account(kind[0] == kAccountWithCode);
        case kSlot:
            return read_slot();
        case kCode:
            return read_code();
        default:
            return fail("a kind of row");
    }
}

Result<RowDecoder::Kind> RowDecoder::next() {
    const Kind kind = expected_ == nullptr ? read() : Kind::PieceEnd;
    if (expected_ != nullptr)
        return Error{ErrorCode::Corrupt,
                     "rows, byte " + std::to_string(offset_ + at_) + ": expected " + expected_};
    return kind;
}

}  // namespace switchyard::snapshot
