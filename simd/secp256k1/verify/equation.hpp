// SPDX-License-Identifier: Apache-2.0
// The equation of one piece: a sum of multiples of points that is infinity if all claims are right.
#pragma once

#include <array>

#include "simd/curve/secp256k1_combine.hpp"
#include "simd/secp256k1/scalar.hpp"
#include "simd/secp256k1/verify/verify_known.hpp"

namespace switchyard::simd {

/// A piece of a batch on its way through the equation, with all memory that this takes. For item i
/// with coefficient a, the equation has a R - (a z / s) G - (a r / s) Q.
class VerifyEquation {
  public:
    /// Takes a piece of at most kVerifyPiece signatures. Afterwards `usable(i)` tells whether item
    /// i can be in an equation: its signature is in range, R and the claimed key are points of the
    /// curve, and its coefficient is not zero.
    void prepare(const VerifyBatch& piece);
    [[nodiscard]] bool usable(size_t item) const { return usable_[item]; }

    /// The equation's sum over some usable items, each given once. Claims of these items are all
    /// right if it is infinity, up to a probability of 2^-128.
    [[nodiscard]] JacobianWords evaluate(std::span<const uint16_t> items);

  private:
    static constexpr size_t kItems = kVerifyPiece;
    /// Infinity; two rows for G and for each key; R of each item.
    static constexpr size_t kRows = 1 + 2 * (kItems + 1) + kItems;
    static constexpr size_t kTerms = kRows - 1;
    static constexpr size_t kMaxWindows = 33;
    static constexpr size_t kMaxWidth = 10;
    static constexpr size_t kMaxDigits = 13 * kTerms;
    static constexpr size_t kMaxBuckets = 13 * (1 + (1u << (kMaxWidth - 1)));
    static constexpr size_t kMaxParts = kMaxBuckets / 8;
    static constexpr size_t kSlots = 2 * kItems;  ///< a power of two

    /// How scalars are cut: signed windows of `width` bits, and a window's digit into a high part
    /// and `shift` low bits.
    struct Windows {
        size_t width;
        size_t count;
        size_t half;  ///< the largest digit
        size_t shift;
        size_t high;  ///< the largest high part
        size_t top;   ///< a power of two above the last window's digits
    };

    [[nodiscard]] bool read_signature(const RecoverInput& signature, size_t item);
    [[nodiscard]] bool read_coefficient(const Coefficient& coefficient, size_t item);
    [[nodiscard]] uint16_t find_key(const VerifyBatch& piece, uint32_t claim);
    void collect_terms(std::span<const uint16_t> items);
    [[nodiscard]] static Windows choose_windows(size_t terms);
    void spread_last_window(const Windows& windows);
    void sum_buckets(const Windows& windows);
    void sum_parts(const Windows& windows);

    size_t items_ = 0;
    size_t keys_ = 0;  ///< with G, which is key 0
    size_t terms_count_ = 0;
    std::array<bool, kItems> usable_;
    std::array<uint16_t, kItems> key_of_;
    std::array<uint32_t, kSlots> slot_claim_;
    std::array<uint16_t, kSlots> slot_key_;
    std::array<U256, kItems> r_;
    std::array<U256, kItems> s_;
    std::array<U256, kItems> z_;
    std::array<U256, kItems> magnitude_;  ///< of the coefficient
    std::array<bool, kItems> negative_;
    std::array<VerificationScalars, kItems> shares_;
    std::array<U256, kItems + 1> key_sums_;
    std::array<bool, kItems + 1> key_valid_;
    std::array<Term, kTerms> terms_;
    std::array<bool, kMaxBuckets> bucket_used_;
    alignas(64) std::array<uint64_t, kItems + kListColumns> flags_;
    std::array<uint16_t, kMaxDigits> digits_;
    ListTable lists_;
    SumScratch scratch_;
    std::array<PackedPoint, kRows> rows_;
    /// Row 0 infinity, then the sums of all buckets, then one row for what nobody wants.
    std::array<PackedPoint, kMaxBuckets + 2> buckets_;
    std::array<PackedPoint, kMaxParts> parts_;
};

}  // namespace switchyard::simd
