// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/step_tracing.hpp"

namespace switchyard::diff {
namespace {

class DigestTracer final : public evm::Tracer {
  public:
    explicit DigestTracer(bool memory) : memory_(memory) {}
    [[nodiscard]] bool wants_memory() const override { return memory_; }

    void on_instruction(const evm::TracedInstruction& i) override {
        const std::array<uint64_t, 8> fields = {i.pc,
                                                i.opcode,
                                                i.depth,
                                                i.gas,
                                                i.gas_cost,
                                                i.memory_bytes,
                                                static_cast<uint64_t>(i.refund),
                                                static_cast<uint64_t>(i.status)};
        uint64_t hash = mix(0, fields.data(), sizeof(fields));
        hash = mix(hash, i.stack.data(), i.stack.size_bytes());
        hash = mix(hash, i.return_data.data(), i.return_data.size());
        digests.push_back(mix(hash, i.memory.data(), i.memory.size()));
    }

    std::vector<uint64_t> digests;

  private:
    static uint64_t mix(uint64_t seed, const void* data, size_t size) {
        return mix_bytes(static_cast<const uint8_t*>(data), size, seed + size);
    }
    bool memory_;
};

class CaptureTracer final : public evm::Tracer {
  public:
    CaptureTracer(size_t step, bool memory) : step_(step), memory_(memory) {}
    [[nodiscard]] bool wants_memory() const override { return memory_ && seen_ == step_; }

    void on_instruction(const evm::TracedInstruction& instruction) override {
        if (seen_++ == step_) captured = trace::step_of(instruction);
    }

    std::optional<trace::TraceStep> captured;

  private:
    size_t step_;
    bool memory_;
    size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<evm::Tracer> DigestTracing::begin(size_t /*index*/) {
    return std::make_unique<DigestTracer>(memory_);
}

void DigestTracing::commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                           const execute::TransactionOutcome& /*outcome*/) {
    transactions_.resize(index + 1);
    transactions_[index] = std::move(static_cast<DigestTracer&>(*tracer).digests);
}

std::unique_ptr<evm::Tracer> StepCapture::begin(size_t index) {
    if (index != transaction_) return nullptr;
    return std::make_unique<CaptureTracer>(step_, memory_);
}

void StepCapture::commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                         const execute::TransactionOutcome& /*outcome*/) {
    if (index == transaction_) captured_ = static_cast<CaptureTracer&>(*tracer).captured;
}

}  // namespace switchyard::diff
