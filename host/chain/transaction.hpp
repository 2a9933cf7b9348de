// SPDX-License-Identifier: Apache-2.0
// Signed transactions of types 0 to 4: the value, its encoding and its signing hash.
#pragma once

#include <optional>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// The EIP-2718 type byte; `Legacy` has none on the wire.
enum class TransactionType : uint8_t {
    Legacy = 0,
    AccessList = 1,  ///< EIP-2930
    DynamicFee = 2,  ///< EIP-1559
    Blob = 3,        ///< EIP-4844, without its sidecar
    SetCode = 4,     ///< EIP-7702
};

struct AccessListEntry {
    Address address;
    std::vector<Bytes32> storage_keys;
    bool operator==(const AccessListEntry&) const = default;
};
using AccessList = std::vector<AccessListEntry>;

/// An ECDSA signature over secp256k1 as transactions carry it. `r` and `s` may hold any value that
/// was on the wire.
struct Signature {
    Uint256 r;
    Uint256 s;
    uint8_t y_parity = 0;  ///< 0 or 1 in a decoded transaction
    bool operator==(const Signature&) const = default;
};

/// EIP-7702: `authority` lets its account run the code of `address`. The authority is recovered,
/// not transmitted.
struct Authorization {
    Uint256 chain_id;  ///< 0 for any chain
    Address address;
    uint64_t nonce = 0;
    Uint256 y_parity;  ///< as transmitted: a byte is decodable, only 0 and 1 are valid
    Uint256 r;
    Uint256 s;
    std::optional<Address> authority;  ///< filled by `recover_senders`; no value when the signature
                                       ///< is not valid (the tuple is skipped)
    bool operator==(const Authorization&) const = default;
};

/// One transaction. Fields that its type does not have are zero or empty.
struct Transaction {
    TransactionType type = TransactionType::Legacy;
    std::optional<uint64_t>
        chain_id;  ///< none: a legacy transaction without EIP-155 replay protection
    uint64_t nonce = 0;
    Uint256 max_priority_fee_per_gas;  ///< types 0 and 1: the gas price
    Uint256 max_fee_per_gas;           ///< types 0 and 1: the gas price
    uint64_t gas_limit = 0;
    std::optional<Address> to;  ///< none: contract creation
    Uint256 value;
    Bytes data;
    AccessList access_list;
    Uint256 max_fee_per_blob_gas;
    std::vector<Bytes32> blob_versioned_hashes;
    std::vector<Authorization> authorization_list;
    Signature signature;

    bool operator==(const Transaction&) const = default;
    [[nodiscard]] bool is_create() const { return !to.has_value(); }
};

/// A transaction whose bytes were hashed and whose sender was recovered. What moves from the verify
/// station on.
struct SignedTransaction {
    Transaction transaction;
    Bytes32 hash;  ///< Keccak-256 of the canonical encoding
    Address sender;
    uint32_t encoded_bytes = 0;  ///< length of the canonical encoding
};

/// Decodes the canonical encoding: RLP of a legacy transaction, or type byte and RLP payload
/// (EIP-2718). Strict: trailing bytes, leading zeros in integers, wrong field counts and fields out
/// of their range are `ErrorCode::InvalidInput`, with the field in the message. A type byte that is
/// unknown is `ErrorCode::Unsupported`. Safe on any input; cost linear in its length. What decodes
/// is encoded again to the same bytes. A nonce of 2^64 - 1, fees, gas, list sizes and the order of
/// r and s are rules of execution and of the sender, not of the encoding.
[[nodiscard]] Result<Transaction> decode_transaction(BytesView encoded);

/// The canonical encoding, as hashed for the transaction's hash and as put into a block body's
/// tries.
[[nodiscard]] Bytes encode_transaction(const Transaction& transaction);

/// The bytes whose Keccak-256 is signed: EIP-155 or pre-EIP-155 for legacy, type byte and unsigned
/// payload otherwise.
[[nodiscard]] Bytes signing_payload(const Transaction& transaction);
/// The same, appended to `out`, for batches that share one buffer.
void append_signing_payload(const Transaction& transaction, Bytes& out);

/// EIP-7702: 0x05 and rlp([chain_id, address, nonce]).
[[nodiscard]] Bytes signing_payload(const Authorization& authorization);
void append_signing_payload(const Authorization& authorization, Bytes& out);

[[nodiscard]] Bytes32 transaction_hash(const Transaction& transaction);

}  // namespace switchyard
