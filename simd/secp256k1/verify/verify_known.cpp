// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/verify/verify_known.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "simd/secp256k1/verify/kernel.hpp"
#include "simd/secp256k1/verify/workspace.hpp"

namespace switchyard::simd {
namespace {

/// Items [begin, end) of the order, whose equation is known not to hold.
struct Suspects {
    size_t begin;
    size_t end;
    JacobianWords sum;
};

template <size_t kMost>
struct Stack {
    std::array<Suspects, kMost> item;
    size_t depth = 0;
};

/// Parts that fail and are of one source; where more than fit, they are searched at once.
using SingleSources = Stack<64>;

/// Rechecks that a proven item pays for: its recovery would have cost about as much or more.
constexpr size_t kEarned = 2;

/// One piece of a batch.
class Piece {
  public:
    Piece(const VerifyBatch& batch, const VerifyResult& result, VerifyWorkspace& workspace,
          size_t least_claims)
        : batch_(batch), result_(result), work_(workspace), least_(least_claims) {}

    VerifyStatistics run() {
        const size_t claims = std::min(batch_.claims.size(), batch_.signatures.size());
        size_t usable = 0;
        if (claims >= least_) {
            work_.equation.prepare(batch_);
            for (size_t i = 0; i < claims; ++i)
                if (work_.equation.usable(i)) work_.order[usable++] = static_cast<uint16_t>(i);
        }
        for (size_t i = 0, k = 0; i < batch_.signatures.size(); ++i) {
            if (k < usable && work_.order[k] == i)
                ++k;
            else
                recover_later(i);
        }
        std::sort(work_.order.begin(), work_.order.begin() + static_cast<ptrdiff_t>(usable),
                  [&](uint16_t a, uint16_t b) {
                      return std::tuple(group(a), source(a), a) <
                             std::tuple(group(b), source(b), b);
                  });
        for (size_t begin = 0, end = 0; begin < usable; begin = end) {
            while (end < usable && group(work_.order[end]) == group(work_.order[begin]))
                ++end;
            check(begin, end);
        }
        recover();
        return statistics_;
    }

  private:
    [[nodiscard]] uint32_t source(size_t item) const {
        return item < batch_.sources.size() ? batch_.sources[item] : 0;
    }

    [[nodiscard]] uint8_t group(size_t item) const {
        return item < batch_.groups.size() ? batch_.groups[item] : 0;
    }

    [[nodiscard]] bool claims_a_key(size_t item) const {
        return item < batch_.claims.size() && batch_.claims[item] < batch_.keys.size();
    }

    void recover_later(size_t item) { work_.plain[plain_++] = static_cast<uint16_t>(item); }

    void recover_later(size_t begin, size_t end) {
        for (size_t k = begin; k < end; ++k)
            recover_later(work_.order[k]);
    }

    void accept(size_t begin, size_t end) {
        for (size_t k = begin; k < end; ++k) {
            const size_t i = work_.order[k];
            result_.keys[i] = batch_.keys[batch_.claims[i]];
            result_.statuses[i] = RecoverStatus::Ok;
            result_.claims[i] = ClaimOutcome::Right;
        }
        statistics_.items_proven += end - begin;
    }

    JacobianWords evaluate(size_t begin, size_t end) {
        ++statistics_.checks;
        statistics_.items_checked += end - begin;
        return work_.equation.evaluate(std::span(work_.order).subspan(begin, end - begin));
    }

    /// Where to halve: the border of two sources nearest to the middle, or else the middle.
    [[nodiscard]] size_t split(size_t begin, size_t end) const {
        const size_t middle = begin + (end - begin) / 2;
        const auto is_border = [&](size_t k) {
            return k > begin && k < end && source(work_.order[k - 1]) != source(work_.order[k]);
        };
        for (size_t distance = 0; distance <= end - middle; ++distance) {
            if (is_border(middle + distance)) return middle + distance;
            if (distance < middle && is_border(middle - distance)) return middle - distance;
        }
        return middle;
    }

    [[nodiscard]] bool of_one_source(const Suspects& suspects) const {
        return source(work_.order[suspects.begin]) == source(work_.order[suspects.end - 1]);
    }

    /// Proves what it can of [begin, end) of the order, which is one group.
    void check(size_t begin, size_t end) {
        if (end - begin < least_) return recover_later(begin, end);
        const JacobianWords sum = evaluate(begin, end);
        if (is_infinity(sum)) return accept(begin, end);
        size_t allowed = end - begin;
        // First what spans several sources: who claims nothing wrong shall not wait for who does.
        SingleSources single;
        search({begin, end, sum}, allowed, &single);
        while (single.depth != 0) {
            const Suspects suspects = single.item[--single.depth];
            // A source's own search may take what finds one wrong item in it.
            size_t own = std::min(allowed, suspects.end - suspects.begin);
            const size_t before = own;
            search(suspects, own, nullptr);
            allowed = allowed + own - before;
        }
    }

    /// Halves `all` and what fails of it, depth first, so that a single wrong item is always found
    /// before the work that is allowed ends: as many rechecked items, and kEarned for each that is
    /// proven. With `single`, leaves those parts there that fail and are of one source.
    void search(const Suspects& all, size_t& allowed, SingleSources* single) {
        Stack<16> stack;
        stack.item[stack.depth++] = all;
        const auto judge = [&](size_t begin, size_t end, const JacobianWords& sum) {
            if (is_infinity(sum)) {
                allowed += kEarned * (end - begin);
                return accept(begin, end);
            }
            if (end - begin < least_ || stack.depth == stack.item.size())
                return recover_later(begin, end);
            stack.item[stack.depth++] = {begin, end, sum};
        };
        while (stack.depth != 0) {
            const Suspects suspects = stack.item[--stack.depth];
            if (single != nullptr && of_one_source(suspects) &&
                single->depth != single->item.size()) {
                single->item[single->depth++] = suspects;
                continue;
            }
            const size_t middle = split(suspects.begin, suspects.end);
            const bool first = middle - suspects.begin <= suspects.end - middle;
            const size_t begin = first ? suspects.begin : middle;
            const size_t end = first ? middle : suspects.end;
            if (end - begin > allowed) {
                recover_later(suspects.begin, suspects.end);
                continue;
            }
            allowed -= end - begin;
            // The other part's sum is the difference.
            const JacobianWords sum = evaluate(begin, end);
            const JacobianWords rest = subtract_points(suspects.sum, sum);
            // The smaller part goes on top, so that the stack stays low.
            judge(first ? middle : suspects.begin, first ? suspects.end : middle, rest);
            judge(begin, end, sum);
        }
    }

    void recover() {
        for (size_t k = 0; k < plain_; ++k)
            work_.inputs[k] = batch_.signatures[work_.plain[k]];
        recover_batch(std::span(work_.inputs).first(plain_), work_.keys, work_.statuses,
                      work_.recovery);
        for (size_t k = 0; k < plain_; ++k) {
            const size_t i = work_.plain[k];
            result_.keys[i] = work_.keys[k];
            result_.statuses[i] = work_.statuses[k];
            if (!claims_a_key(i))
                result_.claims[i] = ClaimOutcome::None;
            else if (work_.statuses[k] == RecoverStatus::Ok &&
                     work_.keys[k] == batch_.keys[batch_.claims[i]])
                result_.claims[i] = ClaimOutcome::Right;
            else
                result_.claims[i] = ClaimOutcome::Wrong;
        }
        statistics_.items_recovered += plain_;
    }

    const VerifyBatch& batch_;
    const VerifyResult& result_;
    VerifyWorkspace& work_;
    const size_t least_;
    size_t plain_ = 0;
    VerifyStatistics statistics_;
};

template <class T>
std::span<T> part(std::span<T> all, size_t begin, size_t count) {
    begin = std::min(begin, all.size());
    return all.subspan(begin, std::min(count, all.size() - begin));
}

}  // namespace

VerifyStatistics verify_known(const VerifyBatch& batch, const VerifyResult& result,
                              VerifyWorkspace& workspace, size_t least_claims) {
    VerifyStatistics total;
    const size_t least = least_claims != 0 ? least_claims : break_even();
    const size_t all = batch.signatures.size();
    // Pieces of nearly equal size.
    const size_t pieces = (all + kVerifyPiece - 1) / kVerifyPiece;
    for (size_t p = 0; p < pieces; ++p) {
        const size_t begin = all * p / pieces;
        const size_t count = all * (p + 1) / pieces - begin;
        const VerifyBatch batch_part{
            part(batch.signatures, begin, count),   batch.keys,
            part(batch.claims, begin, count),       part(batch.sources, begin, count),
            part(batch.coefficients, begin, count), part(batch.groups, begin, count)};
        const VerifyResult result_part{result.keys.subspan(begin, count),
                                       result.statuses.subspan(begin, count),
                                       result.claims.subspan(begin, count)};
        const VerifyStatistics s = Piece(batch_part, result_part, workspace, least).run();
        total.checks += s.checks;
        total.items_checked += s.items_checked;
        total.items_proven += s.items_proven;
        total.items_recovered += s.items_recovered;
    }
    return total;
}

}  // namespace switchyard::simd
