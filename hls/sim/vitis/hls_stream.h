// SPDX-License-Identifier: Apache-2.0
// Stands in for the header of this name of Vitis HLS, as its C simulation behaves: one process runs
// to its end before the next one starts, so streams hold any number of tokens. Only for the test
// that the kernel's dataflow region computes the same; nothing else may see this folder.
#pragma once

#include <stdlib.h>

#include <deque>

namespace hls {

template <typename T>
class stream {
  public:
    stream() = default;
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream() {
        if (!tokens_.empty()) abort();  // Vitis warns of left-over tokens
    }

    T read() {
        if (tokens_.empty()) abort();  // Vitis would wait for ever
        const T token = tokens_.front();
        tokens_.pop_front();
        return token;
    }
    void write(const T& token) { tokens_.push_back(token); }

  private:
    std::deque<T> tokens_;
};

}  // namespace hls
