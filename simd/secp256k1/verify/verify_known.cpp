// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/verify/verify_known.hpp"

#include <algorithm>

#include "simd/secp256k1/verify/workspace.hpp"

namespace switchyard::simd {
namespace {

/// Fewer than this go to plain recovery at once: a check would cost as much (see README.md).
constexpr size_t kLeastItems = 24;

/// Items [begin, end) of the order, whose equation is known not to hold.
struct Suspects {
    size_t begin;
    size_t end;
    JacobianWords sum;
};

/// One piece of a batch.
class Piece {
  public:
    Piece(const VerifyBatch& batch, const VerifyResult& result, VerifyWorkspace& workspace)
        : batch_(batch), result_(result), work_(workspace) {}

    VerifyStatistics run() {
        const size_t claims = std::min(batch_.claims.size(), batch_.signatures.size());
        size_t usable = 0;
        if (claims >= kLeastItems) {
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
                      return std::pair(source(a), a) < std::pair(source(b), b);
                  });
        check(usable);
        recover();
        return statistics_;
    }

  private:
    [[nodiscard]] uint32_t source(size_t item) const {
        return item < batch_.sources.size() ? batch_.sources[item] : 0;
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

    /// Proves what it can of the first `count` items of the order; depth first, so that a single
    /// wrong item is always found before the work that is allowed ends.
    void check(size_t count) {
        if (count < kLeastItems) return recover_later(0, count);
        std::array<Suspects, 64> stack;
        size_t depth = 0;
        size_t allowed = count;
        const auto judge = [&](size_t begin, size_t end, const JacobianWords& sum) {
            if (is_infinity(sum)) return accept(begin, end);
            if (end - begin < kLeastItems || depth == stack.size())
                return recover_later(begin, end);
            stack[depth++] = {begin, end, sum};
        };
        judge(0, count, evaluate(0, count));
        while (depth != 0) {
            const Suspects suspects = stack[--depth];
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
            if (first) {
                judge(middle, suspects.end, rest);
                judge(begin, end, sum);
            } else {
                judge(begin, end, sum);
                judge(suspects.begin, middle, rest);
            }
        }
    }

    void recover() {
        for (size_t k = 0; k < plain_; ++k)
            work_.inputs[k] = batch_.signatures[work_.plain[k]];
        recover_batch(std::span(work_.inputs).first(plain_), work_.keys, work_.statuses);
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
                              VerifyWorkspace& workspace) {
    VerifyStatistics total;
    const size_t all = batch.signatures.size();
    // Pieces of nearly equal size.
    const size_t pieces = (all + kVerifyPiece - 1) / kVerifyPiece;
    for (size_t p = 0; p < pieces; ++p) {
        const size_t begin = all * p / pieces;
        const size_t count = all * (p + 1) / pieces - begin;
        const VerifyBatch batch_part{
            part(batch.signatures, begin, count), batch.keys, part(batch.claims, begin, count),
            part(batch.sources, begin, count), part(batch.coefficients, begin, count)};
        const VerifyResult result_part{result.keys.subspan(begin, count),
                                       result.statuses.subspan(begin, count),
                                       result.claims.subspan(begin, count)};
        const VerifyStatistics s = Piece(batch_part, result_part, workspace).run();
        total.checks += s.checks;
        total.items_checked += s.items_checked;
        total.items_proven += s.items_proven;
        total.items_recovered += s.items_recovered;
    }
    return total;
}

}  // namespace switchyard::simd
