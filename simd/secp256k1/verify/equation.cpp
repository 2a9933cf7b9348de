// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/verify/equation.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace switchyard::simd {
namespace {

constexpr uint16_t kNoKey = UINT16_MAX;

U256 load_big_endian(const uint8_t* bytes) {
    if constexpr (std::endian::native != std::endian::little) return ref::load_big_endian(bytes);
    U256 value;
    for (size_t i = 0; i < 4; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, bytes + 8 * (3 - i), 8);
        value[i] = __builtin_bswap64(word);
    }
    return value;
}

void store_words(const U256& value, uint64_t* words) {
    std::copy_n(value.data(), 4, words);
}

}  // namespace

bool VerifyEquation::read_signature(const RecoverInput& signature, size_t item) {
    const U256& n = ref::kGroupOrder.value;
    const U256 r = load_big_endian(signature.r.data());
    const U256 s = load_big_endian(signature.s.data());
    if (signature.recovery_id > 3 || ref::is_zero(r) || !ref::less(r, n) || ref::is_zero(s) ||
        !ref::less(s, n))
        return false;
    U256 x = r;
    if ((signature.recovery_id & 2) != 0) {
        // r < p - n, so that r + n is below p and needs no reduction.
        if (!ref::less(r, ref::sub_mod(ref::kFieldOrder.value, n, ref::kFieldOrder))) return false;
        x = ref::add_mod(r, n, ref::kFieldOrder);
    }
    r_[item] = r;
    s_[item] = s;
    z_[item] = load_big_endian(signature.message_hash.data());
    PackedPoint& row = rows_[1 + 2 * keys_ + item];
    store_words(x, row.x);
    row.y[0] = signature.recovery_id & 1;
    return true;
}

bool VerifyEquation::read_coefficient(const Coefficient& coefficient, size_t item) {
    // Little-endian in two's complement: of 128 bits, 2^127 at most.
    uint64_t low = 0;
    uint64_t high = 0;
    for (size_t i = 0; i < 8; ++i) {
        low |= uint64_t{coefficient[i]} << (8 * i);
        high |= uint64_t{coefficient[8 + i]} << (8 * i);
    }
    negative_[item] = high >> 63 != 0;
    if (negative_[item]) {
        low = 0 - low;
        high = ~high + static_cast<uint64_t>(low == 0);
    }
    magnitude_[item] = {low, high, 0, 0};
    return (low | high) != 0;
}

/// The number of a claimed key in this piece, which is given at its first claim.
uint16_t VerifyEquation::find_key(const VerifyBatch& piece, uint32_t claim) {
    if (claim >= piece.keys.size()) return kNoKey;
    size_t slot = (claim * 0x9e3779b1u) >> (32 - std::countr_zero(kSlots));
    while (slot_key_[slot] != kNoKey) {
        if (slot_claim_[slot] == claim) return slot_key_[slot];
        slot = (slot + 1) % kSlots;
    }
    const auto key = static_cast<uint16_t>(keys_++);
    slot_claim_[slot] = claim;
    slot_key_[slot] = key;
    const uint8_t* bytes = piece.keys[claim].data();
    const U256 x = load_big_endian(bytes);
    const U256 y = load_big_endian(bytes + 32);
    const U256& p = ref::kFieldOrder.value;
    key_valid_[key] = ref::less(x, p) && ref::less(y, p);
    PackedPoint& row = rows_[1 + 2 * size_t{key}];
    // An invalid one goes on as zero, which is on no curve.
    store_words(key_valid_[key] ? x : U256{}, row.x);
    store_words(key_valid_[key] ? y : U256{}, row.y);
    return key;
}

void VerifyEquation::prepare(const VerifyBatch& piece) {
    items_ = piece.signatures.size();
    slot_key_.fill(kNoKey);
    rows_[0] = {};
    const ref::JacobianPoint g = ref::generator();
    store_words(g.x, rows_[1].x);
    store_words(g.y, rows_[1].y);
    key_valid_[0] = true;
    keys_ = 1;
    for (size_t i = 0; i < items_; ++i)
        key_of_[i] = i < piece.claims.size() ? find_key(piece, piece.claims[i]) : kNoKey;
    check_key_rows(&rows_[1], keys_, flags_.data());
    for (size_t k = 0; k < keys_; ++k)
        key_valid_[k] = key_valid_[k] && flags_[k] == 0;

    const U256 one{1, 0, 0, 0};
    for (size_t i = 0; i < items_; ++i) {
        usable_[i] = read_signature(piece.signatures[i], i) && key_of_[i] != kNoKey &&
                     i < piece.coefficients.size() && key_valid_[key_of_[i]] &&
                     read_coefficient(piece.coefficients[i], i);
        if (usable_[i]) continue;
        // Something harmless, so that all inversions and roots are defined.
        r_[i] = s_[i] = z_[i] = magnitude_[i] = one;
        negative_[i] = false;
        PackedPoint& row = rows_[1 + 2 * keys_ + i];
        store_words(g.x, row.x);
        row.y[0] = 0;
    }
    decompress_rows(&rows_[1 + 2 * keys_], items_, flags_.data());
    for (size_t i = 0; i < items_; ++i)
        usable_[i] = usable_[i] && flags_[i] == 0;
    const auto first = [&](const auto& all) { return std::span(all).first(items_); };
    verification_scalars(first(magnitude_), first(z_), first(r_), first(s_),
                         std::span(shares_).first(items_));
}

void VerifyEquation::collect_terms(std::span<const uint16_t> items) {
    std::fill_n(key_sums_.begin(), keys_, U256{});
    terms_count_ = 0;
    const auto add_term = [&](const SignedHalf& value, size_t row, bool negate) {
        terms_[terms_count_++] = {value.low, value.high, static_cast<uint16_t>(row),
                                  value.negative != negate};
    };
    for (const uint16_t i : items) {
        const U256& a = magnitude_[i];
        add_term({a[0], a[1], negative_[i]}, 1 + 2 * keys_ + i, false);
        // G and the key are to be subtracted: the sums are what is to be subtracted.
        const auto accumulate = negative_[i] ? ref::sub_mod : ref::add_mod;
        U256& g = key_sums_[0];
        U256& q = key_sums_[key_of_[i]];
        g = accumulate(g, shares_[i].generator, ref::kGroupOrder);
        q = accumulate(q, shares_[i].key, ref::kGroupOrder);
    }
    for (size_t k = 0; k < keys_; ++k) {
        if (ref::is_zero(key_sums_[k])) continue;
        SignedHalf first{};
        SignedHalf second{};
        split_scalar(key_sums_[k], first, second);
        add_term(first, 1 + 2 * k, true);
        add_term(second, 2 + 2 * k, true);
    }
}

VerifyEquation::Windows VerifyEquation::choose_windows(size_t terms) {
    Windows best{};
    size_t least = SIZE_MAX;
    for (size_t width = 4; width <= kMaxWidth; ++width) {
        // One bit more than the scalars' 128, for the carry of signed digits.
        const size_t count = (128 + width) / width;
        const size_t half = size_t{1} << (width - 1);
        // Each term is added to a bucket; a bucket is added to two parts.
        const size_t additions = count * (terms + half + half / 2);
        if (additions >= least || count * terms > kMaxDigits) continue;
        least = additions;
        const size_t top = std::max(size_t{2}, size_t{1} << (128 - width * (count - 1)));
        best = {width, count, half, width / 2, half >> (width / 2), top};
    }
    return best;
}

/// The last window has fewer digits, and would have few and long buckets. Its unused buckets take a
/// part of each: bucket b has the digit b modulo `top`.
void VerifyEquation::spread_last_window(const Windows& windows) {
    uint16_t* digits = &digits_[(windows.count - 1) * terms_count_];
    const size_t parts = windows.half / windows.top;
    for (size_t t = 0; t < terms_count_; ++t)
        if ((digits[t] & (kEntryNegative - 1)) != 0)
            digits[t] = static_cast<uint16_t>(digits[t] + windows.top * (t % parts));
}

/// Pippenger's buckets: for each window and each digit d > 0, the sum of the points with the digits
/// d and -d.
void VerifyEquation::sum_buckets(const Windows& windows) {
    const size_t terms = terms_count_;
    const size_t lists_per_window = windows.half + 1;
    const size_t windows_at_once = std::min(
        {windows.count, ListTable::kMaxLists / lists_per_window, ListTable::kMaxEntries / terms});
    for (size_t begin = 0; begin < windows.count; begin += windows_at_once) {
        const size_t end = std::min(begin + windows_at_once, windows.count);
        const size_t lists = (end - begin) * lists_per_window;
        std::fill_n(lists_.count, lists, 0u);
        for (size_t w = begin; w < end; ++w) {
            const uint16_t* digits = &digits_[w * terms];
            uint32_t* count = &lists_.count[(w - begin) * lists_per_window];
            for (size_t t = 0; t < terms; ++t)
                ++count[digits[t] & (kEntryNegative - 1)];
            count[0] = 0;
        }
        for (size_t list = 0; list < lists; ++list)
            bucket_used_[begin * lists_per_window + list] = lists_.count[list] != 0;
        lists_.lay_out(lists);
        for (size_t w = begin; w < end; ++w) {
            const uint16_t* digits = &digits_[w * terms];
            for (size_t t = 0; t < terms; ++t) {
                const size_t magnitude = digits[t] & (kEntryNegative - 1);
                if (magnitude == 0) continue;
                lists_.place((w - begin) * lists_per_window + magnitude,
                             static_cast<uint16_t>(terms_[t].row | (digits[t] & kEntryNegative)));
            }
        }
        lists_.fill_up();
        sum_lists(lists_, rows_.data(), &buckets_[1 + begin * lists_per_window], &buckets_.back(),
                  scratch_);
    }
}

/// The digit d of a bucket is h 2^shift + l: sums over all buckets of a window with the same h, and
/// with the same l.
void VerifyEquation::sum_parts(const Windows& windows) {
    const size_t low_parts = size_t{1} << windows.shift;
    const size_t first_low = windows.count * (windows.high + 1);
    const size_t lists = first_low + windows.count * low_parts;
    std::fill_n(parts_.begin(), lists, PackedPoint{});
    std::fill_n(lists_.count, lists, 0u);
    const auto for_each = [&](const auto& use) {
        for (size_t w = 0; w < windows.count; ++w) {
            const bool last = w + 1 == windows.count;
            for (size_t b = 1; b <= windows.half; ++b) {
                const size_t bucket = w * (windows.half + 1) + b;
                if (!bucket_used_[bucket]) continue;
                const size_t d = last ? b % windows.top : b;
                const size_t high = d >> windows.shift;
                const size_t low = d % low_parts;
                if (high != 0) use(w * (windows.high + 1) + high, bucket + 1);
                if (low != 0) use(first_low + w * low_parts + low, bucket + 1);
            }
        }
    };
    for_each([&](size_t list, size_t) { ++lists_.count[list]; });
    lists_.lay_out(lists);
    for_each([&](size_t list, size_t row) { lists_.place(list, static_cast<uint16_t>(row)); });
    lists_.fill_up();
    buckets_[0] = {};
    sum_lists(lists_, buckets_.data(), parts_.data(), &buckets_.back(), scratch_);
}

JacobianWords VerifyEquation::evaluate(std::span<const uint16_t> items) {
    collect_terms(items);
    if (terms_count_ == 0) return {};
    const Windows windows = choose_windows(terms_count_);
    write_digits(std::span(terms_).first(terms_count_), windows.width, windows.count, terms_count_,
                 digits_.data());
    spread_last_window(windows);
    sum_buckets(windows);
    sum_parts(windows);
    std::array<JacobianWords, kMaxWindows> high;
    std::array<JacobianWords, kMaxWindows> low;
    const size_t low_parts = size_t{1} << windows.shift;
    weighted_sums(parts_.data(), windows.high + 1, windows.high, windows.count, high.data());
    weighted_sums(&parts_[windows.count * (windows.high + 1)], low_parts, low_parts - 1,
                  windows.count, low.data());
    return combine_windows(std::span(low).first(windows.count),
                           std::span(high).first(windows.count), windows.width, windows.shift);
}

}  // namespace switchyard::simd
