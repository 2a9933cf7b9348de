// SPDX-License-Identifier: Apache-2.0
// The plan station: predicts what each transaction of a block will read and write, as keys for the
// conflict detector.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "host/chain/transaction.hpp"
#include "host/evm/known_hashes.hpp"
#include "host/offload/access_batch.hpp"
#include "host/plan/code_resolver.hpp"
#include "host/plan/hot_keys.hpp"
#include "host/plan/key_hasher.hpp"
#include "host/plan/predicted_reads.hpp"
#include "host/plan/term_evaluator.hpp"

namespace switchyard {

/// What a predicted key stands for.
enum class PredictedKey : uint8_t {
    Account,  ///< a balance, or a nonce
    Slot,
    Common,  ///< the sender, the beneficiary, code: what every transaction names of itself
};

/// What stands behind a transaction's prediction.
struct PredictionSource {
    static constexpr uint32_t kNoCode = UINT32_MAX;
    /// Of the code that the transaction runs, as `Planner::code_hash` has it; `kNoCode`: it runs
    /// none, or makes a contract.
    uint32_t code = kNoCode;
    /// Executions that the template had seen; 0: there was none.
    uint32_t observations = 0;
};

/// Predicts from what a transaction says of itself (its sender, its recipient, its access list
/// (EIP-2930), its authorization list (EIP-7702)) and from the template of the code that it runs.
/// It costs hashing, not execution. A prediction may be wrong in both directions; only speed
/// depends on it.
///
/// Bounded for each transaction: the entries of one template, its hashes and its loads
/// (`plan::TermGraph`). Allocates only where it or the batch grows. One thread.
class Planner {
  public:
    explicit Planner(uint64_t seed = process_hash_seed()) : keys_(seed) {}

    /// Clears `batch` and fills it with one entry for each transaction, in block order, without
    /// templates. `beneficiary` is the block's: every transaction adds its fee to it, and one that
    /// spends from it has to come in order.
    void predict(std::span<const SignedTransaction> transactions, const Address& beneficiary,
                 AccessBatch& batch);
    /// The same with `templates`; `parent` is the state before the block.
    void predict(std::span<const SignedTransaction> transactions, const plan::BlockFacts& block,
                 const StateView& parent, plan::TemplateStore& templates, AccessBatch& batch);

    /// From here on transactions merge that add to a slot to which one in `share` of a block's
    /// transactions does, or more; 0: none does.
    void set_merging_share(uint32_t share) { merging_share_ = share; }
    /// Of the last `predict`, for each transaction, not 0: the batch says Add of some slots, which
    /// is true if the transaction merges (`execute::BlockInput::merging`). Empty: none should.
    [[nodiscard]] std::span<const uint8_t> merging() const {
        return any_merges_ ? std::span<const uint8_t>(merging_) : std::span<const uint8_t>{};
    }

    /// Appends what `transactions` will read, as far as it is known without reading the state: for
    /// a store to read ahead. Not for those that a pool will refuse.
    void append_reads(std::span<const SignedTransaction> transactions,
                      plan::TemplateStore& templates, PredictedReads& reads);

    [[nodiscard]] const KeyHasher& keys() const { return keys_; }
    /// What the last `predict` hashed and its transactions will hash again. Valid until the next.
    [[nodiscard]] const evm::KnownHashes& known_hashes() const { return known_hashes_; }
    /// While another thread predicts with templates: the known hashes of that many transactions, of
    /// the block's first, may be read already. Before that thread begins, `forget_predicted` makes
    /// it 0.
    [[nodiscard]] size_t predicted() const { return predicted_.load(std::memory_order_acquire); }
    void forget_predicted() { predicted_.store(0, std::memory_order_relaxed); }
    /// Of the last `predict` with templates, for each transaction.
    [[nodiscard]] std::span<const PredictionSource> sources() const { return sources_; }
    [[nodiscard]] const Bytes32& code_hash(const PredictionSource& source) const {
        return code_hashes_[source.code];
    }
    /// Whether transaction `i` of that block runs no code, or code that has a template.
    [[nodiscard]] bool is_known(size_t i) const {
        return sources_[i].code == PredictionSource::kNoCode || sources_[i].observations != 0;
    }
    /// Of the last `predict`, for each key of transaction `i` in its batch.
    [[nodiscard]] std::span<const PredictedKey> names(size_t i) const {
        const size_t begin = i == 0 ? 0 : name_ends_[i - 1];
        return std::span(names_).subspan(begin, name_ends_[i] - begin);
    }
    [[nodiscard]] plan::CodeResolver& codes() { return codes_; }

  private:
    void begin(std::span<const SignedTransaction> transactions, const Address& beneficiary,
               AccessBatch& batch);
    /// What a contract's function has, for all who call it in this block.
    struct Call {
        Address to;
        uint32_t selector = 0;
        uint32_t length = 0;
        uint64_t block = 0;
        const plan::Template* learned = nullptr;
        PredictionSource source;
    };
    static constexpr size_t kCalls = 1024;

    void predict_one(const SignedTransaction& transaction, const plan::Template* learned,
                     std::span<const Uint256> values, AccessBatch& batch);
    void add_stated(const SignedTransaction& transaction);
    void add(uint64_t key, AccessKind kind, PredictedKey name);
    void add_known_hashes(const plan::TemplatePrediction& prediction,
                          std::span<const Uint256> values, evm::KnownHashes::Part& part);
    [[nodiscard]] AccessKind kind_of_slot(uint64_t key, AccessKind kind);
    [[nodiscard]] const Call& call_of(const Transaction& transaction,
                                      plan::TemplateStore& templates);

    KeyHasher keys_;
    plan::CodeResolver codes_;
    plan::TermEvaluator evaluator_;
    std::vector<PredictionSource> sources_;
    std::vector<Bytes32> code_hashes_;
    std::vector<Call> calls_;
    uint64_t block_ = 0;
    std::vector<PredictedKey> names_;
    std::vector<size_t> name_ends_;
    evm::KnownHashes known_hashes_;  ///< a part for each chunk
    std::atomic<size_t> predicted_{0};
    std::array<evm::KnownHash, evm::KnownHashes::kPerTransactionMax> own_hashes_;
    std::vector<KeyAccess> own_;  ///< of one transaction, each key once
    uint64_t beneficiary_key_ = 0;
    bool code_changes_ = false;  ///< some transaction of the block makes or delegates code
    plan::HotKeys hot_keys_;
    uint32_t merging_share_ = 0;
    std::vector<uint8_t> merging_;
    bool any_merges_ = false;
    std::vector<plan::TermEvaluator::Job> jobs_;
    std::vector<const plan::Template*> chunk_;
    std::vector<uint8_t> depends_on_state_;
};

}  // namespace switchyard
