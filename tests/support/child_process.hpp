// SPDX-License-Identifier: Apache-2.0
// A copy of this process that a test lets die.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace switchyard::test {

/// Runs `body(pipe)` in a forked process, which ends with its result as the exit status and without
/// any destructor of its own; reads what it writes to the pipe. To be made while this process has
/// one thread.
class ChildProcess {
  public:
    template <typename Body>
    explicit ChildProcess(Body body) {
        int ends[2];
        if (::pipe(ends) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(ends[0]);
            ::_exit(body(ends[1]));
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }
    ~ChildProcess() {
        if (pipe_ >= 0) ::close(pipe_);
        if (pid_ > 0 && !is_waited_for_) {
            ::kill(pid_, SIGKILL);
            (void)wait();
        }
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] bool started() const { return pid_ > 0; }
    /// The next message, which is written at once; false at the end.
    template <typename Message>
    [[nodiscard]] bool read(Message& message) const {
        return ::read(pipe_, &message, sizeof message) == static_cast<ssize_t>(sizeof message);
    }
    /// Ends it by SIGKILL; what `kill` says.
    [[nodiscard]] int kill() const { return ::kill(pid_, SIGKILL); }
    /// Its end, as `waitpid` gives it; -1 when that failed.
    [[nodiscard]] int wait() {
        int status = 0;
        is_waited_for_ = true;
        return ::waitpid(pid_, &status, 0) == pid_ ? status : -1;
    }

  private:
    pid_t pid_ = -1;
    int pipe_ = -1;
    bool is_waited_for_ = false;
};

[[nodiscard]] inline bool was_killed(int status) {
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace switchyard::test
