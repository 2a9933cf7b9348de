// SPDX-License-Identifier: Apache-2.0
// The transactions of one sender by nonce.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace switchyard {

/// Ascending nonces, each with the number of its entry. Nonces mostly come in order and go from the
/// front: both are cheap, and a look-up of a nonce in a row without gaps is one read.
class NonceList {
  public:
    struct Item {
        uint64_t nonce = 0;
        uint32_t entry = 0;
    };
    static constexpr size_t kNone = SIZE_MAX;

    [[nodiscard]] bool empty() const { return first_ == items_.size(); }
    [[nodiscard]] size_t size() const { return items_.size() - first_; }
    [[nodiscard]] const Item& operator[](size_t i) const { return items_[first_ + i]; }

    /// Where `nonce` stands, or `kNone`.
    [[nodiscard]] size_t find(uint64_t nonce) const {
        const size_t i = lower_bound(nonce);
        return i < size() && (*this)[i].nonce == nonce ? i : kNone;
    }
    /// The first that is not below `nonce`.
    [[nodiscard]] size_t lower_bound(uint64_t nonce) const {
        if (empty() || nonce <= (*this)[0].nonce) return 0;
        const uint64_t guess = nonce - (*this)[0].nonce;
        if (guess < size() && (*this)[guess].nonce == nonce) return guess;
        if (nonce > items_.back().nonce) return size();
        const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(first_);
        const auto at =
            std::lower_bound(begin, items_.end(), nonce,
                             [](const Item& item, uint64_t n) { return item.nonce < n; });
        return static_cast<size_t>(at - begin);
    }
    /// Returns where it stands. Precondition: the nonce is not in the list.
    size_t insert(const Item& item) {
        const size_t i = lower_bound(item.nonce);
        if (i == 0 && first_ > 0)
            items_[--first_] = item;
        else
            items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(first_ + i), item);
        return i;
    }
    void set_entry(size_t i, uint32_t entry) { items_[first_ + i].entry = entry; }
    void erase(size_t i) {
        if (i == 0) {
            // What has gone from the front is cut off when it is more than what is left.
            if (++first_ * 2 > items_.size()) {
                items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
                first_ = 0;
            }
        } else {
            items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(first_ + i));
        }
    }

  private:
    std::vector<Item> items_;
    size_t first_ = 0;
};

}  // namespace switchyard
