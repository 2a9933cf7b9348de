// SPDX-License-Identifier: Apache-2.0
#include "host/road/block_learning.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "host/road/execution_choice.hpp"

namespace switchyard {

BlockLearning::BlockLearning(const LearningLimits& limits)
    : limits_(limits), seed_(process_hash_seed()) {
    limits_.one_in = std::max(1U, limits_.one_in);
    limits_.observed_one_in = std::max(1U, limits_.observed_one_in);
    limits_.large_share = std::max(1U, limits_.large_share);
    limits_.large_one_in = std::max(1U, limits_.large_one_in);
    limits_.mispredicted_max = std::min(limits_.mispredicted_max, limits_.observed_max);
    records_.resize(limits_.observed_max);
    final_.resize(limits_.observed_max);
}

void BlockLearning::begin_block(const execute::BlockInput& input, const Planner& planner,
                                const AccessBatch& batch) {
    input_ = input;
    transactions_ = input.transactions;
    block_ = {input.header->beneficiary, input.header->number, input.header->timestamp};
    planner_ = &planner;
    batch_ = &batch;
    const size_t count = transactions_.size();
    record_of_.assign(count, kNoRecord);
    begun_.assign(count, 0);
    compared_.assign(count, 0);
    chosen_.fill(0);
    records_used_ = mispredicted_ = learned_ = 0;
    rehearsed_.reset();
    final_count_.store(0, std::memory_order_relaxed);
    statistics_ = {};
    statistics_.transactions = count;
    // Of a block that is too small for one of its own, by chance.
    budget_ = count / limits_.observed_one_in;
    if (draw_of(count, 1) % limits_.observed_one_in < count % limits_.observed_one_in) ++budget_;
    const size_t chosen_max = std::min(budget_, limits_.observed_max - limits_.mispredicted_max);
    gas_ = 0;
    for (size_t i = 0; i < count; ++i)
        gas_ += batch.gas(static_cast<uint32_t>(i));
    // From anywhere on, so that it is not always a block's first transactions that are chosen.
    const size_t first = count == 0 ? 0 : draw_of(count, 0) % count;
    for (size_t k = 0; k < count; ++k) {
        const size_t i = (first + k) % count;
        if (planner.sources()[i].observations != 0) ++statistics_.templated;
        if (!wants(i)) continue;
        if (!is_large(i))
            record_of_[i] = take_record(i, chosen_max);
        else if (!rehearsed_ && is_worth_rehearsal(i))
            rehearsed_ = i;
    }
}

uint64_t BlockLearning::draw_of(size_t index, uint64_t which) const {
    const uint64_t draw = (block_.number * 0x9e3779b97f4a7c15ULL + index) ^ which << 63;
    return mix_bytes(reinterpret_cast<const uint8_t*>(&draw), sizeof draw, seed_);
}

bool BlockLearning::is_large(size_t index) const {
    return batch_->gas(static_cast<uint32_t>(index)) >
           std::max(limits_.large_gas, gas_ / limits_.large_share);
}

bool BlockLearning::is_worth_rehearsal(size_t index) const {
    constexpr uint64_t kDraw = 0x6c61726765;  // apart from the draws that choose
    return draw_of(index ^ kDraw, 0) % limits_.large_one_in == 0;
}

bool BlockLearning::wants(size_t index) {
    const bool drawn = draw_of(index, 0) % limits_.one_in == 0;
    compared_[index] = drawn || limits_.compare_all ? 1 : 0;
    const PredictionSource& source = planner_->sources()[index];
    if (source.code == PredictionSource::kNoCode) return false;
    if (drawn) return source.observations < limits_.mature || draw_of(index, 1) % 8 == 0;
    if (source.observations >= limits_.young) return false;
    const BytesView data = transactions_[index].transaction.data;
    const auto key = plan::TemplateKey::of(planner_->code_hash(source), data);
    uint8_t& chosen =
        chosen_[flat_hash(key.code_hash, seed_ ^ (uint64_t{key.selector} << 32 | key.length)) %
                kSketchCells];
    if (source.observations + chosen >= limits_.young) return false;
    ++chosen;
    return true;
}

uint32_t BlockLearning::take_record(size_t index, size_t most) {
    if (records_used_ >= most) return kNoRecord;
    auto& record = records_[records_used_];
    if (!record) record = std::make_unique<Record>();
    record->transaction = index;
    return static_cast<uint32_t>(records_used_++);
}

evm::Observation* BlockLearning::begin(size_t index) {
    const bool again = begun_[index] != 0;
    begun_[index] = 1;
    if (again && record_of_[index] == kNoRecord &&
        planner_->sources()[index].code != PredictionSource::kNoCode && !is_large(index)) {
        const std::lock_guard guard(mutex_);
        if (mispredicted_ < std::min(budget_, limits_.mispredicted_max)) {
            ++mispredicted_;
            record_of_[index] = take_record(index, limits_.observed_max);
        }
    }
    if (record_of_[index] == kNoRecord) return nullptr;
    evm::Observation& observation = records_[record_of_[index]]->observation;
    observation.clear();
    return &observation;
}

void BlockLearning::commit(size_t index, const ReadSet& reads, const StateChanges& changes,
                           const execute::TransactionOutcome& outcome) {
    Record* const record =
        record_of_[index] == kNoRecord ? nullptr : records_[record_of_[index]].get();
    if (record == nullptr && compared_[index] == 0) return;
    plan::ObservedAccesses& accesses = record == nullptr ? accesses_ : record->accesses;
    accesses.assign(reads, changes, transactions_[index].sender, block_.beneficiary);
    if (compared_[index] != 0) compare(index, accesses);
    if (record == nullptr) return;
    record->gas_used = outcome.gas_used;
    const size_t count = final_count_.load(std::memory_order_relaxed);
    final_[count] = record_of_[index];
    final_count_.store(count + 1, std::memory_order_release);
}

void BlockLearning::compare(size_t index, const plan::ObservedAccesses& accesses) {
    ++statistics_.compared;
    const auto keys = batch_->keys(static_cast<uint32_t>(index));
    const auto names = planner_->names(index);
    for (const PredictedKey name : names) {
        statistics_.slots.predicted += name == PredictedKey::Slot ? 1 : 0;
        statistics_.accounts.predicted += name == PredictedKey::Account ? 1 : 0;
    }
    const auto predicted = [&](uint64_t key, PredictedKey name) {
        for (size_t k = 0; k < keys.size(); ++k)
            if (keys[k].key == key && names[k] == name) return 1;
        return 0;
    };
    const KeyHasher& hasher = planner_->keys();
    for (const plan::ObservedSlot& slot : accesses.slots()) {
        ++statistics_.slots.accessed;
        statistics_.slots.both += static_cast<uint64_t>(
            predicted(hasher.storage_key(slot.address, to_bytes32(slot.key)), PredictedKey::Slot));
    }
    for (const plan::ObservedAccount& account : accesses.accounts()) {
        if (!account.orders()) continue;
        ++statistics_.accounts.accessed;
        statistics_.accounts.both += static_cast<uint64_t>(
            predicted(hasher.balance_key(account.address), PredictedKey::Account));
    }
}

uint64_t BlockLearning::expected_ns(const Record& record) const {
    const size_t units = record.observation.hashes().size() + record.accesses.slots().size() +
                         record.accesses.accounts().size();
    return static_cast<uint64_t>(unit_ns_ * static_cast<double>(units));
}

void BlockLearning::learn_one(const Record& record, plan::TemplateStore& templates) {
    const SignedTransaction& transaction = transactions_[record.transaction];
    const PredictionSource& source = planner_->sources()[record.transaction];
    if (source.code == PredictionSource::kNoCode) return;
    const double expected = static_cast<double>(expected_ns(record));
    const auto begin = std::chrono::steady_clock::now();
    ++statistics_.observed;
    learner_.learn({{transaction.sender, *transaction.transaction.to, transaction.transaction.value,
                     transaction.transaction.data},
                    planner_->code_hash(source),
                    &record.observation,
                    &record.accesses,
                    record.gas_used},
                   templates);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    if (expected > 0) unit_ns_ *= 1 + (std::min(took.count() / expected, 4.0) - 1) / 8;
}

void BlockLearning::rehearse(const StateView& parent, plan::TemplateStore& templates,
                             uint64_t budget_ns) {
    if (!rehearsed_) return;
    const size_t index = *rehearsed_;
    const uint64_t work =
        expected_work(transactions_[index].transaction, batch_->gas(static_cast<uint32_t>(index)));
    if (rehearsal_.expected_ns(work) > budget_ns) return;
    rehearsed_.reset();
    Record& record = rehearsal_record_;
    const auto begin = std::chrono::steady_clock::now();
    const auto gas_used =
        rehearsal_.run(input_, parent, index, record.observation, record.accesses);
    if (gas_used) {
        record.transaction = index;
        record.gas_used = *gas_used;
        learn_one(record, templates);
    }
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - begin;
    rehearsal_.note(work, static_cast<uint64_t>(took.count()));
}

void BlockLearning::learn_beside(const StateView& parent, plan::TemplateStore& templates,
                                 uint64_t rehearsal_ns, const std::atomic<bool>& stop) {
    constexpr std::chrono::microseconds kLook{100};
    learner_.begin_block(block_, parent);
    rehearse(parent, templates, rehearsal_ns);
    while (!stop.load(std::memory_order_relaxed)) {
        if (learned_ < final_count_.load(std::memory_order_acquire))
            learn_one(*records_[final_[learned_++]], templates);
        else
            std::this_thread::sleep_for(kLook);
    }
}

void BlockLearning::learn(const StateView& parent, plan::TemplateStore& templates,
                          const LearningBudget& budget) {
    const size_t count = final_count_.load(std::memory_order_acquire);
    if (learned_ == count && !rehearsed_) return;
    learner_.begin_block(block_, parent);
    uint64_t left = budget.explain_ns;
    for (; learned_ < count; ++learned_) {
        const Record& record = *records_[final_[learned_]];
        const uint64_t expected = expected_ns(record);
        // What would take more than what is left is not learned from.
        if (expected > left) continue;
        left -= expected;
        learn_one(record, templates);
    }
    rehearse(parent, templates, budget.rehearsal_ns);
}

}  // namespace switchyard
