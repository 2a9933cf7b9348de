// SPDX-License-Identifier: Apache-2.0
// The verify station: turns raw bytes into transactions with hash and sender, in batches.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/chain/sender.hpp"
#include "host/chain/transaction.hpp"
#include "host/chain/transaction_sink.hpp"
#include "host/core/limits.hpp"
#include "host/core/transaction_source.hpp"
#include "host/ingest/hint_privileges.hpp"
#include "host/ingest/known_keys.hpp"

namespace switchyard {

struct VerifyConfig {
    uint64_t chain_id = 1;
    /// Transactions taken from the source at once, 1 to kBatchTransactionsMax. Signature recovery
    /// is fastest from 256 on.
    size_t batch_size = 256;
    /// EIP-2: refuses s above n / 2. False only to replay blocks before Homestead.
    bool require_low_s = true;
    /// Refuses legacy transactions without EIP-155's chain id. False accepts them, as the protocol
    /// does to this day.
    bool require_replay_protection = false;
    /// Senders whose public keys are kept, so that hints of them are of use (about 90 bytes each);
    /// 0 makes the station ignore hints.
    size_t known_keys = 65'536;
};

/// Sums since the start.
struct VerifyStatistics {
    uint64_t batches = 0;
    uint64_t transactions = 0;
    uint64_t bytes = 0;
    /// From taking a batch to releasing it, the sink included; waiting for input is not part of it.
    uint64_t busy_ns = 0;
    /// Polls that were not made because the sink had no room.
    uint64_t waits_for_room = 0;
    /// How many got which verdict, by its value, the sink's verdicts included.
    std::array<uint64_t, kVerdictCount> verdicts{};
    /// Sender hints by what became of them; together all that came with a transaction that decoded.
    uint64_t hints_right = 0;         ///< of a known sender, and the signature agreed
    uint64_t hints_wrong = 0;         ///< the signature said otherwise
    uint64_t hints_of_strangers = 0;  ///< right, but the sender's key was not known
    uint64_t hints_passed_over = 0;   ///< of a source that pays for wrong ones
    /// Signatures that were not recovered, because one equation proved them together.
    uint64_t signatures_proven = 0;

    [[nodiscard]] uint64_t count(Verdict verdict) const {
        return verdicts[static_cast<size_t>(verdict)];
    }
};

/// Takes batches from a source, decodes, hashes and recovers them, and gives what holds to a sink.
///
/// Bounded: at most one batch is inside at any time, and none is taken that the sink has no room
/// for. Nothing is lost: every transaction that was polled is released exactly once with its final
/// verdict, after the sink has taken it or it was refused. The bytes are not referenced after
/// `release`. One thread; keeps its buffers between batches.
class VerifyStation {
  public:
    /// Nanoseconds on any monotonic scale.
    using Clock = std::function<uint64_t()>;

    /// Without `clock`, the system's steady clock measures.
    explicit VerifyStation(const VerifyConfig& config, Clock clock = {});

    /// Passes one batch on, if there is one; returns how many transactions it held. Never blocks.
    /// The order of the source is kept.
    size_t step(TransactionSource& source, TransactionSink& sink);

    /// The first half of `step`, for callers that have the bytes already: verdicts and transactions
    /// of up to kBatchTransactionsMax raw transactions. `out` receives those whose verdict is
    /// `Accepted`, in order; `verdicts` has the length of `raw`. Does not count.
    void verify(std::span<const RawTransaction> raw, std::span<Verdict> verdicts,
                std::vector<SignedTransaction>& out);

    [[nodiscard]] const VerifyStatistics& statistics() const { return statistics_; }
    [[nodiscard]] const VerifyConfig& config() const { return config_; }

  private:
    [[nodiscard]] Verdict decode(BytesView bytes, Transaction& out) const;
    [[nodiscard]] Verdict judge(const SenderResult& sender) const;
    /// Senders of `decoded_` into `senders_`, with the help of hints where there are any.
    void find_senders(std::span<const RawTransaction> raw);
    [[nodiscard]] bool claim_senders(std::span<const RawTransaction> raw);
    void judge_hints(std::span<const RawTransaction> raw);
    void learn_keys(std::span<const Verdict> verdicts);
    void count(std::span<const RawTransaction> raw, std::span<const Verdict> verdicts);

    VerifyConfig config_;
    Clock clock_;
    VerifyStatistics statistics_;
    std::vector<RawTransaction> raw_;
    std::vector<Verdict> verdicts_;
    std::vector<Verdict> sink_verdicts_;
    std::vector<SignedTransaction> verified_;
    // Of the transactions that decoded: where they stand in the batch, and what is computed.
    std::vector<size_t> positions_;
    std::vector<Transaction> decoded_;
    std::vector<std::span<const uint8_t>> messages_;
    Bytes digests_;
    std::vector<SenderResult> senders_;
    // Hints.
    KnownKeys known_keys_;
    HintPrivileges privileges_;
    std::vector<bool> hint_used_;
    std::vector<SenderClaim> claims_;
    std::vector<simd::PublicKey> keys_;
    /// Keys that are worth keeping if their transaction, at `position` of the batch, is accepted.
    struct Candidate {
        size_t position;
        Address address;
        simd::PublicKey key;
    };
    std::vector<Candidate> candidates_;
};

}  // namespace switchyard
