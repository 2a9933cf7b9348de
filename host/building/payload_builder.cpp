// SPDX-License-Identifier: Apache-2.0
#include "host/building/payload_builder.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "host/building/block_timer.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/core/limits.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/transaction_execution.hpp"
#include "host/road/transaction_filter.hpp"

namespace switchyard {
namespace {

uint64_t steady_ms() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::milliseconds(1));
}

void append(Bytes& out, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<uint8_t>(value >> shift));
}
void append(Bytes& out, BytesView bytes) {
    append(out, bytes.size());
    out.insert(out.end(), bytes.begin(), bytes.end());
}

PayloadId id_of(const Bytes32& parent, const BlockAttributes& attributes, uint8_t version) {
    Bytes asked;
    append(asked, parent);
    append(asked, attributes.timestamp);
    append(asked, attributes.beneficiary);
    append(asked, attributes.prev_randao);
    append(asked, attributes.parent_beacon_block_root);
    append(asked, attributes.gas_limit);
    append(asked, attributes.extra_data);
    append(asked, attributes.slot_number);
    append(asked, attributes.withdrawals.size());
    append(asked, execute::withdrawals_root(attributes.withdrawals));
    const Bytes32 hash = keccak256(asked);
    auto out = fixed_bytes_unchecked<8>(BytesView(hash).first(8));
    out[0] = version;
    return out;
}

uint64_t gas_limits_of(std::span<const SignedTransaction> transactions) {
    uint64_t out = 0;
    for (const SignedTransaction& item : transactions)
        out += item.transaction.gas_limit;
    return out;
}

}  // namespace

Uint256 fees_of(std::span<const SignedTransaction> transactions, std::span<const Receipt> receipts,
                const Uint256& base_fee) {
    Uint256 out;
    for (size_t i = 0; i < transactions.size(); ++i)
        out += (execute::effective_gas_price(transactions[i].transaction, base_fee) - base_fee) *
               Uint256{receipts[i].gas_used};
    return out;
}

PayloadBuilder::PayloadBuilder(const PayloadBuilderConfig& config, Pool& pool, Execute execute,
                               Clock clock)
    : config_(config),
      pool_(pool),
      execute_(std::move(execute)),
      clock_(clock ? std::move(clock) : Clock(steady_ms)) {
    if (config_.threaded) thread_ = std::thread([this] { run(); });
}

PayloadBuilder::~PayloadBuilder() {
    {
        const std::lock_guard lock(jobs_mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void PayloadBuilder::reconfigure(const PayloadBuilderConfig& next) {
    const std::lock_guard lock(jobs_mutex_);
    config_.gas_limit = next.gas_limit;
    config_.extra_data = next.extra_data;
    config_.get_deadline_ms = next.get_deadline_ms;
}

PayloadBuilder::JobPointer PayloadBuilder::find(const PayloadId& id) const {
    const std::lock_guard lock(jobs_mutex_);
    const auto found = std::ranges::find(jobs_, id, [](const JobPointer& job) { return job->id; });
    return found == jobs_.end() ? nullptr : *found;
}

Result<PayloadId> PayloadBuilder::begin(std::shared_ptr<BuildParent> parent,
                                        BlockAttributes attributes, uint8_t version) {
    {
        const std::lock_guard lock(jobs_mutex_);
        if (attributes.gas_limit == 0)
            attributes.gas_limit = next_gas_limit(parent->header().gas_limit, config_.gas_limit);
        if (attributes.extra_data.empty()) attributes.extra_data = config_.extra_data;
    }
    auto job = std::make_shared<Job>();
    job->id = id_of(parent->hash(), attributes, version);
    if (find(job->id) != nullptr) return job->id;
    job->parent = std::move(parent);
    job->attributes = std::move(attributes);
    job->begun_ms = clock_();
    auto first = build(*job, 0, true);
    if (!first) return first.error();
    job->best = std::move(*first);
    {
        const std::lock_guard lock(jobs_mutex_);
        // Somebody may have begun the same meanwhile.
        const bool is_there = std::ranges::any_of(
            jobs_, [&job](const JobPointer& other) { return other->id == job->id; });
        if (!is_there) {
            if (jobs_.size() >= std::max<size_t>(config_.jobs_max, 1)) jobs_.erase(jobs_.begin());
            jobs_.push_back(job);
        }
    }
    wake_.notify_all();
    return job->id;
}

Result<PayloadPointer> PayloadBuilder::build(Job& job, uint64_t budget_ms, bool empty) {
    const std::lock_guard lock(build_mutex_);
    BuildParent& parent = *job.parent;
    const uint64_t begin_ms = clock_();
    auto header = next_header(config_.chain, parent.header(), job.attributes);
    if (!header) return header.error();
    execute::BlockInput input;
    input.header = &*header;
    input.rules = execute::rules_for_block(config_.chain, header->number, header->timestamp);
    input.withdrawals = job.attributes.withdrawals;
    input.hashes = &parent.hashes();

    std::vector<SignedTransaction> transactions;
    if (!empty)
        transactions = pool_.preview_block(
            {.gas_limit = std::min(header->gas_limit, pace_.gas_in(budget_ms * 1'000'000)),
             .base_fee = *header->base_fee_per_gas,
             .blob_gas_limit = input.rules.blobs.max * kGasPerBlob,
             .blob_base_fee = execute::block_context(input).blob_base_fee,
             .transactions_max = kBlockTransactionsMax,
             .bytes_max = transactions_bytes_max(input.rules.revision)});
    SidecarMap sidecars;
    if (config_.sidecar_of)
        keep_those_with_sidecars(transactions, blobs::sidecar_version_of(input.rules.revision),
                                 sidecars);
    const auto executing = std::chrono::steady_clock::now();
    auto result = execute_valid(input, parent.state(), transactions, begin_ms + budget_ms);
    if (const auto failed = parent.failure()) return *failed;
    if (!result) return result.error();
    const auto changes = std::make_shared<const StateChanges>(std::move(result->changes));
    const auto root = parent.root_over(StateChanges(*changes));
    if (!root) return root.error();
    pace_.record(gas_limits_of(transactions),
                 static_cast<uint64_t>((std::chrono::steady_clock::now() - executing) /
                                       std::chrono::nanoseconds(1)));

    auto out = std::make_shared<Payload>();
    seal_header(*header, transactions, job.attributes.withdrawals, *result, *root);
    out->fees = fees_of(transactions, result->receipts, *header->base_fee_per_gas);
    out->changes = changes;
    out->block.hash = header_hash(*header);
    out->block.header = std::move(*header);
    out->block.transactions = std::move(transactions);
    out->block.receipts = std::move(result->receipts);
    out->block.withdrawals = job.attributes.withdrawals;
    out->block.requests = std::move(result->requests);
    out->block.access_list = std::move(result->block_access_list);
    for (const SignedTransaction& item : out->block.transactions)
        if (const auto found = sidecars.find(item.hash); found != sidecars.end())
            out->sidecars.push_back(found->second);
    const std::lock_guard jobs_lock(jobs_mutex_);
    ++statistics_.candidates;
    return PayloadPointer(std::move(out));
}

void PayloadBuilder::keep_those_with_sidecars(std::vector<SignedTransaction>& transactions,
                                              blobs::SidecarVersion version,
                                              SidecarMap& found) const {
    // A sidecar may go at any time; what the sender has behind its transaction goes with it.
    std::unordered_set<Address> without;
    std::erase_if(transactions, [&](const SignedTransaction& item) {
        if (without.contains(item.sender)) return true;
        if (item.transaction.type != TransactionType::Blob) return false;
        blobs::SidecarPointer sidecar = config_.sidecar_of(item.hash);
        if (sidecar == nullptr || sidecar->version != version) {
            without.insert(item.sender);
            return true;
        }
        found.emplace(item.hash, std::move(sidecar));
        return false;
    });
}

Result<execute::BlockResult> PayloadBuilder::execute_valid(
    execute::BlockInput& input, const StateView& state,
    std::vector<SignedTransaction>& transactions, uint64_t until_ms) {
    input.transactions = transactions;
    auto result = execute_(input, state);
    const bool refused = !result && (result.error().code == ErrorCode::InvalidInput ||
                                     result.error().code == ErrorCode::Unsupported);
    if (!refused || transactions.empty()) return result;
    auto filtered = filter_transactions(input, state, std::move(transactions),
                                        [this, until_ms] { return clock_() >= until_ms; });
    // The pool has them all still: only what no block will ever take has to go.
    for (const RejectedTransaction& item : filtered.rejected)
        (void)pool_.drop(item.transaction.hash, item.why);
    {
        const std::lock_guard lock(jobs_mutex_);
        statistics_.rejected += filtered.rejected.size();
    }
    if (filtered.error) return *filtered.error;
    transactions = std::move(filtered.kept);
    input.transactions = transactions;
    return execute_(input, state);
}

Result<bool> PayloadBuilder::improve() {
    JobPointer newest;
    {
        const std::lock_guard lock(jobs_mutex_);
        if (jobs_.empty()) return false;
        newest = jobs_.back();
    }
    const uint64_t age = clock_() - newest->begun_ms;
    if (age >= config_.lifetime_ms) return false;
    return improve(*newest, config_.lifetime_ms - age);
}

Result<bool> PayloadBuilder::improve(Job& job, uint64_t budget_ms) {
    {
        const std::lock_guard lock(job.mutex);
        if (job.is_over) return false;
    }
    auto candidate = build(job, budget_ms, false);
    if (!candidate) return candidate.error();
    const std::lock_guard lock(job.mutex);
    const Payload& best = *job.best;
    const Payload& found = **candidate;
    // More for the beneficiary; of the same, more for those who wait.
    const bool is_better =
        found.fees > best.fees ||
        (found.fees == best.fees && found.block.header.gas_used > best.block.header.gas_used);
    auto next = std::make_shared<Payload>(is_better ? found : best);
    next->candidates = best.candidates + 1;
    job.best = std::move(next);
    return is_better;
}

Result<PayloadPointer> PayloadBuilder::get(const PayloadId& id) {
    const JobPointer job = find(id);
    if (job == nullptr) return Error{ErrorCode::NotFound, "there is no such payload"};
    uint64_t budget_ms = 0;
    {
        const std::lock_guard lock(jobs_mutex_);
        budget_ms = config_.get_deadline_ms;
    }
    bool has_nothing = false;
    {
        const std::lock_guard lock(job->mutex);
        has_nothing = !job->is_over && job->best->block.transactions.empty();
    }
    // What fails here leaves the block without transactions, which is a block.
    if (has_nothing) (void)improve(*job, budget_ms);
    const std::lock_guard lock(job->mutex);
    job->is_over = true;
    return job->best;
}

PayloadBuilder::Statistics PayloadBuilder::statistics() const {
    const std::lock_guard lock(jobs_mutex_);
    return statistics_;
}

void PayloadBuilder::run() {
    JobPointer worked_at;
    for (;;) {
        {
            std::unique_lock lock(jobs_mutex_);
            const auto has_news = [&] {
                return ending_ || (!jobs_.empty() && jobs_.back() != worked_at);
            };
            // A new job is worked at once, the same one again after a while.
            if (worked_at == nullptr)
                wake_.wait(lock, has_news);
            else
                (void)wake_.wait_for(lock, std::chrono::milliseconds(config_.improve_every_ms),
                                     has_news);
            if (ending_) return;
            worked_at = jobs_.back();
        }
        (void)improve();
    }
}

}  // namespace switchyard
