// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/verify_station.hpp"

#include <algorithm>
#include <chrono>

#include "host/core/assert.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {
namespace {

uint64_t steady_nanoseconds() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

}  // namespace

VerifyStation::VerifyStation(const VerifyConfig& config, Clock clock)
    : config_(config),
      clock_(clock ? std::move(clock) : Clock(steady_nanoseconds)),
      known_keys_(config.known_keys) {
    SWITCHYARD_ASSERT(config.batch_size >= 1 && config.batch_size <= kBatchTransactionsMax);
    raw_.resize(config.batch_size);
    verdicts_.resize(config.batch_size);
}

size_t VerifyStation::step(TransactionSource& source, TransactionSink& sink) {
    const size_t wanted = std::min(config_.batch_size, sink.room());
    if (wanted == 0) {
        ++statistics_.waits_for_room;
        return 0;
    }
    const size_t count_taken = source.poll(std::span(raw_).first(wanted));
    SWITCHYARD_ASSERT(count_taken <= wanted);
    if (count_taken == 0) return 0;
    const uint64_t begin = clock_();
    const auto raw = std::span<const RawTransaction>(raw_).first(count_taken);
    const auto verdicts = std::span(verdicts_).first(count_taken);

    verify(raw, verdicts, verified_);
    sink_verdicts_.assign(verified_.size(), Verdict::PoolFull);
    if (!verified_.empty()) sink.accept(verified_, sink_verdicts_);
    // The sink has judged the accepted ones, in their order.
    size_t next = 0;
    for (Verdict& verdict : verdicts)
        if (verdict == Verdict::Accepted) verdict = sink_verdicts_[next++];
    SWITCHYARD_ASSERT(next == sink_verdicts_.size());
    verified_.clear();
    learn_keys(verdicts);

    source.release(raw, verdicts);
    count(raw, verdicts);
    statistics_.busy_ns += clock_() - begin;
    return count_taken;
}

void VerifyStation::verify(std::span<const RawTransaction> raw, std::span<Verdict> verdicts,
                           std::vector<SignedTransaction>& out) {
    SWITCHYARD_ASSERT(raw.size() == verdicts.size() && raw.size() <= kBatchTransactionsMax);
    positions_.clear();
    decoded_.clear();
    messages_.clear();
    out.clear();
    for (size_t i = 0; i < raw.size(); ++i) {
        Transaction transaction;
        verdicts[i] = decode(raw[i].bytes, transaction);
        if (verdicts[i] != Verdict::Accepted) continue;
        positions_.push_back(i);
        decoded_.push_back(std::move(transaction));
        messages_.push_back(raw[i].bytes);
    }
    // What decodes has one encoding only, so that the received bytes are what is hashed.
    digests_.resize(messages_.size() * simd::kKeccak256Size);
    simd::keccak256_batch(messages_, digests_);
    senders_.assign(decoded_.size(), {});
    find_senders(raw);

    for (size_t n = 0; n < decoded_.size(); ++n) {
        Verdict& verdict = verdicts[positions_[n]];
        verdict = judge(senders_[n]);
        if (verdict != Verdict::Accepted) continue;
        SignedTransaction& verified = out.emplace_back();
        verified.transaction = std::move(decoded_[n]);
        std::memcpy(verified.hash.data(), digests_.data() + n * simd::kKeccak256Size,
                    simd::kKeccak256Size);
        verified.sender = senders_[n].sender;
        verified.encoded_bytes = static_cast<uint32_t>(messages_[n].size());
    }
    decoded_.clear();
}

void VerifyStation::find_senders(std::span<const RawTransaction> raw) {
    candidates_.clear();
    if (!claim_senders(raw)) return recover_senders(decoded_, senders_);
    keys_.resize(decoded_.size());
    statistics_.signatures_proven += verify_senders(decoded_, claims_, keys_, senders_);
    judge_hints(raw);
}

/// Looks the hinted senders up; whether any hint is to be used.
bool VerifyStation::claim_senders(std::span<const RawTransaction> raw) {
    bool any = false;
    claims_.assign(decoded_.size(), {});
    hint_used_.assign(decoded_.size(), false);
    for (size_t n = 0; n < decoded_.size(); ++n) {
        const RawTransaction& transaction = raw[positions_[n]];
        if (transaction.sender_hint.size() != sizeof(Address) || known_keys_.capacity() == 0)
            continue;
        if (!privileges_.use_hint(transaction.source_id)) {
            ++statistics_.hints_passed_over;
            continue;
        }
        any = hint_used_[n] = true;
        claims_[n].address = fixed_bytes_unchecked<20>(transaction.sender_hint);
        claims_[n].key = known_keys_.find(claims_[n].address);
        claims_[n].source = static_cast<uint32_t>(transaction.source_id);
        claims_[n].trusted = privileges_.trusts(transaction.source_id);
    }
    return any;
}

/// Compares the used hints with what the signatures said.
void VerifyStation::judge_hints(std::span<const RawTransaction> raw) {
    for (size_t n = 0; n < decoded_.size(); ++n) {
        if (!hint_used_[n]) continue;
        const bool right = senders_[n].status != SenderStatus::InvalidSignature &&
                           senders_[n].sender == claims_[n].address;
        privileges_.report(raw[positions_[n]].source_id, right);
        if (!right) {
            ++statistics_.hints_wrong;
        } else if (claims_[n].key != nullptr) {
            ++statistics_.hints_right;
        } else {
            ++statistics_.hints_of_strangers;
            candidates_.push_back({positions_[n], claims_[n].address, keys_[n]});
        }
    }
}

/// Only senders whose transactions were accepted are remembered: a key costs nothing, an account
/// that can pay does, so that nobody can wash the regular senders out for free.
void VerifyStation::learn_keys(std::span<const Verdict> verdicts) {
    for (const Candidate& candidate : candidates_)
        if (verdicts[candidate.position] == Verdict::Accepted)
            known_keys_.remember(candidate.address, candidate.key);
    candidates_.clear();
}

Verdict VerifyStation::decode(BytesView bytes, Transaction& out) const {
    if (bytes.size() > kTransactionBytesMax) return Verdict::TooLarge;
    auto decoded = decode_transaction(bytes);
    if (!decoded)
        return decoded.error().code == ErrorCode::Unsupported ? Verdict::Unsupported
                                                              : Verdict::Malformed;
    out = *std::move(decoded);
    // Before the signature: the comparison costs nothing, the recovery does.
    if (out.chain_id ? *out.chain_id != config_.chain_id : config_.require_replay_protection)
        return Verdict::WrongChain;
    return Verdict::Accepted;
}

Verdict VerifyStation::judge(const SenderResult& sender) const {
    switch (sender.status) {
        case SenderStatus::Ok:
            return Verdict::Accepted;
        case SenderStatus::HighS:
            return config_.require_low_s ? Verdict::InvalidSignature : Verdict::Accepted;
        case SenderStatus::InvalidSignature:
            break;
    }
    return Verdict::InvalidSignature;
}

void VerifyStation::count(std::span<const RawTransaction> raw, std::span<const Verdict> verdicts) {
    ++statistics_.batches;
    statistics_.transactions += raw.size();
    for (const RawTransaction& transaction : raw)
        statistics_.bytes += transaction.bytes.size();
    for (const Verdict verdict : verdicts) {
        SWITCHYARD_ASSERT(static_cast<size_t>(verdict) < kVerdictCount);
        ++statistics_.verdicts[static_cast<size_t>(verdict)];
    }
}

}  // namespace switchyard
