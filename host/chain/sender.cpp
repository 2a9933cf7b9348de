// SPDX-License-Identifier: Apache-2.0
#include "host/chain/sender.hpp"

#include <vector>

#include "host/core/assert.hpp"
#include "simd/keccak256.hpp"
#include "simd/secp256k1_recover.hpp"

namespace switchyard {
namespace {

/// Half the order of secp256k1's group, rounded down: the largest s of EIP-2 and EIP-7702.
constexpr Uint256 kHalfOrder{0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff,
                             0x7fffffffffffffff};

/// Signatures that are hashed and recovered together, and payload bytes after which a batch closes
/// although it is not full.
constexpr size_t kBatchSignatures = 1024;
constexpr size_t kBatchBytes = size_t{4} << 20;

/// Collects signatures and recovers them when the batch is full. Each result goes through a pointer
/// to where it belongs.
class Batch {
  public:
    void add(const Transaction& transaction, SenderResult& result) {
        const Signature& signature = transaction.signature;
        append_signing_payload(transaction, payloads_);
        push(signature.r, signature.s, signature.y_parity, &result, nullptr);
    }

    void add(Authorization& authorization) {
        append_signing_payload(authorization, payloads_);
        const uint64_t y_parity = authorization.y_parity.saturated();
        push(authorization.r, authorization.s,
             y_parity <= 1 ? static_cast<uint8_t>(y_parity) : kInvalidRecoveryId, nullptr,
             &authorization);
    }

    void flush();

  private:
    /// Where one result goes: exactly one of the pointers is set.
    struct Job {
        size_t payload_end;
        SenderResult* sender;
        Authorization* authorization;
        bool high_s;
    };
    static constexpr uint8_t kInvalidRecoveryId = 0xff;

    void push(const Uint256& r, const Uint256& s, uint8_t y_parity, SenderResult* sender,
              Authorization* authorization) {
        simd::RecoverInput& input = inputs_.emplace_back();
        store_big_endian(r, input.r.data());
        store_big_endian(s, input.s.data());
        // The recovery ids 2 and 3 exist in secp256k1, but not in a transaction.
        input.recovery_id = y_parity <= 1 ? y_parity : kInvalidRecoveryId;
        jobs_.push_back({payloads_.size(), sender, authorization, s > kHalfOrder});
        if (jobs_.size() == kBatchSignatures || payloads_.size() >= kBatchBytes) flush();
    }

    void hash_payloads();
    static void deliver(const Job& job, simd::RecoverStatus status,
                        const simd::AddressBytes& address);

    Bytes payloads_;
    std::vector<Job> jobs_;
    std::vector<std::span<const uint8_t>> messages_;
    Bytes digests_;
    std::vector<simd::RecoverInput> inputs_;
    std::vector<simd::AddressBytes> addresses_;
    std::vector<simd::RecoverStatus> statuses_;
};

void Batch::hash_payloads() {
    messages_.clear();
    size_t begin = 0;
    for (const Job& job : jobs_) {
        messages_.push_back(BytesView{payloads_}.subspan(begin, job.payload_end - begin));
        begin = job.payload_end;
    }
    digests_.resize(jobs_.size() * simd::kKeccak256Size);
    simd::keccak256_batch(messages_, digests_);
    for (size_t i = 0; i < jobs_.size(); ++i)
        std::memcpy(inputs_[i].message_hash.data(), digests_.data() + i * simd::kKeccak256Size,
                    simd::kKeccak256Size);
}

void Batch::deliver(const Job& job, simd::RecoverStatus status, const simd::AddressBytes& address) {
    const bool found = status == simd::RecoverStatus::Ok;
    if (job.authorization != nullptr) {
        // EIP-7702 has refused a high s from its first block on.
        if (found && !job.high_s)
            job.authorization->authority = Address{address};
        else
            job.authorization->authority.reset();
        return;
    }
    if (!found) {
        *job.sender = {};
        return;
    }
    job.sender->status = job.high_s ? SenderStatus::HighS : SenderStatus::Ok;
    job.sender->sender = Address{address};
}

void Batch::flush() {
    if (jobs_.empty()) return;
    hash_payloads();
    addresses_.resize(jobs_.size());
    statuses_.resize(jobs_.size());
    simd::recover_addresses(inputs_, addresses_, statuses_);
    for (size_t i = 0; i < jobs_.size(); ++i)
        deliver(jobs_[i], statuses_[i], addresses_[i]);
    jobs_.clear();
    inputs_.clear();
    payloads_.clear();
    // A transaction of many megabytes must not hold its memory for as long as the thread lives.
    if (payloads_.capacity() > 2 * kBatchBytes) payloads_ = {};
}

}  // namespace

void recover_senders(std::span<Transaction> transactions, std::span<SenderResult> senders) {
    SWITCHYARD_ASSERT(transactions.size() == senders.size());
    thread_local Batch batch;
    for (size_t i = 0; i < transactions.size(); ++i) {
        batch.add(transactions[i], senders[i]);
        for (Authorization& authorization : transactions[i].authorization_list)
            batch.add(authorization);
    }
    batch.flush();
}

}  // namespace switchyard
