// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/execution_diff.hpp"

#include <algorithm>

#include "host/execute/result_difference.hpp"
#include "tools/diff/step_tracing.hpp"

namespace switchyard::diff {
namespace {

using conformance::BlockExecutor;
using execute::BlockInput;
using execute::BlockResult;

struct Place {
    size_t transaction = 0;
    size_t step = 0;
};

/// Where the digests part; no value: nowhere.
std::optional<Place> first_place(const DigestTracing& expected, const DigestTracing& found) {
    const auto& a = expected.transactions();
    const auto& b = found.transactions();
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto [x, y] = std::mismatch(a[i].begin(), a[i].end(), b[i].begin(), b[i].end());
        if (x != a[i].end() || y != b[i].end())
            return Place{i, static_cast<size_t>(x - a[i].begin())};
    }
    return std::nullopt;
}

/// "what: expected E, found F", as `execute::first_difference` says it.
Divergence result_divergence(const std::string& text) {
    Divergence out;
    const size_t expected = text.find(": expected ");
    const size_t found = text.rfind(", found ");
    if (expected == std::string::npos || found == std::string::npos || found < expected) {
        out.field = text;
        out.expected = "equal";
        out.found = "not equal";
        return out;
    }
    constexpr size_t kExpected = 11;
    constexpr size_t kFound = 8;
    out.field = text.substr(0, expected);
    out.expected = text.substr(expected + kExpected, found - expected - kExpected);
    out.found = text.substr(found + kFound);
    return out;
}

std::string outcome_text(const Result<BlockResult>& result) {
    return result ? "the block is executed" : "the block is refused: " + result.error().message;
}

std::optional<Divergence> compare_results(const Result<BlockResult>& expected,
                                          const Result<BlockResult>& found) {
    if (!expected || !found) {
        const std::string a = outcome_text(expected);
        const std::string b = outcome_text(found);
        if (a == b) return std::nullopt;
        Divergence out;
        out.field = "outcome";
        out.expected = a;
        out.found = b;
        return out;
    }
    const auto difference = execute::first_difference(*expected, *found);
    return difference ? std::optional(result_divergence(*difference)) : std::nullopt;
}

class Comparison {
  public:
    Comparison(const BlockInput& input, const StateView& parent,
               const BlockExecutor::MakeRoots& make_roots, bool memory)
        : input_(input), parent_(parent), make_roots_(make_roots), memory_(memory) {}

    BlockComparison run(const Executor& expected, const Executor& found) const {
        DigestTracing digests_expected(memory_);
        DigestTracing digests_found(memory_);
        BlockComparison out{execute(expected, digests_expected), std::nullopt};
        const auto other = execute(found, digests_found);
        for (const auto& digests : digests_expected.transactions()) {
            ++out.transactions;
            out.steps += digests.size();
        }
        if (const auto place = first_place(digests_expected, digests_found))
            out.divergence = at(*place, expected, found);
        else
            out.divergence = compare_results(out.result, other);
        if (out.divergence) out.divergence->block = input_.header->number;
        return out;
    }

  private:
    Result<BlockResult> execute(const Executor& executor, execute::BlockTracing& tracing) const {
        BlockInput input = input_;
        input.tracing = &tracing;
        return executor(input, parent_, make_roots_);
    }

    Divergence at(const Place& place, const Executor& expected, const Executor& found) const {
        StepCapture a(place.transaction, place.step, memory_);
        StepCapture b(place.transaction, place.step, memory_);
        (void)execute(expected, a);
        (void)execute(found, b);
        if (a.step() && b.step()) {
            if (const auto field = trace::first_difference(*a.step(), *b.step()))
                return divergence_of(place.transaction, place.step, *a.step(), *field);
            return divergence_of(place.transaction, place.step, *a.step(),
                                 {"error", a.step()->error, b.step()->error});
        }
        if (a.step()) return end_of_trace(place.transaction, place.step, *a.step(), false);
        if (b.step()) return end_of_trace(place.transaction, place.step, *b.step(), true);
        Divergence out;
        out.transaction = place.transaction;
        out.step = place.step;
        out.field = "instruction";
        out.expected = "the same in each execution";
        out.found = "one that did not come again when the block was executed once more";
        return out;
    }

    const BlockInput& input_;
    const StateView& parent_;
    const BlockExecutor::MakeRoots& make_roots_;
    bool memory_;
};

}  // namespace

BlockComparison compare_block(const Executor& expected, const Executor& found,
                              const BlockInput& input, const StateView& parent,
                              const BlockExecutor::MakeRoots& make_roots, bool memory) {
    return Comparison(input, parent, make_roots, memory).run(expected, found);
}

}  // namespace switchyard::diff
