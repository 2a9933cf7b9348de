// SPDX-License-Identifier: Apache-2.0
// Another program, whose standard output is read while it runs.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::diff {

/// Starts a program without a shell. Its standard error is this process's.
class Subprocess {
  public:
    /// `arguments[0]` is the program's path. `NotFound` when it cannot be started.
    [[nodiscard]] static Result<Subprocess> start(const std::vector<std::string>& arguments);
    ~Subprocess();
    Subprocess(Subprocess&& other) noexcept;
    Subprocess& operator=(Subprocess&&) = delete;

    /// Its standard output, once; the caller closes it.
    [[nodiscard]] std::FILE* take_output();
    /// Waits for its end; the exit code, or 128 and the signal's number. Call when the output was
    /// closed: the program ends at its next write then.
    [[nodiscard]] int wait();

  private:
    Subprocess(int pid, std::FILE* output) : pid_(pid), output_(output) {}
    int pid_ = -1;
    std::FILE* output_ = nullptr;
};

}  // namespace switchyard::diff
