// SPDX-License-Identifier: Apache-2.0
// The plain thread that drives an `Ingress`.
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "dataplane/ingress.hpp"

namespace switchyard::dataplane {
namespace {

/// Idle rounds that yield before the thread begins to sleep.
constexpr unsigned kYields = 64;
constexpr std::chrono::microseconds kIdleSleep{20};

void pin_to(int cpu) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    // A CPU that this process may not use leaves the thread where the scheduler puts it.
    (void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

}  // namespace

struct IngressThread::Impl {
    std::atomic<bool> stopping{false};
    std::thread thread;
};

IngressThread::IngressThread(Ingress& ingress, int cpu) : impl_(std::make_unique<Impl>()) {
    impl_->thread = std::thread([&ingress, cpu, &stopping = impl_->stopping] {
        pin_to(cpu);
        unsigned idle = 0;
        while (!stopping.load(std::memory_order_acquire)) {
            if (ingress.receive_once() != 0) {
                idle = 0;
            } else if (ingress.input_ended() && ingress.frames_held() == 0) {
                return;
            } else if (++idle < kYields) {
                std::this_thread::yield();
            } else {
                std::this_thread::sleep_for(kIdleSleep);
            }
        }
    });
}

IngressThread::~IngressThread() {
    stop();
}

void IngressThread::stop() {
    impl_->stopping.store(true, std::memory_order_release);
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace switchyard::dataplane
