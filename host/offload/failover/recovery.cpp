// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/recovery.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace switchyard::offload {
namespace {

/// For one known batch; the watchdog is much earlier.
constexpr std::chrono::seconds kProbePatience{5};
/// For the thread at the end.
constexpr std::chrono::seconds kGrace{2};

struct Job {
    std::unique_ptr<CardDetector> failed;
    CardFailure failure = CardFailure::Hang;
    Recovery::Time not_before;
};

/// Owned by the recovery and its thread, so that either may go first.
class Worker {
  public:
    Worker(OpenCard open, std::vector<KnownBatch> known)
        : open_(std::move(open)), known_(std::move(known)) {}

    void hand_over(Job job) {
        const std::lock_guard lock(mutex_);
        SWITCHYARD_ASSERT(!job_ && !outcome_ && !busy_);
        job_ = std::move(job);
        changed_.notify_all();
    }

    [[nodiscard]] std::optional<Recovery::Outcome> take_outcome() {
        const std::lock_guard lock(mutex_);
        return std::exchange(outcome_, std::nullopt);
    }

    void stop() {
        std::unique_lock lock(mutex_);
        stop_ = true;
        changed_.notify_all();
        (void)changed_.wait_for(lock, kGrace, [&] { return ended_; });
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return stop_ || job_; });
            if (stop_) break;
            Job job = *std::exchange(job_, std::nullopt);
            busy_ = true;
            lock.unlock();
            job.failed.reset();
            lock.lock();
            (void)changed_.wait_until(lock, job.not_before, [&] { return stop_; });
            if (stop_) break;
            lock.unlock();
            auto outcome = open_and_probe(open_, job.failure, known_);
            lock.lock();
            busy_ = false;
            outcome_.emplace(std::move(outcome));
        }
        // What nobody takes any more is closed without the lock: the owner waits with it.
        auto job = std::exchange(job_, std::nullopt);
        auto outcome = std::exchange(outcome_, std::nullopt);
        lock.unlock();
        job.reset();
        outcome.reset();
        lock.lock();
        ended_ = true;
        changed_.notify_all();
    }

  private:
    OpenCard open_;
    std::vector<KnownBatch> known_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Job> job_;
    std::optional<Recovery::Outcome> outcome_;
    bool busy_ = false;
    bool stop_ = false;
    bool ended_ = false;
};

class ThreadedRecovery final : public Recovery {
  public:
    ThreadedRecovery(OpenCard open, std::vector<KnownBatch> known)
        : worker_(std::make_shared<Worker>(std::move(open), std::move(known))) {
        std::thread([worker = worker_] { worker->work(); }).detach();
    }
    ~ThreadedRecovery() override { worker_->stop(); }

    void begin(std::unique_ptr<CardDetector> failed, CardFailure failure,
               Time not_before) override {
        worker_->hand_over({std::move(failed), failure, not_before});
    }
    [[nodiscard]] std::optional<Outcome> poll() override { return worker_->take_outcome(); }

  private:
    std::shared_ptr<Worker> worker_;
};

}  // namespace

Recovery::Outcome open_and_probe(const OpenCard& open, CardFailure after,
                                 const std::vector<KnownBatch>& known) {
    auto card = open(after);
    if (!card) return card.error();
    std::optional<Error> wrong;
    (void)try_known_batches(**card, known, kProbePatience, true,
                            [&wrong](const KnownBatchOutcome& outcome) {
                                if (!outcome.result) wrong = outcome.result.error();
                            });
    if (wrong) return *wrong;
    return card;
}

std::unique_ptr<Recovery> make_threaded_recovery(OpenCard open, std::vector<KnownBatch> known) {
    return std::make_unique<ThreadedRecovery>(std::move(open), std::move(known));
}

}  // namespace switchyard::offload
