// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/stream_comparison.hpp"

#include <fmt/format.h>

#include "host/core/hex.hpp"

namespace switchyard::diff {

using trace::TraceEnd;
using trace::TraceStatement;
using trace::TraceStep;

/// What both tracers know of their transaction.
class StreamComparison::LiveTracer : public evm::Tracer {
  public:
    LiveTracer(StreamComparison& comparison, size_t transaction)
        : comparison_(comparison), transaction_(transaction) {}

    [[nodiscard]] bool wants_memory() const override { return comparison_.settings_.memory; }
    void on_message_start(const evm::Message& message) override {
        if (message.depth == 0) message_gas_ = message.gas;
    }
    void on_instruction(const evm::TracedInstruction& instruction) override {
        if (!comparison_.is_over())
            comparison_.compare(transaction_, seen_, trace::step_of(instruction));
        ++seen_;
    }
    void on_message_end(const evm::Message& message, evm::Status /*status*/, uint64_t gas_left,
                        BytesView /*output*/) override {
        if (message.depth == 0) message_gas_used_ = message_gas_ - gas_left;
    }
    /// The transaction is final.
    virtual void settle() {}
    [[nodiscard]] uint64_t message_gas_used() const { return message_gas_used_; }

  protected:
    StreamComparison& comparison_;
    size_t transaction_;

  private:
    size_t seen_ = 0;
    uint64_t message_gas_ = 0;
    uint64_t message_gas_used_ = 0;
};

/// Keeps the instructions until the execution is known to be the final one.
class StreamComparison::KeptTracer final : public LiveTracer {
  public:
    using LiveTracer::LiveTracer;
    void on_instruction(const evm::TracedInstruction& instruction) override {
        steps_.push_back(trace::step_of(instruction));
    }
    void settle() override {
        for (size_t i = 0; i < steps_.size() && !comparison_.is_over(); ++i)
            comparison_.compare(transaction_, i, steps_[i]);
    }

  private:
    std::vector<TraceStep> steps_;
};

StreamComparison::StreamComparison(trace::TraceReader& reader, StreamSettings settings)
    : reader_(reader), settings_(std::move(settings)) {}
StreamComparison::~StreamComparison() = default;

std::unique_ptr<evm::Tracer> StreamComparison::begin(size_t index) {
    if (settings_.only_transaction && *settings_.only_transaction != index) return nullptr;
    if (settings_.buffers) return std::make_unique<KeptTracer>(*this, index);
    return std::make_unique<LiveTracer>(*this, index);
}

void StreamComparison::commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                              const execute::TransactionOutcome& outcome) {
    if (tracer == nullptr || is_over()) return;
    auto& of_transaction = static_cast<LiveTracer&>(*tracer);
    of_transaction.settle();
    ++transactions_;
    if (!is_over()) compare_end(index, outcome, of_transaction.message_gas_used());
}

/// The next line of the trace, which stays the next one; null at its end.
const trace::TraceLine* StreamComparison::peek() {
    if (pending_) return &*pending_;
    if (error_) return nullptr;
    auto line = reader_.next();
    if (!line) {
        error_ = line.error();
        return nullptr;
    }
    pending_ = *std::move(line);
    return pending_ ? &*pending_ : nullptr;
}

void StreamComparison::take_ends() {
    for (const auto* line = peek(); line != nullptr; line = peek()) {
        const auto* end = std::get_if<TraceEnd>(line);
        if (end == nullptr) return;
        if (end->gas_used) end_.gas_used = end->gas_used;
        if (end->output) end_.output = end->output;
        if (end->state_root) end_.state_root = end->state_root;
        pending_.reset();
    }
}

void StreamComparison::diverge(std::string field, std::string expected, std::string found) {
    Divergence out;
    out.field = std::move(field);
    out.expected = std::move(expected);
    out.found = std::move(found);
    divergence_ = std::move(out);
}

void StreamComparison::compare(size_t transaction, size_t step, const TraceStep& ours) {
    take_ends();
    if (error_) return;
    const auto* line = peek();
    if (error_) return;
    const auto* theirs = line != nullptr ? std::get_if<TraceStep>(line) : nullptr;
    const bool is_stop = ours.opcode == 0;
    if (is_stop && !settings_.has_statements && (theirs == nullptr || theirs->opcode != 0)) return;
    end_ = {};
    if (theirs == nullptr) {
        divergence_ = end_of_trace(transaction, step, ours, false);
        return;
    }
    ++steps_;
    if (const auto difference = trace::first_difference(ours, *theirs, settings_.ignored))
        divergence_ = divergence_of(transaction, step, ours, *difference);
    pending_.reset();
}

void StreamComparison::compare_end(size_t transaction, const execute::TransactionOutcome& outcome,
                                   uint64_t message_gas_used) {
    take_ends();
    if (error_) return;
    const auto* line = peek();
    const auto* more = line != nullptr ? std::get_if<TraceStep>(line) : nullptr;
    // What starts another transaction stands at 0 in the outermost frame.
    if (more != nullptr && (more->pc != 0 || more->depth.value_or(1) > 1)) {
        divergence_ = end_of_trace(transaction, steps_, *more, true);
        divergence_->step.reset();
        return;
    }
    if (end_.output && *end_.output != outcome.output && !settings_.ignored.contains("output"))
        diverge("output", to_hex(outcome.output), to_hex(*end_.output));
    else if (end_.gas_used && *end_.gas_used != outcome.gas_used &&
             *end_.gas_used != message_gas_used && !settings_.ignored.contains("gasUsed"))
        diverge("gasUsed",
                fmt::format("{} of the message, {} of the transaction", message_gas_used,
                            outcome.gas_used),
                std::to_string(*end_.gas_used));
    if (divergence_) divergence_->transaction = transaction;
}

void StreamComparison::end_block(const Result<execute::BlockResult>& result,
                                 const std::function<Bytes32()>& state_root) {
    if (is_over()) return;
    take_ends();
    if (!settings_.has_statements) {
        if (!end_.state_root || settings_.ignored.contains("stateRoot")) return;
        const Bytes32 root = state_root();
        if (root != *end_.state_root) diverge("stateRoot", to_hex(root), to_hex(*end_.state_root));
        end_ = {};
        return;
    }
    for (const ResultLine& ours : result_lines(result)) {
        const auto* line = peek();
        if (error_) return;
        const auto* theirs = line != nullptr ? std::get_if<TraceStatement>(line) : nullptr;
        if (theirs == nullptr || theirs->name != ours.name)
            return diverge(
                ours.name, ours.value,
                theirs == nullptr ? "nothing stated" : "nothing stated; next is " + theirs->name);
        if (theirs->value != ours.value) return diverge(ours.name, ours.value, theirs->value);
        pending_.reset();
    }
    const auto* line = peek();
    if (const auto* more = line != nullptr ? std::get_if<TraceStatement>(line) : nullptr)
        diverge(more->name, "nothing stated", more->value);
}

void StreamComparison::finish() {
    if (is_over()) return;
    for (const auto* line = peek(); line != nullptr; line = peek()) {
        if (const auto* step = std::get_if<TraceStep>(line))
            return diverge(
                "instruction", "the end of the trace",
                fmt::format("pc {} {} (line {} of {})", step->pc, trace::name_of(step->opcode),
                            reader_.line_number(), reader_.name()));
        if (const auto* statement = std::get_if<TraceStatement>(line))
            return diverge(statement->name, "nothing stated", statement->value);
        pending_.reset();
    }
}

}  // namespace switchyard::diff
