// SPDX-License-Identifier: Apache-2.0
// Blocks on demand: begun when somebody says what the next one shall be, better until it is asked
// for (Engine API: forkchoiceUpdated with attributes, getPayload).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "host/blobs/sidecar.hpp"
#include "host/building/build_parent.hpp"
#include "host/building/gas_pace.hpp"
#include "host/chain/chain_config.hpp"
#include "host/pool/pool.hpp"
#include "host/road/seal.hpp"

namespace switchyard {

using PayloadId = FixedBytes<8>;

/// A block that nobody has adopted. Immutable.
struct Payload {
    SealedBlock block;
    std::shared_ptr<const StateChanges> changes;  ///< of the block, over its parent's state
    Uint256 fees;             ///< what its transactions pay the beneficiary, in wei
    uint32_t candidates = 0;  ///< how many were built before it and with it
    /// Of its transactions with blobs, in their order; none when the builder knows of no sidecars.
    std::vector<blobs::SidecarPointer> sidecars;
};
using PayloadPointer = std::shared_ptr<const Payload>;

/// What a block's transactions pay the beneficiary, in wei. As many receipts as transactions.
[[nodiscard]] Uint256 fees_of(std::span<const SignedTransaction> transactions,
                              std::span<const Receipt> receipts, const Uint256& base_fee);

struct PayloadBuilderConfig {
    ChainConfig chain;
    uint64_t gas_limit = 36'000'000;  ///< towards which each block moves (`next_gas_limit`)
    Bytes extra_data;                 ///< at most 32 bytes
    uint64_t lifetime_ms = 12'000;    ///< a job gets no better after that
    uint64_t improve_every_ms = 500;  ///< geth: 2,000
    /// What `get` may take for a job that has nothing but an empty block yet.
    uint64_t get_deadline_ms = 300;
    size_t jobs_max = 10;  ///< the oldest is forgotten; geth: 10
    /// A thread of the builder improves the newest job; false: whoever calls `improve` does.
    bool threaded = true;
    /// The sidecar of a transaction by its hash; null: it is not here any more, and the transaction
    /// stays out of the block. Empty: nobody will ask for blobs. Any thread.
    std::function<blobs::SidecarPointer(const Bytes32&)> sidecar_of;
};

/// Builds from previews of the pool: nothing leaves the pool before a block is adopted and the pool
/// hears of it (`Pool::set_head`), but what execution refuses for good.
///
/// A transaction that may not stand in a block does not stop it (transaction_filter.hpp). The gas
/// of a candidate is bounded by what the time left allows (`GasPace`). The result is that of serial
/// execution, whatever `Execute` is. Safe from any thread.
class PayloadBuilder {
  public:
    /// Executes a block; the result must be `execute_block_serial`'s. Called by one thread at a
    /// time.
    using Execute =
        std::function<Result<execute::BlockResult>(const execute::BlockInput&, const StateView&)>;
    /// Milliseconds on any monotonic scale.
    using Clock = std::function<uint64_t()>;

    /// `pool` must outlive the builder. Without `clock`, the system's steady clock.
    PayloadBuilder(const PayloadBuilderConfig& config, Pool& pool, Execute execute,
                   Clock clock = {});
    ~PayloadBuilder();
    PayloadBuilder(const PayloadBuilder&) = delete;
    PayloadBuilder& operator=(const PayloadBuilder&) = delete;

    /// Takes over `gas_limit` and `extra_data` for jobs that begin from here on, and
    /// `get_deadline_ms`; the rest of `next` is not read.
    void reconfigure(const PayloadBuilderConfig& next);

    /// Begins a job, with an empty block to fall back on; `attributes.gas_limit` 0 takes the
    /// configured one, step by step, and `allow_empty` is not read. The same job is not begun
    /// twice: its number is the hash of what is asked for, but for the first byte, which is
    /// `version`. Errors: those of `next_header`, and of the execution of a block without
    /// transactions.
    [[nodiscard]] Result<PayloadId> begin(std::shared_ptr<BuildParent> parent,
                                          BlockAttributes attributes, uint8_t version = 0);

    /// Builds one more candidate for the newest job that still may get better, and keeps it if it
    /// pays more; whether it did. An error is the candidate's, the job goes on.
    [[nodiscard]] Result<bool> improve();

    /// The best so far; ends the job's improvement. `NotFound`: there is no such job any more.
    [[nodiscard]] Result<PayloadPointer> get(const PayloadId& id);

    /// What execution refused for good since the start, and candidates built.
    struct Statistics {
        uint64_t rejected = 0;
        uint64_t candidates = 0;
    };
    [[nodiscard]] Statistics statistics() const;

  private:
    struct Job {
        PayloadId id;
        std::shared_ptr<BuildParent> parent;
        BlockAttributes attributes;
        uint64_t begun_ms = 0;
        bool is_over = false;  ///< asked for, or too old
        PayloadPointer best;
        std::mutex mutex;  ///< guards `best` and `is_over`
    };
    using JobPointer = std::shared_ptr<Job>;

    using SidecarMap = std::unordered_map<Bytes32, blobs::SidecarPointer>;

    [[nodiscard]] JobPointer find(const PayloadId& id) const;
    [[nodiscard]] Result<PayloadPointer> build(Job& job, uint64_t budget_ms, bool empty);
    [[nodiscard]] Result<execute::BlockResult> execute_valid(
        execute::BlockInput& input, const StateView& state,
        std::vector<SignedTransaction>& transactions, uint64_t until_ms);
    [[nodiscard]] Result<bool> improve(Job& job, uint64_t budget_ms);
    void keep_those_with_sidecars(std::vector<SignedTransaction>& transactions,
                                  blobs::SidecarVersion version, SidecarMap& found) const;
    void run();

    PayloadBuilderConfig config_;  ///< what `reconfigure` changes is under `jobs_mutex_`
    Pool& pool_;
    const Execute execute_;
    const Clock clock_;

    std::mutex build_mutex_;  ///< one candidate at a time
    GasPace pace_;

    mutable std::mutex jobs_mutex_;  ///< guards what follows
    std::vector<JobPointer> jobs_;   ///< the newest last
    Statistics statistics_;
    bool ending_ = false;
    std::condition_variable wake_;

    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard
