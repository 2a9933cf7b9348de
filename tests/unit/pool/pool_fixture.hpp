// SPDX-License-Identifier: Apache-2.0
// Transactions and a funded state for tests of the pool.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/pool/pool.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::pool_tests {

inline constexpr uint64_t kGwei = 1'000'000'000;
inline constexpr uint64_t kTransferGas = 21'000;

inline Address sender_of(uint8_t number) {
    return Address{{0xaa, number}};
}

struct Fields {
    uint8_t sender = 1;
    uint64_t nonce = 0;
    Uint256 max_fee = 100 * kGwei;
    Uint256 tip = kGwei;
    uint64_t gas_limit = kTransferGas;
    Uint256 value{};
    size_t blobs = 0;
    Uint256 max_blob_fee = kGwei;
    std::vector<uint8_t> authorities = {};  ///< numbers of senders: a set-code transaction
    size_t data_bytes = 0;
    uint8_t to = 0xbb;
};

inline SignedTransaction transaction(const Fields& fields) {
    SignedTransaction out;
    Transaction& inner = out.transaction;
    inner.type = fields.blobs != 0             ? TransactionType::Blob
                 : !fields.authorities.empty() ? TransactionType::SetCode
                                               : TransactionType::DynamicFee;
    inner.chain_id = 1;
    inner.nonce = fields.nonce;
    inner.max_fee_per_gas = fields.max_fee;
    inner.max_priority_fee_per_gas = fields.tip;
    inner.gas_limit = fields.gas_limit;
    inner.to = Address{{fields.to}};
    inner.data.resize(fields.data_bytes);
    for (const uint8_t number : fields.authorities) {
        Authorization& authorization = inner.authorization_list.emplace_back();
        authorization.chain_id = 1;
        authorization.r = number;
        authorization.authority = sender_of(number);
    }
    inner.value = fields.value;
    inner.blob_versioned_hashes.resize(fields.blobs);
    if (fields.blobs != 0) inner.max_fee_per_blob_gas = fields.max_blob_fee;
    // Stands for the signature, which differs from sender to sender.
    inner.signature.r = fields.sender;
    const Bytes encoded = encode_transaction(inner);
    out.hash = keccak256(encoded);
    out.sender = sender_of(fields.sender);
    out.encoded_bytes = static_cast<uint32_t>(encoded.size());
    return out;
}

/// A pool over a state with ten funded senders of nonce 0.
class PoolTest : public testing::Test {
  protected:
    PoolTest() {
        for (uint8_t n = 1; n <= 10; ++n)
            set_account(n, 0, Uint256{1'000'000'000 * kGwei});
    }

    void set_account(uint8_t sender, uint64_t nonce, const Uint256& balance) {
        Account account;
        account.nonce = nonce;
        account.balance = balance;
        state_.set_account(sender_of(sender), account);
    }

    [[nodiscard]] PoolHead head() {
        PoolHead out;
        out.state = &state_;
        out.block_gas_limit = 30'000'000;
        out.rules = [](const Transaction& t) {
            return t.gas_limit < kTransferGas ? Verdict::IntrinsicGasTooLow : Verdict::Accepted;
        };
        return out;
    }

    [[nodiscard]] std::unique_ptr<Pool> make_pool(const PoolConfig& config = {}) {
        auto pool = std::make_unique<Pool>(config);
        pool->set_head(head());
        return pool;
    }

    static BlockTarget target() {
        return {30'000'000, Uint256{10 * kGwei}, 6 * kGasPerBlob, Uint256{2}, 10'000};
    }

    MemoryState state_;
};

}  // namespace switchyard::pool_tests
