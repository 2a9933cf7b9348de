// SPDX-License-Identifier: Apache-2.0
#include "host/node/submit/raw_transactions.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "host/core/limits.hpp"
#include "host/node/json/hex_codec.hpp"
#include "host/node/rpc/arguments.hpp"
#include "host/pool/refusal_text.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::submit {
namespace {

using rpc::RpcError;

/// How often a batch that waits looks whether it was cancelled.
constexpr std::chrono::milliseconds kPatience{50};
constexpr uint8_t kBlobType = 3;

/// One call of a batch.
struct Entry {
    enum class State : uint8_t { Failed, Waiting, Answered };
    State state = State::Failed;
    Verdict verdict = Verdict::Accepted;
    RpcError error;  ///< when it failed before it had a verdict
};

/// What the batch's thread and the verdicts share. A verdict may come after the batch gave up.
struct Batch {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Entry> entries;
    size_t waiting = 0;

    void answer(size_t index, const Result<Verdict>& verdict) {
        const std::lock_guard lock(mutex);
        Entry& entry = entries[index];
        if (verdict) {
            entry.state = Entry::State::Answered;
            entry.verdict = *verdict;
        } else {
            entry.state = Entry::State::Failed;
            entry.error = {rpc::code::kServer, verdict.error().message, {}};
        }
        --waiting;
        if (waiting == 0) changed.notify_one();
    }
};

class Submission {
  public:
    Submission(std::span<const rpc::Params> calls, rpc::Context& context, SubmissionQueue& queue,
               const SidecarHandler& sidecars)
        : calls_(calls), context_(context), queue_(queue), sidecars_(sidecars) {
        batch_->entries.resize(calls.size());
        digests_.resize(32 * calls.size());
    }

    void run() {
        std::vector<Bytes> transactions(calls_.size());
        std::vector<std::span<const uint8_t>> messages(calls_.size());
        for (size_t i = 0; i < calls_.size(); ++i) {
            read(i, transactions[i]);
            messages[i] = transactions[i];
        }
        simd::keccak256_batch(messages, digests_);
        for (size_t i = 0; i < calls_.size(); ++i) {
            Entry& entry = batch_->entries[i];
            if (entry.error.code != 0) continue;
            if (is_network_form(transactions[i])) {
                submit_sidecar(i, transactions[i]);
            } else {
                submit(i, std::move(transactions[i]));
            }
        }
        wait();
    }

    [[nodiscard]] std::vector<Bytes32> accepted() const {
        std::vector<Bytes32> out;
        const std::lock_guard lock(batch_->mutex);
        for (size_t i = 0; i < calls_.size(); ++i) {
            const Entry& entry = batch_->entries[i];
            if (entry.state != Entry::State::Answered || entry.verdict != Verdict::Accepted)
                continue;
            std::copy_n(digests_.begin() + static_cast<ptrdiff_t>(32 * i), 32,
                        out.emplace_back().begin());
        }
        return out;
    }

    void write(rpc::BatchAnswers& answers) {
        const std::lock_guard lock(batch_->mutex);
        for (size_t i = 0; i < calls_.size(); ++i) {
            const Entry& entry = batch_->entries[i];
            if (entry.state == Entry::State::Failed) {
                answers.fail(entry.error);
            } else if (entry.state == Entry::State::Waiting) {
                answers.fail({rpc::code::kTimeout, "request timed out", {}});
            } else if (entry.verdict == Verdict::Accepted) {
                answers.result().data(BytesView(digests_).subspan(32 * i, 32));
            } else {
                answers.fail({rpc::code::kServer, std::string(refusal_text(entry.verdict)), {}});
            }
        }
    }

  private:
    /// The bytes of call `index`; or its error, whose code is 0 else.
    void read(size_t index, Bytes& out) {
        RpcError& error = batch_->entries[index].error;
        error.code = 0;
        rpc::Arguments arguments(calls_[index], 1);
        const std::string_view text = arguments.string(0);
        if (!arguments.failure()) {
            const json::HexFault fault = json::decode_data(text, out, kNetworkFormBytesMax);
            if (fault != json::HexFault::None) arguments.refuse(0, json::to_string(fault));
        }
        if (arguments.failure()) {
            out.clear();
            error = *arguments.failure();
        } else if (out.empty()) {
            error = {rpc::code::kServer, "typed transaction too short", {}};
        } else if (out.size() > kTransactionBytesMax && !is_network_form(out)) {
            error = {rpc::code::kServer, std::string(refusal_text(Verdict::TooLarge)), {}};
        }
    }

    /// A type-3 transaction whose payload is a list of lists, as EIP-4844 wraps it for the network:
    /// that of a transaction alone begins with its chain id, which is no list.
    [[nodiscard]] static bool is_network_form(BytesView bytes) {
        if (bytes.size() < 3 || bytes[0] != kBlobType || bytes[1] < 0xc0) return false;
        const size_t length_bytes = bytes[1] >= 0xf8 ? bytes[1] - 0xf7U : 0;
        return bytes.size() > 2 + length_bytes && bytes[2 + length_bytes] >= 0xc0;
    }

    void submit_sidecar(size_t index, const Bytes& transaction) {
        Entry& entry = batch_->entries[index];
        if (!sidecars_) {
            entry.error = {rpc::code::kServer, "transaction type not supported", {}};
            return;
        }
        // Proofs take their time; one may be over its deadline, a whole batch may not.
        if (context_.expired()) {
            entry.error = {rpc::code::kTimeout, "request timed out", {}};
            return;
        }
        Bytes32 hash;
        if (auto failure = sidecars_(transaction, hash)) {
            entry.error = std::move(*failure);
            return;
        }
        std::copy(hash.begin(), hash.end(), digests_.begin() + static_cast<ptrdiff_t>(32 * index));
        entry.state = Entry::State::Answered;
        entry.verdict = Verdict::Accepted;
    }

    void submit(size_t index, Bytes transaction) {
        for (;;) {
            {
                const std::lock_guard lock(batch_->mutex);
                batch_->entries[index].state = Entry::State::Waiting;
                ++batch_->waiting;
            }
            const auto taken =
                queue_.submit(transaction, std::nullopt, context_.connection,
                              [batch = batch_, index](const Result<Verdict>& verdict) {
                                  batch->answer(index, verdict);
                              });
            if (taken) return;
            std::unique_lock lock(batch_->mutex);
            --batch_->waiting;
            Entry& entry = batch_->entries[index];
            entry.state = Entry::State::Failed;
            if (taken.error().code != ErrorCode::LimitExceeded) {
                entry.error = {rpc::code::kServer, taken.error().message, {}};
                return;
            }
            if (context_.expired()) {
                entry.error = {rpc::code::kBusy, "server busy: " + taken.error().message, {}};
                return;
            }
            // Room comes with verdicts, of this batch or another.
            batch_->changed.wait_for(lock, std::chrono::milliseconds(1));
        }
    }

    void wait() {
        std::unique_lock lock(batch_->mutex);
        while (batch_->waiting != 0 && !context_.expired())
            batch_->changed.wait_for(lock, kPatience);
    }

    std::span<const rpc::Params> calls_;
    rpc::Context& context_;
    SubmissionQueue& queue_;
    const SidecarHandler& sidecars_;
    std::shared_ptr<Batch> batch_ = std::make_shared<Batch>();
    Bytes digests_;
};

}  // namespace

void add_submission_methods(rpc::MethodTable& table, SubmissionQueue& queue,
                            SidecarHandler sidecars, BeforeAnswer before_answer) {
    table.add_batch(
        "eth_sendRawTransaction",
        [&queue, sidecars = std::move(sidecars), before_answer = std::move(before_answer)](
            std::span<const rpc::Params> calls, rpc::Context& context, rpc::BatchAnswers& answers) {
            Submission submission(calls, context, queue, sidecars);
            submission.run();
            if (before_answer) {
                const std::vector<Bytes32> accepted = submission.accepted();
                if (!accepted.empty()) before_answer(accepted, context);
            }
            submission.write(answers);
        });
}

}  // namespace switchyard::submit
