// SPDX-License-Identifier: Apache-2.0
// Signatures on their way through `simd/`: hashed and recovered or verified together.
#pragma once

#include <memory>
#include <vector>

#include "host/chain/sender.hpp"
#include "simd/secp256k1/verify/workspace.hpp"

namespace switchyard {

/// Collects signatures and decides on them when the batch is full. Each result goes through a
/// pointer to where it belongs, which must live until `flush`. One thread.
class SignatureBatch {
  public:
    void add(const Transaction& transaction, SenderResult& result);
    /// Also writes the public key to `key`.
    void add(const Transaction& transaction, const SenderClaim& claim, simd::PublicKey& key,
             SenderResult& result);
    void add(Authorization& authorization);

    /// Decides on what is left.
    void flush();

    /// Signatures that an equation proved, since the start; the others were recovered.
    [[nodiscard]] uint64_t proven() const { return proven_; }

  private:
    /// Where one result goes: exactly one of `sender` and `authorization` is set.
    struct Job {
        size_t payload_end = 0;
        SenderResult* sender = nullptr;
        Authorization* authorization = nullptr;
        bool high_s = false;
        simd::PublicKey* key = nullptr;
        const SenderClaim* claim = nullptr;  ///< null or with a key
    };

    void push(const Uint256& r, const Uint256& s, uint8_t y_parity, Job job);
    void hash_payloads();
    void recover();
    void verify();
    [[nodiscard]] uint32_t index_of_key(const simd::PublicKey& key);
    void draw_coefficients();
    void hash_keys();
    static void deliver(const Job& job, simd::RecoverStatus status,
                        const simd::AddressBytes& address);

    Bytes payloads_;
    std::vector<Job> jobs_;
    bool wants_keys_ = false;
    uint64_t proven_ = 0;
    std::vector<std::span<const uint8_t>> messages_;
    Bytes digests_;
    std::vector<simd::RecoverInput> inputs_;
    std::vector<simd::AddressBytes> addresses_;
    std::vector<simd::RecoverStatus> statuses_;
    std::unique_ptr<simd::RecoverWorkspace> recover_workspace_;

    // What `verify` needs on top.
    std::vector<simd::PublicKey> keys_;
    std::vector<simd::PublicKey> claimed_keys_;
    std::vector<std::pair<const simd::PublicKey*, uint32_t>> index_of_claimed_;
    std::vector<uint32_t> claims_;
    std::vector<uint32_t> sources_;
    std::vector<uint8_t> groups_;
    std::vector<simd::ClaimOutcome> outcomes_;
    std::vector<simd::Coefficient> coefficients_;
    std::unique_ptr<simd::VerifyWorkspace> verify_workspace_;
};

}  // namespace switchyard
