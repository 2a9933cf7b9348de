// SPDX-License-Identifier: Apache-2.0
#include "host/chain/transaction.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/assert.hpp"

namespace switchyard {
namespace {

using rlp::Encoder;
using rlp::Failure;
using rlp::Fault;
using rlp::Reader;

/// EIP-7702 signs this byte and rlp([chain_id, address, nonce]).
constexpr uint8_t kAuthorizationMagic = 0x05;
/// EIP-155: v is 35 + 2 * chain_id + y_parity; before it 27 + y_parity.
constexpr uint64_t kProtectedV = 35;
constexpr uint64_t kUnprotectedV = 27;

bool decode_to(Reader& fields, Failure& failure, std::optional<Address>& out) {
    BytesView content;
    if (!fields.string("to", content)) return false;
    if (content.empty()) {
        out.reset();
        return true;
    }
    if (content.size() != Address::kSize) return failure.fail("to", Fault::WrongLength);
    out = fixed_bytes_unchecked<Address::kSize>(content);
    return true;
}

/// Types 3 and 4 cannot create contracts.
bool decode_call_target(Reader& fields, std::optional<Address>& out) {
    return fields.fixed("to", out.emplace());
}

bool decode_access_list(Reader& fields, Failure& failure, AccessList& out) {
    BytesView members;
    if (!fields.list("accessList", members)) return false;
    Reader entries(members, failure);
    while (!entries.at_end()) {
        BytesView entry_members;
        BytesView key_members;
        AccessListEntry& entry = out.emplace_back();
        if (!entries.list("accessList entry", entry_members)) return false;
        Reader entry_fields(entry_members, failure);
        if (!entry_fields.fixed("accessList address", entry.address) ||
            !entry_fields.list("accessList storageKeys", key_members) ||
            !entry_fields.finish("accessList entry"))
            return false;
        Reader keys(key_members, failure);
        while (!keys.at_end())
            if (!keys.fixed("accessList storageKey", entry.storage_keys.emplace_back()))
                return false;
    }
    return true;
}

bool decode_blob_hashes(Reader& fields, Failure& failure, std::vector<Bytes32>& out) {
    BytesView members;
    if (!fields.list("blobVersionedHashes", members)) return false;
    Reader hashes(members, failure);
    while (!hashes.at_end())
        if (!hashes.fixed("blobVersionedHash", out.emplace_back())) return false;
    return true;
}

bool decode_authorization(BytesView members, Failure& failure, Authorization& out) {
    Reader fields(members, failure);
    if (!fields.uint256("authorization chainId", out.chain_id) ||
        !fields.fixed("authorization address", out.address) ||
        !fields.uint64("authorization nonce", out.nonce) ||
        !fields.uint256("authorization yParity", out.y_parity) ||
        !fields.uint256("authorization r", out.r) || !fields.uint256("authorization s", out.s) ||
        !fields.finish("authorization"))
        return false;
    // EIP-7702: a transaction whose tuple has y_parity of more than a byte is invalid as a whole.
    if (out.y_parity > Uint256{UINT8_MAX})
        return failure.fail("authorization yParity", Fault::OutOfRange);
    return true;
}

bool decode_authorizations(Reader& fields, Failure& failure, std::vector<Authorization>& out) {
    BytesView members;
    if (!fields.list("authorizationList", members)) return false;
    Reader tuples(members, failure);
    while (!tuples.at_end()) {
        BytesView tuple;
        if (!tuples.list("authorization", tuple) ||
            !decode_authorization(tuple, failure, out.emplace_back()))
            return false;
    }
    return true;
}

bool decode_signature(Reader& fields, Failure& failure, Signature& out) {
    uint64_t y_parity = 0;
    if (!fields.uint64("yParity", y_parity) || !fields.uint256("r", out.r) ||
        !fields.uint256("s", out.s))
        return false;
    if (y_parity > 1) return failure.fail("yParity", Fault::OutOfRange);
    out.y_parity = static_cast<uint8_t>(y_parity);
    return true;
}

bool decode_legacy(BytesView members, Failure& failure, Transaction& out) {
    Reader fields(members, failure);
    Uint256 v;
    if (!fields.uint64("nonce", out.nonce) || !fields.uint256("gasPrice", out.max_fee_per_gas) ||
        !fields.uint64("gas", out.gas_limit) || !decode_to(fields, failure, out.to) ||
        !fields.uint256("value", out.value) || !fields.bytes("input", out.data) ||
        !fields.uint256("v", v) || !fields.uint256("r", out.signature.r) ||
        !fields.uint256("s", out.signature.s) || !fields.finish("transaction"))
        return false;
    out.max_priority_fee_per_gas = out.max_fee_per_gas;
    if (v == Uint256{kUnprotectedV} || v == Uint256{kUnprotectedV + 1}) {
        out.signature.y_parity = static_cast<uint8_t>(v.limb[0] - kUnprotectedV);
        return true;
    }
    if (v < Uint256{kProtectedV}) return failure.fail("v", Fault::OutOfRange);
    const Uint256 offset = v - Uint256{kProtectedV};
    const Uint256 chain_id = offset >> 1;
    if (!chain_id.fits_uint64()) return failure.fail("v", Fault::OutOfRange);
    out.chain_id = chain_id.limb[0];
    out.signature.y_parity = static_cast<uint8_t>(offset.limb[0] & 1);
    return true;
}

bool decode_typed(BytesView members, Failure& failure, Transaction& out) {
    Reader fields(members, failure);
    const bool is_blob = out.type == TransactionType::Blob;
    const bool is_set_code = out.type == TransactionType::SetCode;
    if (!fields.uint64("chainId", out.chain_id.emplace()) || !fields.uint64("nonce", out.nonce))
        return false;
    if (out.type == TransactionType::AccessList) {
        if (!fields.uint256("gasPrice", out.max_fee_per_gas)) return false;
        out.max_priority_fee_per_gas = out.max_fee_per_gas;
    } else if (!fields.uint256("maxPriorityFeePerGas", out.max_priority_fee_per_gas) ||
               !fields.uint256("maxFeePerGas", out.max_fee_per_gas)) {
        return false;
    }
    if (!fields.uint64("gas", out.gas_limit) ||
        !(is_blob || is_set_code ? decode_call_target(fields, out.to)
                                 : decode_to(fields, failure, out.to)) ||
        !fields.uint256("value", out.value) || !fields.bytes("input", out.data) ||
        !decode_access_list(fields, failure, out.access_list))
        return false;
    if (is_blob && (!fields.uint256("maxFeePerBlobGas", out.max_fee_per_blob_gas) ||
                    !decode_blob_hashes(fields, failure, out.blob_versioned_hashes)))
        return false;
    if (is_set_code && !decode_authorizations(fields, failure, out.authorization_list))
        return false;
    return decode_signature(fields, failure, out.signature) && fields.finish("transaction");
}

void encode_access_list(Encoder& encoder, const AccessList& access_list) {
    const size_t list = encoder.begin_list();
    for (const AccessListEntry& entry : access_list) {
        const size_t entry_list = encoder.begin_list();
        encoder.string(entry.address);
        const size_t key_list = encoder.begin_list();
        for (const Bytes32& key : entry.storage_keys)
            encoder.string(key);
        encoder.end_list(key_list);
        encoder.end_list(entry_list);
    }
    encoder.end_list(list);
}

void encode_authorizations(Encoder& encoder, const std::vector<Authorization>& authorizations) {
    const size_t list = encoder.begin_list();
    for (const Authorization& authorization : authorizations) {
        const size_t tuple = encoder.begin_list();
        encoder.uint256(authorization.chain_id);
        encoder.string(authorization.address);
        encoder.uint64(authorization.nonce);
        encoder.uint256(authorization.y_parity);
        encoder.uint256(authorization.r);
        encoder.uint256(authorization.s);
        encoder.end_list(tuple);
    }
    encoder.end_list(list);
}

/// The fields from the nonce to the data, which all types share in this order.
void encode_common(Encoder& encoder, const Transaction& transaction) {
    encoder.uint64(transaction.nonce);
    if (transaction.type >= TransactionType::DynamicFee)
        encoder.uint256(transaction.max_priority_fee_per_gas);
    encoder.uint256(transaction.max_fee_per_gas);
    encoder.uint64(transaction.gas_limit);
    encoder.string(transaction.to ? BytesView{*transaction.to} : BytesView{});
    encoder.uint256(transaction.value);
    encoder.string(transaction.data);
}

/// The type byte and the fields before the signature; the list stays open. Returns its mark.
size_t encode_typed_fields(Bytes& out, const Transaction& transaction) {
    SWITCHYARD_ASSERT(transaction.type <= TransactionType::SetCode);
    out.push_back(static_cast<uint8_t>(transaction.type));
    Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encoder.uint64(transaction.chain_id.value_or(0));
    encode_common(encoder, transaction);
    encode_access_list(encoder, transaction.access_list);
    if (transaction.type == TransactionType::Blob) {
        encoder.uint256(transaction.max_fee_per_blob_gas);
        const size_t hashes = encoder.begin_list();
        for (const Bytes32& hash : transaction.blob_versioned_hashes)
            encoder.string(hash);
        encoder.end_list(hashes);
    }
    if (transaction.type == TransactionType::SetCode)
        encode_authorizations(encoder, transaction.authorization_list);
    return list;
}

/// Room for the fields of fixed size, so that the common transaction is encoded with one
/// allocation.
Bytes reserved_for(const Transaction& transaction) {
    constexpr size_t kFixedFields = 320;
    Bytes out;
    out.reserve(kFixedFields + transaction.data.size());
    return out;
}

}  // namespace

Result<Transaction> decode_transaction(BytesView encoded) {
    if (encoded.empty()) return Error{ErrorCode::InvalidInput, "transaction: no bytes"};
    Transaction out;
    Failure failure;
    const uint8_t first = encoded[0];
    const bool is_legacy = first >= 0xc0;
    if (!is_legacy) {
        if (first >= 0x80)
            return Error{ErrorCode::InvalidInput, "transaction: neither a list nor a type byte"};
        if (first < static_cast<uint8_t>(TransactionType::AccessList) ||
            first > static_cast<uint8_t>(TransactionType::SetCode))
            return Error{ErrorCode::Unsupported,
                         "transaction: unknown type " + std::to_string(first)};
        out.type = static_cast<TransactionType>(first);
        encoded = encoded.subspan(1);
    }
    Reader envelope(encoded, failure);
    BytesView members;
    if (!envelope.list("transaction", members) || !envelope.finish("transaction") ||
        !(is_legacy ? decode_legacy(members, failure, out) : decode_typed(members, failure, out)))
        return failure.error();
    return out;
}

Bytes encode_transaction(const Transaction& transaction) {
    Bytes out = reserved_for(transaction);
    Encoder encoder(out);
    const Signature& signature = transaction.signature;
    size_t list = 0;
    if (transaction.type == TransactionType::Legacy) {
        list = encoder.begin_list();
        encode_common(encoder, transaction);
        // 35 + 2 * chain_id passes 64 bits for the largest chain ids.
        encoder.uint256(Uint256{signature.y_parity} +
                        (transaction.chain_id
                             ? Uint256{kProtectedV} + (Uint256{*transaction.chain_id} << 1)
                             : Uint256{kUnprotectedV}));
    } else {
        list = encode_typed_fields(out, transaction);
        encoder.uint64(signature.y_parity);
    }
    encoder.uint256(signature.r);
    encoder.uint256(signature.s);
    encoder.end_list(list);
    return out;
}

void append_signing_payload(const Transaction& transaction, Bytes& out) {
    Encoder encoder(out);
    size_t list = 0;
    if (transaction.type == TransactionType::Legacy) {
        list = encoder.begin_list();
        encode_common(encoder, transaction);
        if (transaction.chain_id) {
            encoder.uint64(*transaction.chain_id);
            encoder.uint64(0);
            encoder.uint64(0);
        }
    } else {
        list = encode_typed_fields(out, transaction);
    }
    encoder.end_list(list);
}

void append_signing_payload(const Authorization& authorization, Bytes& out) {
    out.push_back(kAuthorizationMagic);
    Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encoder.uint256(authorization.chain_id);
    encoder.string(authorization.address);
    encoder.uint64(authorization.nonce);
    encoder.end_list(list);
}

Bytes signing_payload(const Transaction& transaction) {
    Bytes out = reserved_for(transaction);
    append_signing_payload(transaction, out);
    return out;
}

Bytes signing_payload(const Authorization& authorization) {
    Bytes out;
    append_signing_payload(authorization, out);
    return out;
}

Bytes32 transaction_hash(const Transaction& transaction) {
    return keccak256(encode_transaction(transaction));
}

}  // namespace switchyard
