// SPDX-License-Identifier: Apache-2.0
// Sorted rows of several files as one sorted sequence; for this folder only.
#pragma once

#include <algorithm>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::sqlite {

/// `Row` has an `operator<`. `Read` gives the next row of file `i`: Result<bool>(size_t i, Row&).
template <typename Row, typename Read>
class Merge {
  public:
    explicit Merge(Read read) : read_(std::move(read)) {}

    /// Takes the first row of each of `files` files.
    [[nodiscard]] Result<void> begin(size_t files) {
        for (size_t i = 0; i < files; ++i)
            if (Result<void> done = push(i); !done) return done;
        return {};
    }
    /// The smallest row that was not popped; null at the end.
    [[nodiscard]] const Row* front() const { return heap_.empty() ? nullptr : &heap_.front().row; }
    [[nodiscard]] Result<void> pop() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const size_t file = heap_.back().file;
        heap_.pop_back();
        return push(file);
    }

  private:
    struct Head {
        Row row;
        size_t file;
    };
    static bool later(const Head& a, const Head& b) { return b.row < a.row; }

    [[nodiscard]] Result<void> push(size_t file) {
        Head head{{}, file};
        const Result<bool> more = read_(file, head.row);
        if (!more) return more.error();
        if (!*more) return {};
        heap_.push_back(head);
        std::push_heap(heap_.begin(), heap_.end(), later);
        return {};
    }

    Read read_;
    std::vector<Head> heap_;
};

}  // namespace switchyard::sqlite
