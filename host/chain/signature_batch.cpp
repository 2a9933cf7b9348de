// SPDX-License-Identifier: Apache-2.0
#include "host/chain/signature_batch.hpp"

#include "host/core/random.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

/// Half the order of secp256k1's group, rounded down: the largest s of EIP-2 and EIP-7702.
constexpr Uint256 kHalfOrder{0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff,
                             0x7fffffffffffffff};
constexpr uint8_t kInvalidRecoveryId = 0xff;

/// Signatures that are hashed and recovered together, and payload bytes after which a batch closes
/// although it is not full.
constexpr size_t kBatchSignatures = 1024;
constexpr size_t kBatchBytes = size_t{4} << 20;

/// Places of the table that finds equal claims: twice as many as there can be.
constexpr size_t kClaimPlaces = 2 * kBatchSignatures;

}  // namespace

void SignatureBatch::add(const Transaction& transaction, SenderResult& result) {
    const Signature& signature = transaction.signature;
    append_signing_payload(transaction, payloads_);
    push(signature.r, signature.s, signature.y_parity, {.sender = &result});
}

void SignatureBatch::add(const Transaction& transaction, const SenderClaim& claim,
                         simd::PublicKey& key, SenderResult& result) {
    const Signature& signature = transaction.signature;
    wants_keys_ = true;
    append_signing_payload(transaction, payloads_);
    push(signature.r, signature.s, signature.y_parity,
         {.sender = &result, .key = &key, .claim = claim.key != nullptr ? &claim : nullptr});
}

void SignatureBatch::add(Authorization& authorization) {
    append_signing_payload(authorization, payloads_);
    const uint64_t y_parity = authorization.y_parity.saturated();
    push(authorization.r, authorization.s,
         y_parity <= 1 ? static_cast<uint8_t>(y_parity) : kInvalidRecoveryId,
         {.authorization = &authorization});
}

void SignatureBatch::push(const Uint256& r, const Uint256& s, uint8_t y_parity, Job job) {
    simd::RecoverInput& input = inputs_.emplace_back();
    store_big_endian(r, input.r.data());
    store_big_endian(s, input.s.data());
    // The recovery ids 2 and 3 exist in secp256k1, but not in a transaction.
    input.recovery_id = y_parity <= 1 ? y_parity : kInvalidRecoveryId;
    job.payload_end = payloads_.size();
    job.high_s = s > kHalfOrder;
    jobs_.push_back(job);
    if (jobs_.size() == kBatchSignatures || payloads_.size() >= kBatchBytes) flush();
}

void SignatureBatch::hash_payloads() {
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

void SignatureBatch::recover() {
    if (!recover_workspace_)
        recover_workspace_ = std::make_unique_for_overwrite<simd::RecoverWorkspace>();
    simd::recover_addresses(inputs_, addresses_, statuses_, *recover_workspace_);
}

void SignatureBatch::verify() {
    claims_.assign(jobs_.size(), simd::kNoClaim);
    sources_.assign(jobs_.size(), 0);
    groups_.assign(jobs_.size(), 0);
    claimed_keys_.clear();
    index_of_claimed_.assign(kClaimPlaces, {nullptr, 0});
    for (size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].claim == nullptr) continue;
        claims_[i] = index_of_key(*jobs_[i].claim->key);
        sources_[i] = jobs_[i].claim->source;
        groups_[i] = jobs_[i].claim->trusted ? 1 : 0;
    }
    draw_coefficients();
    keys_.resize(jobs_.size());
    outcomes_.resize(jobs_.size());
    if (!verify_workspace_)
        verify_workspace_ = std::make_unique_for_overwrite<simd::VerifyWorkspace>();
    const auto statistics = simd::verify_known(
        {.signatures = inputs_,
         .keys = claimed_keys_,
         .claims = claims_,
         .sources = sources_,
         .coefficients = coefficients_,
         .groups = groups_},
        {.keys = keys_, .statuses = statuses_, .claims = outcomes_}, *verify_workspace_);
    proven_ += statistics.items_proven;
    hash_keys();
    for (size_t i = 0; i < jobs_.size(); ++i)
        if (jobs_[i].key != nullptr) *jobs_[i].key = keys_[i];
}

/// The place of `key` among the batch's claimed keys; claims that share an object share it.
uint32_t SignatureBatch::index_of_key(const simd::PublicKey& key) {
    const auto address = reinterpret_cast<uintptr_t>(&key);
    size_t place =
        mix_bytes(reinterpret_cast<const uint8_t*>(&address), sizeof(address), 0) % kClaimPlaces;
    while (index_of_claimed_[place].first != nullptr && index_of_claimed_[place].first != &key)
        place = (place + 1) % kClaimPlaces;
    auto& [claimed, index] = index_of_claimed_[place];
    if (claimed == nullptr) {
        claimed = &key;
        index = static_cast<uint32_t>(claimed_keys_.size());
        claimed_keys_.push_back(key);
    }
    return index;
}

/// Signatures and claims are fixed now, as `simd::VerifyBatch::coefficients` demands.
void SignatureBatch::draw_coefficients() {
    coefficients_.resize(claimed_keys_.empty() ? 0 : jobs_.size());
    if (coefficients_.empty()) return;
    const std::span<uint8_t> bytes(coefficients_.data()->data(),
                                   coefficients_.size() * sizeof(simd::Coefficient));
    // Without random bytes nothing is claimed, and all is recovered plainly.
    if (!fill_random(bytes)) coefficients_.clear();
}

/// The addresses of the keys: those of proven claims are known, the others are hashed.
void SignatureBatch::hash_keys() {
    messages_.clear();
    for (size_t i = 0; i < jobs_.size(); ++i)
        if (outcomes_[i] != simd::ClaimOutcome::Right) messages_.emplace_back(keys_[i]);
    digests_.resize(messages_.size() * simd::kKeccak256Size);
    simd::keccak256_batch(messages_, digests_);
    const uint8_t* digest = digests_.data();
    for (size_t i = 0; i < jobs_.size(); ++i) {
        if (outcomes_[i] == simd::ClaimOutcome::Right) {
            addresses_[i] = jobs_[i].claim->address.bytes;
            continue;
        }
        std::memcpy(addresses_[i].data(), digest + 12, addresses_[i].size());
        digest += simd::kKeccak256Size;
    }
}

void SignatureBatch::deliver(const Job& job, simd::RecoverStatus status,
                             const simd::AddressBytes& address) {
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

void SignatureBatch::flush() {
    if (jobs_.empty()) return;
    hash_payloads();
    addresses_.resize(jobs_.size());
    statuses_.resize(jobs_.size());
    if (wants_keys_)
        verify();
    else
        recover();
    for (size_t i = 0; i < jobs_.size(); ++i)
        deliver(jobs_[i], statuses_[i], addresses_[i]);
    jobs_.clear();
    inputs_.clear();
    payloads_.clear();
    wants_keys_ = false;
    // A transaction of many megabytes must not hold its memory for as long as the thread lives.
    if (payloads_.capacity() > 2 * kBatchBytes) payloads_ = {};
}

}  // namespace switchyard
